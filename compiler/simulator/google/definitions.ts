import definitions from './definitions.json' with { type: 'json' };

/**
 * A type of Google's definitions: a scalar's name, `#Schema`, `%enum`, a list, a map or an inline object.
 * Scalars: string, boolean, int32, uint32, int64, uint64, number, bytes, time, duration, fieldmask, any.
 */
export type Type = string | readonly [Type] | { readonly map: Type } | { readonly props: Schema };
export type Schema = Readonly<Record<string, Type>>;

/** The values of an enum: with their numbers where a protobuf descriptor knows them. */
export type EnumValues = readonly string[] | Readonly<Record<string, number>>;

type MethodRow = readonly [
  verb: string,
  path: string,
  query?: Schema,
  request?: string,
  response?: string,
  body?: string,
];

/** One version of one Google API, as `tools/definitions/compile.ts` wrote it down. */
export interface Api {
  readonly name: string;
  readonly version: string;
  readonly revision: string;
  readonly title: string;
  readonly host: string;
  /** The protobuf package that the service names in refusals. */
  readonly package: string;
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly enums: Readonly<Record<string, EnumValues>>;
}

/** One method. Without `query` it is known by name and path alone. */
export interface Method {
  readonly api: Api;
  /** As discovery has it: `container.projects.locations.clusters.get`, and `sql.instances.get` for both versions. */
  readonly id: string;
  readonly verb: string;
  /** A URL template: `/v1/{name=projects/*}:go`. */
  readonly path: string;
  readonly query: Schema | undefined;
  readonly request: string;
  readonly response: string;
  /** The request field that the HTTP body is bound to; empty when the body is the whole request. */
  readonly body: string;
}

/** All methods of all APIs that the local cloud knows. */
export const methods: readonly Method[] = (
  definitions as unknown as { apis: (Api & { methods: Record<string, MethodRow> })[] }
).apis.flatMap((api) =>
  Object.entries(api.methods).map(([id, [verb, path, query, request = '', response = '', body = '']]) => ({
    api,
    id,
    verb,
    path,
    query,
    request,
    response,
    body,
  })),
);

/** The APIs, each version on its own. */
export const apis: readonly Api[] = [...new Set(methods.map((method) => method.api))];

export function enumNames(values: EnumValues): readonly string[] {
  return isNameList(values) ? values : Object.keys(values);
}

/**
 * The number that stands for a value on the wire. Where no descriptor knows it, it is the position: so it is in the
 * small enums of the APIs that have no descriptors here.
 */
export function enumNumber(values: EnumValues, name: string): number | undefined {
  if (!isNameList(values)) return values[name];
  const index = values.indexOf(name);
  return index < 0 ? undefined : index;
}

/** The value that a number stands for. */
export function enumName(values: EnumValues, number: number): string | undefined {
  return isNameList(values) ? values[number] : Object.keys(values).find((name) => values[name] === number);
}

/** Told apart first, as a list has a `map` of its own. */
export function isListType(type: Type): type is readonly [Type] {
  return Array.isArray(type);
}

function isNameList(values: EnumValues): values is readonly string[] {
  return Array.isArray(values);
}
