import { isObject } from '../../base/json.ts';
import { at, same, textAt, type Draft } from './json-object.ts';
import { customProblems } from './custom-rules.ts';
import { kindRules } from './kind-rules.ts';
import { metadataProblems } from './names.ts';
import type { Resource } from './resources.ts';
import { itemKey, shapeOfResource, type Shape } from './schema.ts';
import { canonicalQuantity } from './quantity.ts';
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  fieldUnsupported,
  invalid,
  type FieldProblem,
} from './status-error.ts';

/** Refuses an object that breaks a rule; `live` is what stands there, for rules about change. */
export function validate(resource: Resource, object: Readonly<Draft>, live?: Readonly<Draft>): void {
  const problems = [
    ...metadataProblems(resource, object),
    ...(live ? immutableProblems(resource, object, live) : []),
    ...(resource.custom ? customProblems(resource.custom.shape, object) : builtInProblems(resource, object)),
    ...(kindRules[resource.kind]?.(object, live) ?? []),
  ];
  if (problems.length > 0) throw invalid(resource.group, resource.kind, textAt(object, 'metadata', 'name'), problems);
}

function builtInProblems(resource: Resource, object: Readonly<Draft>): FieldProblem[] {
  const { fields } = shapeOfResource(resource);
  const inside = ['spec', 'rules', 'subjects', 'data'].flatMap((field) => {
    const shape = fields.get(field);
    return shape ? shapeProblems(shape, object[field], field) : [];
  });
  return object['spec'] === undefined && needsSpec.has(resource.kind) ? [...inside, fieldRequired('spec')] : inside;
}

const needsSpec = new Set(['Deployment', 'ReplicaSet', 'Pod', 'Job', 'CronJob', 'HorizontalPodAutoscaler', 'Service']);

function immutableProblems(resource: Resource, object: Readonly<Draft>, live: Readonly<Draft>): FieldProblem[] {
  return resource.immutable.flatMap(({ path, when, message }) => {
    if (when && at(live, ...when) !== true) return [];
    const value = at(object, ...path);
    if (same(value, at(live, ...path))) return [];
    const field = path.join('.');
    return [when ? fieldForbidden(field, message) : fieldInvalid(field, value ?? null, message)];
  });
}

/** Required fields, allowed values, quantities and repeated keys, wherever the schema has them. */
function shapeProblems(shape: Shape, value: unknown, path: string): FieldProblem[] {
  if (value === undefined || value === null) return [];
  if (shape.is === 'scalar') {
    if (shape.values && typeof value === 'string' && !shape.values.includes(value)) {
      return [fieldUnsupported(path, value, shape.values)];
    }
    if (shape.type === 'quantity' && canonicalQuantity(value) === undefined) {
      const why = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
      return [fieldInvalid(path, value, why)];
    }
    return [];
  }
  if (shape.is === 'list') {
    const items = Array.isArray(value) ? value : [];
    const keys = shape.kind === 'associative' ? items.map((item) => itemKey(shape, item)) : [];
    return items.flatMap((item, index) => [
      ...(keys.length > 0 && keys.indexOf(keys[index] ?? '') < index
        ? [
            fieldDuplicate(
              `${path}[${index}]${shape.keys.length === 1 ? `.${shape.keys[0]}` : ''}`,
              duplicateValue(shape.keys, item),
            ),
          ]
        : []),
      ...shapeProblems(shape.of, item, `${path}[${index}]`),
    ]);
  }
  if (!isObject(value)) return [];
  const missing =
    shape.is === 'struct'
      ? [...shape.required].filter((name) => isMissing(value[name])).map((name) => fieldRequired(`${path}.${name}`))
      : [];
  const inner = Object.entries(value).flatMap(([name, member]) => {
    const next = shape.is === 'struct' ? shape.fields.get(name) : shape.of;
    return next ? shapeProblems(next, member, shape.is === 'map' ? `${path}[${name}]` : `${path}.${name}`) : [];
  });
  return [...missing, ...inner];
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function duplicateValue(keys: readonly string[], item: unknown): unknown {
  const [only] = keys;
  return keys.length === 1 && only !== undefined ? at(item, only) : item;
}
