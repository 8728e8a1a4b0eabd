/**
 * Compiles Google's discovery documents into the one data file that the local cloud carries:
 * `node tools/definitions/compile.ts <folder of discovery documents>`. The documents come from
 * https://discovery.googleapis.com/discovery/v1/apis, one `<api>.<version>.json` (or `.json.gz`) each.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Discovery, type Method, methodsOf, type Property, readDiscovery, templateOf } from './discovery.ts';
import { enumOf, type ProtoEnum, protoEnums } from './enum-numbers.ts';
import { type Source, sources } from './sources.ts';

type Type = string | readonly [Type] | { readonly map: Type } | { readonly props: Readonly<Record<string, Type>> };
type CompiledMethod = readonly [
  verb: string,
  path: string,
  query?: Record<string, Type>,
  request?: string,
  response?: string,
  body?: string,
];

interface CompiledApi {
  readonly name: string;
  readonly version: string;
  readonly revision: string;
  readonly title: string;
  readonly host: string;
  readonly package: string;
  readonly methods: Readonly<Record<string, CompiledMethod>>;
  readonly schemas: Readonly<Record<string, Readonly<Record<string, Type>>>>;
  readonly enums: Readonly<Record<string, readonly string[] | Readonly<Record<string, number>>>>;
}

const integers: Readonly<Record<string, string>> = { uint32: 'uint32', int32: 'int32' };
const texts: Readonly<Record<string, string>> = {
  int64: 'int64',
  uint64: 'uint64',
  byte: 'bytes',
  'google-datetime': 'time',
  'google-duration': 'duration',
  'google-fieldmask': 'fieldmask',
};

/** Compiles one document: schemas only for what is kept, closed over references; enums named once. */
function compileApi(document: Discovery, source: Source): CompiledApi {
  const protos = source.protos ? protoEnums(source.protos, source.package) : [];
  const enums: Record<string, readonly string[] | Record<string, number>> = {};
  const schemas: Record<string, Record<string, Type>> = {};
  const typeOf = (property: Property, schema: string, name: string): Type => {
    if (property.$ref) {
      keep(property.$ref);
      return `#${property.$ref}`;
    }
    if (property.enum) return `%${nameEnum(enums, protos, { schema, name, names: property.enum })}`;
    if (property.type === 'array') return [typeOf(property.items ?? {}, schema, name)];
    if (property.additionalProperties) return { map: typeOf(property.additionalProperties, schema, name) };
    if (property.properties) return { props: mapTypes(property.properties, (each, key) => typeOf(each, schema, key)) };
    if (property.type === 'integer') return integers[property.format ?? 'int32'] ?? 'int32';
    if (property.type === 'string') return texts[property.format ?? ''] ?? 'string';
    if (property.type === 'number' || property.type === 'boolean') return property.type;
    return 'any';
  };
  const keep = (name: string): void => {
    if (name in schemas) return;
    schemas[name] = {}; // taken before its members are read, as schemas refer to themselves
    const schema = document.schemas[name];
    if (!schema) throw new Error(`${document.name} ${document.version} has no schema ${name}`);
    schemas[name] = schema.properties
      ? mapTypes(schema.properties, (each, key) => typeOf(each, name, key))
      : { '*': 'any' };
  };
  const methods: Record<string, CompiledMethod> = {};
  for (const [path, method] of methodsOf(document)) {
    if (source.named && !source.named.some((prefix) => path.startsWith(prefix))) continue;
    const kept = source.keep.some((prefix) => path.startsWith(prefix));
    methods[method.id] = compileMethod(document, source, method, kept ? typeOf : undefined);
    if (kept) for (const each of [method.request, method.response]) if (each) keep(each.$ref);
  }
  const { name, version, revision, title } = document;
  const host = new URL(document.rootUrl).host;
  return {
    name,
    version,
    revision,
    title,
    host,
    package: source.package,
    methods,
    schemas: sorted(schemas),
    enums: sorted(enums),
  };
}

type TypeOf = (property: Property, schema: string, name: string) => Type;

function compileMethod(
  document: Discovery,
  source: Source,
  method: Method,
  typeOf: TypeOf | undefined,
): CompiledMethod {
  const path = `/${document.servicePath}${templateOf(method)}`;
  if (!typeOf) return [method.httpMethod, path];
  const query: Record<string, Type> = {};
  for (const [name, parameter] of Object.entries(method.parameters ?? {})) {
    if (parameter.location !== 'query') continue;
    const type = typeOf(parameter, method.id, name);
    query[name] = parameter.repeated ? [type] : type;
  }
  const request = method.request?.$ref ?? '';
  const body = request ? (source.body?.(method.id, request) ?? '') : '';
  return [method.httpMethod, path, sorted(query), request, method.response?.$ref ?? '', body];
}

type Enums = Record<string, readonly string[] | Record<string, number>>;

/** Files the enum under its protobuf name, with numbers, or under the field's name when no descriptor knows it. */
function nameEnum(
  enums: Enums,
  protos: readonly ProtoEnum[],
  field: { schema: string; name: string; names: readonly string[] },
): string {
  const found = enumOf(protos, field.schema, field.name, field.names);
  if (found) {
    enums[found.name] = { ...found.values };
    return found.name;
  }
  const same = Object.entries(enums).find(
    ([, values]) => Array.isArray(values) && values.join() === field.names.join(),
  );
  const name = same?.[0] ?? `${field.schema}.${field.name}`;
  enums[name] = field.names;
  return name;
}

function mapTypes(
  properties: Readonly<Record<string, Property>>,
  type: (property: Property, name: string) => Type,
): Record<string, Type> {
  return sorted(Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, type(property, name)])));
}

function sorted<T>(object: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** One method, schema or enum a line: small, and a new revision is a readable diff. */
function print(apis: readonly CompiledApi[]): string {
  const lines = (object: object): string =>
    `{\n${Object.entries(object)
      .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
      .join(',\n')}\n}`;
  const one = ({ methods, schemas, enums, ...head }: CompiledApi): string =>
    `${JSON.stringify(head).slice(0, -1)},\n"methods":${lines(methods)},\n"schemas":${lines(schemas)},\n"enums":${lines(enums)}}`;
  return `{"apis":[\n${apis.map(one).join(',\n')}\n]}\n`;
}

const [folder, target = fileURLToPath(new URL('../../compiler/simulator/google/definitions.json', import.meta.url))] =
  process.argv.slice(2);
if (!folder) {
  process.stderr.write('usage: node tools/definitions/compile.ts <folder of discovery documents> [<file to write>]\n');
  process.exit(3);
}
writeFileSync(target, print(sources.map((source) => compileApi(readDiscovery(folder, source.file), source))));
