import { isObject } from '../../base/json.ts';
import type { Limits, ListShape, ScalarShape, Shape } from './schema.ts';
import { fieldInvalid, fieldRequired, fieldUnsupported, type FieldProblem } from './status-error.ts';

/** What a custom object breaks of its definition's schema, in the words of the server's validator. */
export function customProblems(shape: Shape, value: unknown, path = ''): FieldProblem[] {
  if (value === undefined || (shape.is === 'scalar' && shape.type === 'any')) return [];
  if (!fits(shape, value)) {
    const given = nameOf(value);
    return [fieldInvalid(path, given, `${path} in body must be of type ${typeName(shape)}: "${given}"`)];
  }
  if (shape.is === 'scalar') return scalarProblems(shape, value, path);
  if (shape.is === 'list') return listProblems(shape, Array.isArray(value) ? value : [], path);
  if (!isObject(value)) return [];
  const inside = (name: string): string =>
    path === '' ? name : shape.is === 'map' ? `${path}[${name}]` : `${path}.${name}`;
  const missing =
    shape.is === 'struct'
      ? [...shape.required].filter((name) => value[name] === undefined).map((name) => fieldRequired(inside(name)))
      : [];
  const inner = Object.entries(value).flatMap(([name, member]) => {
    const next = shape.is === 'struct' ? shape.fields.get(name) : shape.of;
    // Metadata has rules of its own, for every kind.
    return next && !(path === '' && name === 'metadata') ? customProblems(next, member, inside(name)) : [];
  });
  return [...missing, ...inner];
}

function scalarProblems({ values, limits = {} }: ScalarShape, value: unknown, path: string): FieldProblem[] {
  if (values && !values.includes(String(value))) return [fieldUnsupported(path, value, values)];
  const text = typeof value === 'string' ? value : undefined;
  const number = typeof value === 'number' ? value : undefined;
  const broken: readonly (readonly [boolean, string])[] = [
    [
      number !== undefined && number < (limits.minimum ?? -Infinity),
      `should be greater than or equal to ${limits.minimum}`,
    ],
    [
      number !== undefined && number > (limits.maximum ?? Infinity),
      `should be less than or equal to ${limits.maximum}`,
    ],
    [text !== undefined && text.length < (limits.minLength ?? 0), `should be at least ${limits.minLength} chars long`],
    [
      text !== undefined && limits.pattern !== undefined && !new RegExp(limits.pattern, 'u').test(text),
      `should match '${limits.pattern}'`,
    ],
  ];
  const first = broken.find(([isBroken]) => isBroken);
  if (first) return [fieldInvalid(path, value, `${path} in body ${first[1]}`)];
  return text !== undefined && text.length > (limits.maxLength ?? Infinity)
    ? [tooLong(path, `may not be more than ${limits.maxLength} bytes`)]
    : [];
}

function listProblems({ of, limits = {} }: ListShape, items: readonly unknown[], path: string): FieldProblem[] {
  return [
    ...countProblems(limits, items.length, path),
    ...items.flatMap((item, index) => customProblems(of, item, `${path}[${index}]`)),
  ];
}

function countProblems({ minItems = 0, maxItems = Infinity }: Limits, count: number, path: string): FieldProblem[] {
  if (count < minItems) return [fieldInvalid(path, count, `${path} in body should have at least ${minItems} items`)];
  if (count <= maxItems) return [];
  return [
    { reason: 'FieldValueTooMany', field: path, message: `Too many: ${count}: must have at most ${maxItems} items` },
  ];
}

const tooLong = (field: string, why: string): FieldProblem => ({
  reason: 'FieldValueTooLong',
  field,
  message: `Too long: ${why}`,
});

function fits(shape: Shape, value: unknown): boolean {
  if (shape.is === 'list') return Array.isArray(value);
  if (shape.is !== 'scalar') return isObject(value);
  return (fitting[shape.type] ?? ((each) => typeof each === 'string'))(value);
}

/** The types that a custom kind may use, strings aside. */
const fitting: Partial<Record<ScalarShape['type'], (value: unknown) => boolean>> = {
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  intOrString: (value) => typeof value === 'string' || Number.isInteger(value),
};

function typeName(shape: Shape): string {
  if (shape.is === 'list') return 'array';
  if (shape.is !== 'scalar') return 'object';
  return shape.type === 'intOrString' ? 'integer,string' : shape.type;
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
