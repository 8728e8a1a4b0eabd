import { type Api, enumName, enumNames, isListType, type Method, type Schema, type Type } from './definitions.ts';
import { refuse } from './errors.ts';

/** JSON in the API's own names: camelCase keys, enums by name, int64 as text. */
export type Body = Readonly<Record<string, unknown>>;

interface Violation {
  /** The protobuf path of the message in which it stands; undefined at the top. */
  readonly field: string | undefined;
  readonly description: string;
}

interface Walk {
  readonly api: Api;
  readonly found: Violation[];
  /** Keep explicit nulls: merge patches remove members with them. */
  readonly nulls: boolean;
}

const standardQuery = new Set(
  'alt $alt prettyPrint fields key quotaUser access_token oauth_token callback uploadType upload_protocol $.xgafv userIp'.split(
    ' ',
  ),
);

/**
 * Checks a request body against the method's definition and rewrites it in the API's own names. Accepts what the real
 * front end accepts: camelCase or the protobuf's snake_case, int64 as number or text, enums by name or number, null
 * for absent, path parameters repeated in the body. Everything else is refused in one 400 naming all violations.
 */
export function readBody(method: Method, params: Readonly<Record<string, string>>, body: unknown, nulls = false): Body {
  const walk: Walk = { api: method.api, found: [], nulls };
  const schema = method.request ? (method.api.schemas[method.request] ?? {}) : {};
  const repeated: Schema = method.body ? {} : Object.fromEntries(Object.keys(params).map((name) => [name, 'string']));
  const read = readObject(walk, body ?? {}, { ...repeated, ...schema }, { at: method.body, type: method.request });
  if (walk.found.length > 0) throw badRequest(walk.found);
  return Object.fromEntries(Object.entries(read).filter(([key]) => key in schema || !(key in repeated)));
}

/** The query in the API's own names; a parameter that may repeat is a list. Compute tolerates names that it doesn't know. */
export function readQuery(
  method: Method,
  query: URLSearchParams,
): Readonly<Record<string, string | readonly string[]>> {
  const found: Violation[] = [];
  const read: Record<string, string | readonly string[]> = {};
  for (const name of new Set(query.keys())) {
    const known = Object.keys(method.query ?? {}).find((key) => key === name || key === camel(name));
    if (known) {
      const type = method.query?.[known] ?? 'string';
      const values = query.getAll(name);
      checkQueryValues(type, snake(known), values, found);
      read[known] = typeof type === 'string' ? (values[0] ?? '') : values;
    } else if (!standardQuery.has(name) && method.api.name !== 'compute') {
      const description = `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. Field '${name}' could not be found in request message.`;
      found.push({ field: undefined, description });
    }
  }
  if (found.length > 0) throw badRequest(found);
  return read;
}

/** Numbers and truth values in the query are read as they would be in a body; gcloud writes `True`. */
function checkQueryValues(type: Type, at: string, values: readonly string[], found: Violation[]): void {
  const scalar = typeof type === 'string' && type !== 'string' ? scalars[type] : undefined;
  if (!scalar) return;
  for (const value of values) {
    if (scalar.read(type === 'boolean' ? value.toLowerCase() : value) !== undefined) continue;
    found.push({ field: at, description: `Invalid value at '${at}' (${scalar.name}), ${JSON.stringify(value)}` });
  }
}

function badRequest(found: readonly Violation[]): Error {
  return refuse({
    code: 400,
    status: 'INVALID_ARGUMENT',
    message: found.map((each) => each.description).join('\n'),
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: found.map(({ field, description }) => (field ? { field, description } : { description })),
      },
    ],
  });
}

interface Place {
  readonly at: string;
  readonly type: string;
}

function readObject(walk: Walk, value: unknown, schema: Schema, { at, type }: Place): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    invalidValue(walk, at, `type.googleapis.com/${walk.api.package}.${type}`, value);
    return read;
  }
  for (const [key, member] of Object.entries(value)) {
    const name = key in schema ? key : camel(key);
    const known = schema[name] ?? (key === '@type' || '*' in schema ? 'any' : undefined);
    if (known === undefined) unknownName(walk, at, key, 'Cannot find field.');
    else if (member === null) {
      if (walk.nulls) read[name] = null;
    } else read[name] = readValue(walk, member, known, at ? `${at}.${snake(name)}` : snake(name));
  }
  return read;
}

function readValue(walk: Walk, value: unknown, type: Type, at: string): unknown {
  if (typeof type === 'string') return readNamed(walk, value, type, at);
  if (isListType(type)) {
    if (!Array.isArray(value)) return invalidValue(walk, at, 'repeated field', value);
    return value.map((each: unknown, index) => readValue(walk, each, type[0], `${at}[${index}]`));
  }
  return 'map' in type
    ? readMap(walk, value, type.map, at)
    : readObject(walk, value, type.props, { at, type: 'object' });
}

function readMap(walk: Walk, value: unknown, type: Type, at: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return invalidValue(walk, at, 'Map', value);
  const members = Object.entries(value).filter(([, member]) => member !== null || walk.nulls);
  return Object.fromEntries(
    members.map(([key, member]) => [
      key,
      member === null ? null : readValue(walk, member, type, `${at}[${key}].value`),
    ]),
  );
}

function readNamed(walk: Walk, value: unknown, type: string, at: string): unknown {
  if (Array.isArray(value) && type !== 'any') {
    const [parent, name] = split(at);
    return unknownName(walk, parent, name, 'Proto field is not repeating, cannot start list.');
  }
  if (type.startsWith('#')) {
    const name = type.slice(1);
    return readObject(walk, value, walk.api.schemas[name] ?? {}, { at, type: name });
  }
  if (type.startsWith('%')) return readEnum(walk, value, type.slice(1), at);
  const scalar = scalars[type];
  if (!scalar) return value;
  const read = scalar.read(value);
  return read === undefined ? invalidValue(walk, at, scalar.name, value) : read;
}

function readEnum(walk: Walk, value: unknown, name: string, at: string): unknown {
  const values = walk.api.enums[name] ?? [];
  if (typeof value === 'number') {
    const known = enumName(values, value);
    if (known !== undefined) return known;
  } else if (typeof value === 'string' && enumNames(values).includes(value)) return value;
  const full = name.startsWith('google.') ? name : `${walk.api.package}.${name}`;
  return invalidValue(walk, at, `type.googleapis.com/${full}`, value);
}

interface Scalar {
  /** As the front end calls it in refusals. */
  readonly name: string;
  /** The value in canonical form; undefined when it doesn't fit. */
  read(value: unknown): unknown;
}

const text = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value) ? value : undefined;
const whole = (low: number, high: number) => (value: unknown) => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= low && number <= high ? number : undefined;
};
const wide = (signed: boolean) => (value: unknown) => {
  const digits = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof digits === 'string' && (signed ? /^-?\d{1,19}$/ : /^\d{1,20}$/).test(digits) ? digits : undefined;
};

const scalars: Readonly<Record<string, Scalar>> = {
  string: { name: 'TYPE_STRING', read: (value) => (typeof value === 'string' ? value : undefined) },
  boolean: {
    name: 'TYPE_BOOL',
    read: (value) => (typeof value === 'boolean' ? value : { true: true, false: false }[String(value)]),
  },
  int32: { name: 'TYPE_INT32', read: whole(-(2 ** 31), 2 ** 31 - 1) },
  uint32: { name: 'TYPE_UINT32', read: whole(0, 2 ** 32 - 1) },
  int64: { name: 'TYPE_INT64', read: wide(true) },
  uint64: { name: 'TYPE_UINT64', read: wide(false) },
  number: { name: 'TYPE_DOUBLE', read: (value) => (typeof value === 'number' ? value : undefined) },
  bytes: { name: 'TYPE_BYTES', read: text(/^[A-Za-z0-9+/_-]*={0,2}$/) },
  time: {
    name: 'type.googleapis.com/google.protobuf.Timestamp',
    read: text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/),
  },
  duration: { name: 'type.googleapis.com/google.protobuf.Duration', read: text(/^-?\d+(\.\d+)?s$/) },
  fieldmask: { name: 'type.googleapis.com/google.protobuf.FieldMask', read: text(/^[\w.,*]*$/) },
};

function unknownName(walk: Walk, at: string, name: string, why: string): undefined {
  const description = `Invalid JSON payload received. Unknown name "${name}"${at ? ` at '${at}'` : ''}: ${why}`;
  walk.found.push({ field: at || undefined, description });
}

function invalidValue(walk: Walk, at: string, type: string, value: unknown): undefined {
  const shown = JSON.stringify(value);
  walk.found.push({ field: at, description: `Invalid value at '${at}' (${type}), ${shown}` });
}

function split(at: string): readonly [parent: string, name: string] {
  const dot = at.lastIndexOf('.');
  return dot < 0 ? ['', at] : [at.slice(0, dot), at.slice(dot + 1)];
}

export function camel(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
