import { type Api, enumNames, enumNumber, isListType, type Method, type Type } from './definitions.ts';

/** Where an answer does not fit the method's definition; empty when it fits. */
export function misfits(method: Method, answer: unknown): readonly string[] {
  if (!method.response) return [];
  const found: string[] = [];
  checkValue(method.api, answer, `#${method.response}`, '', found);
  return found;
}

/** The answer with enums as numbers, as clients ask for with `$alt=json;enum-encoding=int`. */
export function withEnumNumbers(method: Method, answer: unknown): unknown {
  return method.response ? encode(method.api, answer, `#${method.response}`) : answer;
}

function checkValue(api: Api, value: unknown, type: Type, at: string, found: string[]): void {
  if (typeof type === 'string') {
    checkNamed(api, value, type, at, found);
  } else if (isListType(type)) {
    if (!Array.isArray(value)) found.push(`${at} is not a list`);
    else for (const [index, each] of value.entries()) checkValue(api, each, type[0], `${at}[${index}]`, found);
  } else if (!isRecord(value)) found.push(`${at} is not an object`);
  else
    for (const [key, member] of Object.entries(value))
      checkMember(api, member, 'map' in type ? type.map : type.props[key], `${at}.${key}`, found);
}

function checkMember(api: Api, value: unknown, type: Type | undefined, at: string, found: string[]): void {
  if (type === undefined) found.push(`${at} is not a field`);
  else checkValue(api, value, type, at, found);
}

function checkNamed(api: Api, value: unknown, type: string, at: string, found: string[]): void {
  if (type.startsWith('#')) {
    const schema = api.schemas[type.slice(1)] ?? {};
    if (!isRecord(value)) found.push(`${at} is not an object`);
    else if (!('*' in schema))
      for (const [key, member] of Object.entries(value))
        if (key !== '@type') checkMember(api, member, schema[key], `${at}.${key}`, found);
  } else if (type.startsWith('%')) {
    if (!enumNames(api.enums[type.slice(1)] ?? []).includes(typeof value === 'string' ? value : ''))
      found.push(`${at} is not one of ${type.slice(1)}: ${JSON.stringify(value)}`);
  } else if (!(scalars[type] ?? always)(value)) found.push(`${at} is not ${type}: ${JSON.stringify(value)}`);
}

const always = (): boolean => true;
const isText = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);
const scalars: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  int32: Number.isInteger,
  uint32: Number.isInteger,
  int64: isText(/^-?\d+$/),
  uint64: isText(/^\d+$/),
  number: (value) => typeof value === 'number',
  // Clients decode these and fail on a length that base64 can't have.
  bytes: (value) => typeof value === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value) && value.length % 4 === 0,
  time: isText(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/),
  duration: isText(/^-?\d+(\.\d+)?s$/),
};

function encode(api: Api, value: unknown, type: Type | undefined): unknown {
  if (type === undefined || value === null) return value;
  if (Array.isArray(value))
    return value.map((each) => encode(api, each, typeof type !== 'string' && isListType(type) ? type[0] : type));
  if (typeof type === 'string') {
    if (type.startsWith('%'))
      return enumNumber(api.enums[type.slice(1)] ?? [], typeof value === 'string' ? value : '') ?? value;
    return type.startsWith('#') && isRecord(value)
      ? encodeMembers(api, value, api.schemas[type.slice(1)] ?? {})
      : value;
  }
  if (!isRecord(value) || isListType(type)) return value;
  if ('map' in type)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, encode(api, member, type.map)]));
  return encodeMembers(api, value, type.props);
}

function encodeMembers(api: Api, value: Record<string, unknown>, schema: Readonly<Record<string, Type>>): object {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, encode(api, member, schema[key])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
