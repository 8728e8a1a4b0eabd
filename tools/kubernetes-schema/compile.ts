/**
 * Compiles field names, types and required fields of the served kinds from the generated models of
 * `@kubernetes/client-node` into compiler/simulator/kubernetes/schema.json. Run it after an update of that package:
 * `node tools/kubernetes-schema/compile.ts`.
 *
 * The notation of a field's type: `string`, `integer`, `number`, `boolean`, `any`, `time`, `microtime`, `bytes`,
 * `intOrString` or the name of another model; `[]T` is a list, `{}T` a map; a trailing `!` marks a required field.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { resources } from '../../compiler/simulator/kubernetes/resources.ts';

const models = new URL('../../node_modules/@kubernetes/client-node/dist/gen/models/', import.meta.url);
const target = new URL('../../compiler/simulator/kubernetes/schema.json', import.meta.url);

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

const plain: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'boolean',
  any: 'any',
  Date: 'time',
  V1MicroTime: 'microtime',
  IntOrString: 'intOrString',
};

function notation(type: string, format: string): string {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) return `[]${notation(list, format)}`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) return `{}${notation(map, format)}`;
  if (type === 'number') return format === 'double' ? 'number' : 'integer';
  if (type === 'string' && format === 'byte') return 'bytes';
  return plain[type] ?? type;
}

/** The package is not to be imported for this: the table is read out of the file's text. */
function attributes(model: string): readonly Attribute[] {
  const text = readFileSync(new URL(`${model}.js`, models), 'utf8');
  const table = /attributeTypeMap = (\[[\s\S]*?\n?\]);/.exec(text)?.[1];
  if (table === undefined) throw new Error(`no attribute table in ${model}`);
  return JSON.parse(table) as Attribute[];
}

function requiredOf(model: string): ReadonlySet<string> {
  const text = readFileSync(new URL(`${model}.d.ts`, models), 'utf8');
  return new Set([...text.matchAll(/^ {4}'([^']+)': /gm)].map((match) => match[1] ?? ''));
}

function compile(roots: readonly string[]): Record<string, Record<string, string>> {
  const done = new Map<string, Record<string, string>>();
  const todo = [...roots];
  for (let model = todo.pop(); model !== undefined; model = todo.pop()) {
    if (done.has(model)) continue;
    const required = requiredOf(model);
    const fields: Record<string, string> = {};
    for (const { name, baseName, type, format } of attributes(model)) {
      const text = notation(type, format);
      fields[baseName] = required.has(name) ? `${text}!` : text;
      const inner = text.replace(/^(\[\]|\{\})*/, '');
      if (existsSync(new URL(`${inner}.js`, models))) todo.push(inner);
    }
    done.set(model, fields);
  }
  return Object.fromEntries([...done].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const roots = [...resources.map((resource) => resource.model), 'V1Scale', 'V1DeleteOptions'];
writeFileSync(target, `${JSON.stringify(compile(roots), undefined, 1)}\n`);
process.stdout.write(`${fileURLToPath(target)}\n`);
