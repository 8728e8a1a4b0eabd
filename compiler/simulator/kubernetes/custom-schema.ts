import { isObject } from '../../base/json.ts';
import { at, listAt, numberAt, objectAt, textAt, type Draft } from './json-object.ts';
import { anything, shapeOf, type Limits, type ListShape, type Shape, type StructShape } from './schema.ts';

/**
 * The shape that a CustomResourceDefinition gives its objects: their metadata is the server's own, all else is what the
 * structural schema says. https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
export function customShape(openApi: unknown): StructShape {
  const root = structShape(isObject(openApi) ? openApi : {});
  const fields = new Map(root.fields);
  fields.set('apiVersion', { is: 'scalar', type: 'string' });
  fields.set('kind', { is: 'scalar', type: 'string' });
  fields.set('metadata', shapeOf('V1ObjectMeta'));
  return { ...root, fields };
}

function fieldShape(schema: Readonly<Draft>): Shape {
  if (schema['x-kubernetes-int-or-string'] === true) return { is: 'scalar', type: 'intOrString', ...described(schema) };
  switch (schema['type']) {
    case 'object':
      return isObject(schema['additionalProperties'])
        ? {
            is: 'map',
            of: fieldShape(schema['additionalProperties']),
            atomic: schema['x-kubernetes-map-type'] === 'atomic',
            ...described(schema),
          }
        : structShape(schema);
    case 'array':
      return listShape(schema);
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return { is: 'scalar', type: schema['type'], ...values(schema), limits: limits(schema), ...described(schema) };
    default:
      return anything;
  }
}

function structShape(schema: Readonly<Draft>): StructShape {
  const members = Object.entries(objectAt(schema, 'properties')).filter((each): each is [string, Draft] =>
    isObject(each[1]),
  );
  return {
    is: 'struct',
    model: '',
    fields: new Map(members.map(([name, member]) => [name, fieldShape(member)])),
    required: new Set(listAt(schema, 'required').map(String)),
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    custom: {
      defaults: new Map(members.flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value]]))),
      preserves: schema['x-kubernetes-preserve-unknown-fields'] === true,
    },
    ...described(schema),
  };
}

function listShape(schema: Readonly<Draft>): ListShape {
  const type = schema['x-kubernetes-list-type'];
  const kind = type === 'map' ? 'associative' : type === 'set' ? 'set' : 'atomic';
  const keys = kind === 'associative' ? listAt(schema, 'x-kubernetes-list-map-keys').map(String) : [];
  return {
    is: 'list',
    of: fieldShape(objectAt(schema, 'items')),
    kind,
    keys,
    limits: limits(schema),
    ...described(schema),
  };
}

function values(schema: Readonly<Draft>): { readonly values?: readonly string[] } {
  const list = listAt(schema, 'enum').map(String);
  return list.length > 0 ? { values: list } : {};
}

function described(schema: Readonly<Draft>): { readonly description?: string } {
  const description = textAt(schema, 'description');
  return description === '' ? {} : { description };
}

function limits(schema: Readonly<Draft>): Limits {
  const names = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const;
  const numbers = names.flatMap((name) => {
    const value = numberAt(schema, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const pattern = at(schema, 'pattern');
  return { ...Object.fromEntries(numbers), ...(typeof pattern === 'string' ? { pattern } : {}) };
}
