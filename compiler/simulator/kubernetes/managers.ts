import {
  decodeFields,
  difference,
  encodeFields,
  isEmpty,
  noFields,
  subtract,
  subtractDeep,
  union,
  type FieldSet,
} from './field-set.ts';
import { isObject } from '../../base/json.ts';
import type { Shape } from './schema.ts';

/** One entry of `metadata.managedFields`: who wrote, how, and which fields are theirs since. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fields: FieldSet;
}

export type Ownership = Omit<Manager, 'time'>;

/** Paths that nobody owns: identity and what the server alone writes. */
const unowned: FieldSet = decodeFields({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': Object.fromEntries(
    [
      'name',
      'namespace',
      'creationTimestamp',
      'selfLink',
      'uid',
      'clusterName',
      'generation',
      'managedFields',
      'resourceVersion',
      'deletionTimestamp',
      'deletionGracePeriodSeconds',
    ].map((name) => [`f:${name}`, {}]),
  ),
});

export function stripUnowned(fields: FieldSet): FieldSet {
  const left = subtractDeep(fields, unowned);
  const metadata = left.children.get('f:metadata');
  if (!metadata?.member) return left;
  const children = new Map(left.children);
  if (metadata.children.size === 0) children.delete('f:metadata');
  else children.set('f:metadata', { ...metadata, member: false });
  return { ...left, children };
}

export function readManagers(managedFields: unknown): Manager[] {
  if (!Array.isArray(managedFields)) return [];
  return managedFields.filter(isObject).flatMap((entry) => {
    if (typeof entry['manager'] !== 'string') return [];
    return [
      {
        manager: entry['manager'],
        operation: entry['operation'] === 'Apply' ? ('Apply' as const) : ('Update' as const),
        apiVersion: String(entry['apiVersion']),
        ...(typeof entry['subresource'] === 'string' && entry['subresource'] !== ''
          ? { subresource: entry['subresource'] }
          : {}),
        ...(typeof entry['time'] === 'string' ? { time: entry['time'] } : {}),
        fields: decodeFields(entry['fieldsV1']),
      },
    ];
  });
}

/** As they stand in the object: appliers first, then by time, name, version and subresource. */
export function writeManagers(managers: readonly Manager[]): Record<string, unknown>[] {
  const rank = (each: Manager): string =>
    [each.operation, each.time ?? '', each.manager, each.apiVersion, each.subresource ?? ''].join('\u0000');
  return managers
    .toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
    .map((each) => ({
      manager: each.manager,
      operation: each.operation,
      apiVersion: each.apiVersion,
      ...(each.time === undefined ? {} : { time: each.time }),
      fieldsType: 'FieldsV1',
      fieldsV1: encodeFields(each.fields),
      ...(each.subresource === undefined ? {} : { subresource: each.subresource }),
    }));
}

export function sameManager(a: Omit<Ownership, 'fields'>, b: Omit<Ownership, 'fields'>): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  );
}

/** How a conflict names a manager. */
export function managerLabel(manager: Omit<Ownership, 'fields'>): string {
  if (manager.operation === 'Apply') return JSON.stringify(manager.manager);
  const where = manager.subresource === undefined ? '' : ` with subresource "${manager.subresource}"`;
  return `${JSON.stringify(manager.manager)}${where} using ${manager.apiVersion}`;
}

/** Owners after a write that isn't an apply: what it changed is the writer's, what it removed is nobody's. */
export function updateManagers(
  shape: Shape,
  before: unknown,
  after: unknown,
  managers: readonly Manager[],
  me: Omit<Ownership, 'fields'>,
): Ownership[] {
  const { changed: all, removed } = difference(shape, before, after);
  const changed = stripUnowned(all);
  const lost = union(changed, removed);
  const rest = managers.flatMap((each) => {
    const left = sameManager(each, me)
      ? subtractDeep(each.fields, removed)
      : subtract(subtractDeep(each.fields, removed), lost);
    return isEmpty(left) ? [] : [{ ...each, fields: left }];
  });
  const mine = union(rest.find((each) => sameManager(each, me))?.fields ?? noFields, changed);
  if (isEmpty(mine)) return rest;
  return [...rest.filter((each) => !sameManager(each, me)), { ...me, fields: mine }];
}

/** More than ten writers: the oldest become one. */
const updatersMax = 10;

export function capManagers(managers: readonly Manager[]): Manager[] {
  const updaters = managers.filter((each) => each.operation === 'Update' && each.subresource === undefined);
  if (updaters.length <= updatersMax) return [...managers];
  const oldest = updaters
    .toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1))
    .slice(0, updaters.length - updatersMax + 1);
  const fields = oldest.reduce((all, each) => union(all, each.fields), noFields);
  const time = oldest.at(-1)?.time;
  const ancient: Manager = {
    manager: 'ancient-changes',
    operation: 'Update',
    apiVersion: oldest.at(-1)?.apiVersion ?? 'v1',
    ...(time === undefined ? {} : { time }),
    fields,
  };
  return [...managers.filter((each) => !oldest.includes(each)), ancient];
}
