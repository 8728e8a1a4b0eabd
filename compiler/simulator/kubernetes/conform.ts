import { isObject } from '../../base/json.ts';
import {
  anything,
  itemKey,
  memberShape,
  type ListShape,
  type ScalarShape,
  type Shape,
  type StructShape,
} from './schema.ts';
import { droppedZero, keptEmpty } from './schema-rules.ts';
import { canonicalQuantity } from './quantity.ts';
import { spellEdge } from './field-set.ts';

/** What a strict decoder finds wrong in a body. Paths are spelled `spec.containers[0].image`. */
export interface Misfits {
  readonly unknown: readonly string[];
  /** Messages for values of a wrong type. */
  readonly mistyped: readonly string[];
}

const goTypes: Readonly<Record<ScalarShape['type'], string>> = {
  string: 'string',
  integer: 'int32',
  number: 'float64',
  boolean: 'bool',
  time: 'string',
  microtime: 'string',
  bytes: '[]byte',
  quantity: 'string',
  intOrString: 'int32',
  any: 'interface {}',
};

/** Checks a body against its schema, as decoding JSON into the server's types does. */
export function misfits(shape: StructShape, value: unknown): Misfits {
  const unknown: string[] = [];
  const mistyped: string[] = [];
  const visit = (inner: Shape, each: unknown, path: string, owner: string): void => {
    if (each === null || each === undefined) return;
    const wrong = (type: string): void => {
      mistyped.push(`json: cannot unmarshal ${jsonType(each)} into Go struct field ${owner}.${path} of type ${type}`);
    };
    if (inner.is === 'scalar') {
      if (!fits(inner, each)) wrong(goTypes[inner.type]);
    } else if (inner.is === 'list') {
      if (!Array.isArray(each)) wrong(`[]${goName(inner.of)}`);
      else each.forEach((item, index) => visit(inner.of, item, `${path}[${index}]`, owner));
    } else if (!isObject(each)) wrong(goName(inner));
    else {
      for (const [name, member] of Object.entries(each)) {
        const where = path === '' ? name : `${path}.${name}`;
        const next = memberShape(inner, name);
        if (next) visit(next, member, where, inner.is === 'struct' ? goName(inner).replace(/^\w+\./, '') : owner);
        else unknown.push(where);
      }
    }
  };
  visit(shape, value, '', '');
  return { unknown, mistyped };
}

function goName(shape: Shape): string {
  if (shape.is === 'struct')
    return shape.model.replace(/^(?:Core)?(V\d)/, (_all, version: string) => `${version.toLowerCase()}.`);
  if (shape.is === 'map') return `map[string]${goName(shape.of)}`;
  return shape.is === 'list' ? `[]${goName(shape.of)}` : goTypes[shape.type];
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const fitting: Readonly<Record<ScalarShape['type'], (value: unknown) => boolean>> = {
  any: () => true,
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  intOrString: (value) => isText(value) || Number.isInteger(value),
  quantity: (value) => isText(value) || typeof value === 'number',
  bytes: isText,
  string: isText,
  time: isText,
  microtime: isText,
};
const fits = (shape: ScalarShape, value: unknown): boolean => fitting[shape.type](value);

/** What a server-side apply finds wrong, in the words of its typed merge; it also refuses repeated keys. */
export function typedMisfits(shape: Shape, value: unknown, path = ''): string[] {
  if (value === null || value === undefined) return [];
  if (shape.is === 'scalar') return fits(shape, value) ? [] : [`${path}: ${expectation(shape, value)}`];
  if (shape.is === 'list') {
    if (!Array.isArray(value)) return [`${path}: expected list, got ${goValue(value)}`];
    return shape.kind === 'atomic'
      ? value.flatMap((item, index) => typedMisfits(shape.of, item, `${path}[${index}]`))
      : keyedMisfits(shape, value, path);
  }
  if (!isObject(value)) return [`${path}: expected map, got ${goValue(value)}`];
  return Object.entries(value).flatMap(([name, member]) => {
    const inner = memberShape(shape, name);
    return inner ? typedMisfits(inner, member, `${path}.${name}`) : [`${path}.${name}: field not declared in schema`];
  });
}

function keyedMisfits(list: ListShape, items: readonly unknown[], path: string): string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  const inner = items.flatMap((item, index) => {
    if (list.kind === 'associative') {
      const keyless = !isObject(item) || list.keys.every((key) => item[key] === undefined);
      const named = list.keys.map((key) => `"${key}"`).join(', ');
      if (keyless)
        return [
          `${path}: element ${index}: associative list with keys has an element that omits key field ${named} (and doesn't have default value)`,
        ];
    }
    const key = itemKey(list, item);
    if (seen.has(key)) repeated.add(key);
    seen.add(key);
    return typedMisfits(list.of, item, `${path}${spellEdge(key)}`);
  });
  return [...inner, ...[...repeated].map((key) => `${path}: duplicate entries for key ${spellEdge(key)}`)];
}

function expectation(shape: ScalarShape, value: unknown): string {
  if (shape.type === 'integer' || shape.type === 'number')
    return 'expected numeric (int or float), got *value.valueUnstructured';
  if (shape.type === 'boolean') return `expected boolean, got ${goValue(value)}`;
  return `expected string, got ${goValue(value)}`;
}

function goValue(value: unknown): string {
  return `&value.valueUnstructured{Value:${JSON.stringify(value)}}`;
}

/**
 * The value as the server keeps it: without nulls, unknown fields and empty optional members; quantities in their
 * canonical spelling.
 */
export function normalise(shape: Shape, value: unknown): unknown {
  if (shape.is === 'scalar') return normalScalar(shape, value);
  if (shape.is === 'list') return Array.isArray(value) ? value.map((item) => normalise(shape.of, item)) : value;
  if (!isObject(value)) return value;
  if (shape.is === 'map') {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(members.map(([name, member]) => [name, normalise(shape.of, member ?? '')]));
  }
  const members = Object.entries(value).flatMap(([name, member]) => {
    const inner = memberShape(shape, name);
    if (!inner || member === undefined || (member === null && !keepsNull(shape, name))) return [];
    const normal = normalise(inner, member);
    if (shape.custom) return [[name, normal] as const];
    return isDropped(shape, name, inner, normal) ? [] : [[name, normal] as const];
  });
  return Object.fromEntries(members);
}

/** A custom kind's null is replaced where there is a default, and refused elsewhere. */
function keepsNull({ custom }: StructShape, name: string): boolean {
  return custom !== undefined && !custom.defaults.has(name);
}

function isDropped(owner: StructShape, name: string, shape: Shape, value: unknown): boolean {
  if (owner.required.has(name)) return false;
  if (shape.is === 'list') return Array.isArray(value) && value.length === 0;
  if (shape.is === 'map') return isObject(value) && Object.keys(value).length === 0;
  if (value === '') return shape !== anything && keptEmpty[owner.model]?.includes(name) !== true;
  return (value === 0 || value === false) && droppedZero[owner.model]?.includes(name) === true;
}

function normalScalar(shape: ScalarShape, value: unknown): unknown {
  if (shape.type === 'quantity') return canonicalQuantity(value) ?? value;
  if (shape.type === 'time' && typeof value === 'string') return value.replace(/\.\d+Z$/, 'Z');
  return value;
}
