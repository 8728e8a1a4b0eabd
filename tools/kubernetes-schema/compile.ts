/**
 * Compiles field names, types and required fields from the generated models of `@kubernetes/client-node`: of the kinds that
 * the local cloud serves into compiler/simulator/kubernetes/schema.json, of those that hello makes, as far as they are
 * written, into compiler/kinds/kubernetes/api/schema.json. Run it after an update of that package, or with a new kind:
 * `node tools/kubernetes-schema/compile.ts`.
 *
 * The notation of a field's type: `string`, `integer`, `number`, `boolean`, `any`, `time`, `microtime`, `bytes`,
 * `intOrString` or the name of another model; `[]T` is a list, `{}T` a map; a trailing `!` marks a required field.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as types from '../../compiler/kinds/kubernetes/types.ts';
import { resources } from '../../compiler/simulator/kubernetes/resources.ts';
import { modelOf } from '../../compiler/kinds/kubernetes/api/check-manifest.ts';

const models = new URL('../../node_modules/@kubernetes/client-node/dist/gen/models/', import.meta.url);

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

type Schema = Record<string, Record<string, string>>;

/** The models and all that they are made of; a `written` one has no status. */
function compile(roots: readonly string[], { written }: { readonly written: boolean }): Schema {
  const done = new Map<string, Record<string, string>>();
  const todo = [...roots];
  for (let model = todo.pop(); model !== undefined; model = todo.pop()) {
    if (done.has(model)) continue;
    const required = requiredOf(model);
    const fields: Record<string, string> = {};
    for (const { name, baseName, type, format } of attributes(model)) {
      if (written && (baseName === 'status' || baseName === 'managedFields')) continue;
      const text = notation(type, format);
      fields[baseName] = required.has(name) ? `${text}!` : text;
      const inner = text.replace(/^(\[\]|\{\})*/, '');
      if (existsSync(new URL(`${inner}.js`, models))) todo.push(inner);
    }
    done.set(model, fields);
  }
  return Object.fromEntries([...done].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function write(file: string, schema: Schema): void {
  const target = new URL(`../../compiler/${file}`, import.meta.url);
  writeFileSync(target, `${JSON.stringify(schema, undefined, 1)}\n`);
  process.stdout.write(`${fileURLToPath(target)}\n`);
}

const served = [...resources.map((resource) => resource.model), 'V1Scale', 'V1DeleteOptions'];
write('simulator/kubernetes/schema.json', compile(served, { written: false }));

const made = [types.namespaceType, ...types.memberTypes].map(modelOf);
const builtIn = made.filter((model) => existsSync(new URL(`${model}.js`, models)));
write('kinds/kubernetes/api/schema.json', compile(builtIn, { written: true }));
