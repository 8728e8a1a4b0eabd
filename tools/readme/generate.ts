import { exitCodes } from '../../compiler/base/exit.ts';
import { isObject } from '../../compiler/base/json.ts';
import { commands } from '../../compiler/cli/commands.ts';
import { registry } from '../../compiler/kinds/registry.ts';
import { configJsonSchema } from '../../compiler/spec/json-schema.ts';
import { readMistakes } from './mistakes.ts';

/** The parts of the README that are made from code, by the name of their markers. */
const parts: Readonly<Record<string, () => string | Promise<string>>> = {
  commands: commandTable,
  config: configTable,
  mistakes: mistakeTable,
  kinds: kindTable,
  'exit-codes': exitTable,
};

/** The README with each part between `<!-- name -->` and `<!-- /name -->` made anew. Throws when a marker is missing. */
export async function generateReadme(text: string): Promise<string> {
  let readme = text;
  for (const [name, make] of Object.entries(parts)) {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [readme.indexOf(open), readme.indexOf(close)];
    if (from < 0 || to < from) throw new Error(`README.md has no ${open} … ${close}`);
    readme = `${readme.slice(0, from + open.length)}\n\n${await make()}\n\n${readme.slice(to)}`;
  }
  return readme;
}

async function commandTable(): Promise<string> {
  const rows = await Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const loaded = await load();
      return 'run' in loaded
        ? [[`\`hello ${[name, ...(loaded.words ?? []).map((word) => word.name)].join(' ')}\``, summary]]
        : loaded.commands.map((each) => [`\`hello ${name} ${each.name}\``, each.summary]);
    }),
  );
  return table(['command', 'what it does'], rows.flat());
}

function configTable(): string {
  return table(['key', 'default', 'what it is'], configRows(configJsonSchema(), ''));
}

function configRows(schema: Record<string, unknown>, prefix: string): string[][] {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(properties).flatMap(([key, each]) => {
    if (!isObject(each)) return [];
    const path = `${prefix}${key}`;
    const fallback = required.includes(key) ? 'required' : shownDefault(each['default']);
    return [
      [`\`${path}\``, fallback, typeof each['description'] === 'string' ? each['description'] : ''],
      ...configRows(each, `${path}.`),
    ];
  });
}

/** An object that is filled in key by key shows its defaults there. */
function shownDefault(value: unknown): string {
  return value === undefined || (isObject(value) && Object.keys(value).length === 0)
    ? ''
    : `\`${JSON.stringify(value)}\``;
}

function mistakeTable(): string {
  const rows = readMistakes().flatMap(({ title, answer }) =>
    answer.map(({ code, at, message, fix = '' }) => [title, `${at?.line}:${at?.column}`, code, `${message}. ${fix}`]),
  );
  return table(['mistake', 'line', 'code', 'what hello answers'], rows);
}

function kindTable(): string {
  const rows = registry.map((kind) => [
    `[\`${kind.name}\`](${kind.docs})`,
    kind.losesData ? `only when named: it loses ${kind.losesData}` : (kind.keptOnDestroy ?? 'removed'),
  ]);
  return table(['kind', 'on destroy'], rows);
}

function exitTable(): string {
  return table(
    ['exit', 'meaning'],
    Object.entries(exitCodes).map(([code, meaning]) => [code, meaning]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => escapeCell(cell)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What is code already stays as it is, but for the bar. */
function escapeCell(cell: string): string {
  const text = cell.replaceAll('|', '\\|');
  return text.startsWith('`') ? text : text.replaceAll('<', '\\<');
}
