import { descriptionsOf } from './descriptions.ts';
import type { Resource } from './resources.ts';
import { defaults } from './defaults.ts';
import { shapeOf, type ListShape, type ScalarShape, type Shape, type StructShape } from './schema.ts';

type Schema = Record<string, unknown>;

const scalars: Readonly<Record<ScalarShape['type'], Schema>> = {
  string: { type: 'string' },
  integer: { type: 'integer', format: 'int32' },
  number: { type: 'number', format: 'double' },
  boolean: { type: 'boolean' },
  time: { type: 'string', format: 'date-time' },
  microtime: { type: 'string', format: 'date-time' },
  bytes: { type: 'string', format: 'byte' },
  quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  intOrString: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  any: { type: 'object' },
};

/** Under which name the schema of a kind stands in its document. */
export function schemaName({ model, custom, group, version, kind }: Resource): string {
  return custom ? `${group.split('.').toReversed().join('.')}.${version}.${kind}` : modelName(model);
}

function modelName(model: string): string {
  return model.replace(
    /^(?:Core)?(V\d+)(.*)$/,
    (_all, version: string, rest: string) => `io.k8s.api.${version.toLowerCase()}.${rest}`,
  );
}

/** The schemas of kinds, and of all models that those mention. */
export function schemasOf(rows: readonly Resource[]): Record<string, Schema> {
  const models = new Set(rows.flatMap((row) => (row.custom ? [] : [row.model])));
  const custom = rows.flatMap((row) =>
    row.custom ? [[schemaName(row), { ...structSchema(row.custom.shape, models), ...kindsOf([row]) }] as const] : [],
  );
  const schemas: Record<string, Schema> = Object.fromEntries(custom);
  // A set grows while it is walked: models that a schema mentions come up later.
  for (const model of models) {
    const same = rows.filter((row) => row.model === model && !row.custom);
    schemas[modelName(model)] = { ...structSchema(shapeOf(model), models), ...(same.length > 0 ? kindsOf(same) : {}) };
  }
  return schemas;
}

function kindsOf(rows: readonly Resource[]): Schema {
  return { 'x-kubernetes-group-version-kind': rows.map(({ group, version, kind }) => ({ group, version, kind })) };
}

function structSchema(shape: StructShape, models: Set<string>): Schema {
  const texts = shape.model === '' ? undefined : descriptionsOf(shape.model);
  const about = shape.description ?? texts?.get('');
  const properties = [...shape.fields].map(([name, field]) => {
    const description = texts?.get(name);
    const value = defaultOf(shape, name);
    const more = {
      ...(description === undefined ? {} : { description }),
      ...(value === undefined ? {} : { default: value }),
    };
    return [name, { ...schemaOf(field, models), ...more }] as const;
  });
  return {
    ...(about === undefined ? {} : { description: about }),
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(shape.required.size > 0 ? { required: [...shape.required] } : {}),
    ...(shape.custom?.preserves ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
  };
}

/** Defaults that depend on other fields cannot be said in a schema. */
function defaultOf(shape: StructShape, name: string): unknown {
  const value = shape.custom ? shape.custom.defaults.get(name) : defaults[shape.model]?.[name];
  return typeof value === 'function' ? undefined : value;
}

/** A schema as OpenAPI v3 says it, with the extensions that clients merge lists by. */
function schemaOf(shape: Shape, models: Set<string>): Schema {
  const about = shape.description === undefined ? {} : { description: shape.description };
  if (shape.is === 'scalar') {
    return { ...about, ...scalars[shape.type], ...shape.limits, ...(shape.values ? { enum: shape.values } : {}) };
  }
  const atomic = shape.is !== 'list' && shape.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {};
  if (shape.is === 'map') {
    return { ...about, type: 'object', additionalProperties: schemaOf(shape.of, models), ...atomic };
  }
  if (shape.is === 'list') return { ...about, ...listSchema(shape, models) };
  if (shape.model === '') return { ...structSchema(shape, models), ...atomic };
  models.add(shape.model);
  return { allOf: [{ $ref: `#/components/schemas/${modelName(shape.model)}` }], ...atomic };
}

function listSchema({ of, kind, keys, patchKey, limits }: ListShape, models: Set<string>): Schema {
  return {
    type: 'array',
    items: schemaOf(of, models),
    ...limits,
    'x-kubernetes-list-type': { atomic: 'atomic', set: 'set', associative: 'map' }[kind],
    ...(keys.length > 0 ? { 'x-kubernetes-list-map-keys': keys } : {}),
    ...(patchKey === undefined
      ? {}
      : { 'x-kubernetes-patch-merge-key': patchKey, 'x-kubernetes-patch-strategy': 'merge' }),
  };
}
