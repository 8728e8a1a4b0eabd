import { schemaRules, keyDefaults, type FieldRule } from './schema-rules.ts';
import models from './schema.json' with { type: 'json' };

export type ScalarType =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'time'
  | 'microtime'
  | 'bytes'
  | 'quantity'
  | 'intOrString'
  | 'any';

/** What a value of the API may look like, how it merges, and who may own parts of it. */
export type Shape = ScalarShape | StructShape | MapShape | ListShape;

/** Bounds that the schema of a custom kind sets. */
export interface Limits {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

export interface ScalarShape {
  readonly is: 'scalar';
  readonly type: ScalarType;
  readonly values?: readonly string[];
  readonly limits?: Limits;
  readonly description?: string;
}
export interface StructShape {
  readonly is: 'struct';
  /** The model's name in schema.json; empty for what a custom kind defines. */
  readonly model: string;
  readonly fields: ReadonlyMap<string, Shape>;
  readonly required: ReadonlySet<string>;
  readonly atomic: boolean;
  /** Of a custom kind: default values by field, and whether fields that the schema doesn't name are kept. */
  readonly custom?: { readonly defaults: ReadonlyMap<string, unknown>; readonly preserves: boolean };
  readonly description?: string;
}
export interface MapShape {
  readonly is: 'map';
  readonly of: Shape;
  readonly atomic: boolean;
  readonly description?: string;
}
export interface ListShape {
  readonly is: 'list';
  readonly of: Shape;
  readonly kind: 'atomic' | 'set' | 'associative';
  readonly keys: readonly string[];
  /** The key of a strategic merge patch; absent where the list is replaced. */
  readonly patchKey?: string;
  readonly limits?: Limits;
  readonly description?: string;
}

const table: Readonly<Record<string, Readonly<Record<string, string>>>> = models;
const scalarTypes: ReadonlySet<string> = new Set<ScalarType>([
  'string',
  'integer',
  'number',
  'boolean',
  'time',
  'microtime',
  'bytes',
  'quantity',
  'intOrString',
  'any',
]);
const isScalarType = (text: string): text is ScalarType => scalarTypes.has(text);
const structs = new Map<string, StructShape>();

/** The shape of a model. Models may contain themselves: each is built once and completed in place. */
export function shapeOf(model: string): StructShape {
  const known = structs.get(model);
  if (known) return known;
  const notes = table[model];
  if (!notes) throw new Error(`no model ${model} in schema.json`);
  const fields = new Map<string, Shape>();
  const required = new Set<string>();
  const shape: StructShape = { is: 'struct', model, fields, required, atomic: false };
  structs.set(model, shape);
  for (const [name, note] of Object.entries(notes)) {
    if (note.endsWith('!')) required.add(name);
    fields.set(name, fieldShape(note.replace(/!$/, ''), schemaRules[model]?.[name] ?? {}));
  }
  return shape;
}

/** The shape of a kind's objects. */
export function shapeOfResource({
  model,
  custom,
}: {
  readonly model: string;
  readonly custom?: { readonly shape: StructShape };
}): StructShape {
  return custom?.shape ?? shapeOf(model);
}

function fieldShape(note: string, rule: FieldRule): Shape {
  if (note.startsWith('[]')) return listShape(note.slice(2), rule);
  if (note.startsWith('{}')) {
    return {
      is: 'map',
      of: fieldShape(note.slice(2), rule.type ? { type: rule.type } : {}),
      atomic: rule.atomic === true,
    };
  }
  if (isScalarType(note)) {
    return { is: 'scalar', type: rule.type ?? note, ...(rule.values ? { values: rule.values } : {}) };
  }
  const struct = shapeOf(note);
  return rule.atomic ? { ...struct, atomic: true } : struct;
}

function listShape(note: string, rule: FieldRule): ListShape {
  const of = fieldShape(note, rule.keys && rule.atomic ? { atomic: true } : {});
  const keys = rule.keys ?? [];
  const kind = rule.set ? 'set' : keys.length > 0 ? 'associative' : 'atomic';
  const patchKey = rule.patchKey ?? keys[0];
  return { is: 'list', of, kind, keys, ...(patchKey === undefined ? {} : { patchKey }) };
}

/** The shape of a member, whatever holds it. */
export function memberShape(shape: Shape, name: string): Shape | undefined {
  if (shape.is === 'struct') return shape.fields.get(name) ?? (shape.custom?.preserves ? anything : undefined);
  return shape.is === 'map' ? shape.of : undefined;
}

/** Any JSON: what stands below a field of type `any`. */
export const anything: ScalarShape = { is: 'scalar', type: 'any' };

/** Value of a key field of an associative list's item: its own, or the field's default. */
export function keyValue(list: ListShape, item: Readonly<Record<string, unknown>>, key: string): unknown {
  if (item[key] !== undefined || list.of.is !== 'struct') return item[key];
  return list.of.custom ? list.of.custom.defaults.get(key) : keyDefaults[list.of.model]?.[key];
}

/** What tells one item of an associative list or set from another, as text. */
export function itemKey(list: ListShape, item: unknown): string {
  if (list.kind === 'set') return `v:${JSON.stringify(item)}`;
  const object = (typeof item === 'object' && item !== null ? item : {}) as Readonly<Record<string, unknown>>;
  const parts = list.keys.toSorted().flatMap((key) => {
    const value = keyValue(list, object, key);
    return value === undefined ? [] : [[key, value]];
  });
  return `k:${JSON.stringify(Object.fromEntries(parts))}`;
}
