import { isObject } from '../../base/json.ts';
import {
  difference,
  fieldsOf,
  intersect,
  isEmpty,
  noFields,
  sameSet,
  spellPaths,
  subtract,
  subtractDeep,
  union,
  type FieldSet,
} from './field-set.ts';
import { ApiError, type Cause } from './status-error.ts';
import { managerLabel, sameManager, stripUnowned, type Manager, type Ownership } from './managers.ts';
import { itemKey, memberShape, type ListShape, type Shape } from './schema.ts';

/**
 * Server-side apply. Given the live value, who owns what, and what one manager wants: merges, takes away what that
 * manager alone owned and no longer names, and finds the conflicts with others.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function applyFields(
  shape: Shape,
  live: unknown,
  config: unknown,
  managers: readonly Manager[],
  me: Omit<Ownership, 'fields'>,
  force: boolean,
): { readonly merged: unknown; readonly managers: readonly Ownership[] } {
  const wanted = stripUnowned(fieldsOf(shape, config));
  const others = managers.filter((each) => !sameManager(each, me));
  const before = managers.find((each) => sameManager(each, me))?.fields ?? noFields;
  const kept = others.reduce((all, each) => union(all, each.fields), wanted);
  const merged = prune(shape, merge(shape, live, config), subtract(before, kept), kept) ?? {};
  const { changed, removed } = difference(shape, live, merged);
  const conflicts = others
    .map((manager) => ({ manager, fields: intersect(manager.fields, changed) }))
    .filter(({ fields }) => !isEmpty(fields));
  if (conflicts.length > 0 && !force) throw conflictError(conflicts);
  const rest = others.map((manager) => {
    const lost = conflicts.find((each) => each.manager === manager)?.fields ?? noFields;
    return { ...manager, fields: subtractDeep(subtract(manager.fields, lost), removed) };
  });
  const all = [
    ...rest.filter((each) => !isEmpty(each.fields)),
    ...(isEmpty(wanted) ? [] : [{ ...me, fields: wanted }]),
  ];
  return { merged, managers: all };
}

function conflictError(conflicts: readonly { readonly manager: Manager; readonly fields: FieldSet }[]): ApiError {
  const sorted = conflicts.toSorted((a, b) => (managerLabel(a.manager) < managerLabel(b.manager) ? -1 : 1));
  const causes: Cause[] = sorted.flatMap(({ manager, fields }) =>
    spellPaths(fields).map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${managerLabel(manager)}`,
      field,
    })),
  );
  const [first] = causes;
  const many = sorted
    .map(
      ({ manager, fields }) =>
        `conflicts with ${managerLabel(manager)}:\n${spellPaths(fields)
          .map((path) => `- ${path}`)
          .join('\n')}`,
    )
    .join('\n');
  const text = causes.length === 1 && first ? `${first.message}: ${first.field}` : many;
  const count = causes.length === 1 ? '1 conflict' : `${causes.length} conflicts`;
  return new ApiError(409, 'Conflict', `Apply failed with ${count}: ${text}`, { causes });
}

/** The live value with the applied one laid over it. Lists keep the order of what is applied. */
export function merge(shape: Shape, live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  if (live === undefined || live === null || config === null || shape.is === 'scalar') return config;
  if (shape.is === 'list') {
    if (shape.kind === 'atomic' || !Array.isArray(live) || !Array.isArray(config)) return config;
    return mergeItems(shape, live, config);
  }
  if (shape.atomic || !isObject(live) || !isObject(config)) return config;
  const names = [...new Set([...Object.keys(live), ...Object.keys(config)])];
  return Object.fromEntries(
    names.map((name) => [name, merge(memberShape(shape, name) ?? shape, live[name], config[name])]),
  );
}

function mergeItems(list: ListShape, live: readonly unknown[], config: readonly unknown[]): unknown[] {
  const key = (item: unknown): string => itemKey(list, item);
  const twins = new Map(live.map((item) => [key(item), item]));
  const applied = new Set(config.map(key));
  const shared = live.map(key).filter((each) => applied.has(each));
  const nextShared = config.map(key).filter((each) => twins.has(each));
  const merged: unknown[] = [];
  let l = 0;
  let c = 0;
  let s = 0;
  while (l < live.length || c < config.length) {
    const left = live[l];
    const right = config[c];
    const leftKey = l < live.length ? key(left) : undefined;
    if (leftKey !== undefined && c < config.length && leftKey === key(right)) {
      merged.push(merge(list.of, left, right));
      l += 1;
      c += 1;
      s += 1;
    } else if (leftKey !== undefined && applied.has(leftKey) && leftKey !== nextShared[s]) {
      l += 1; // comes out at the place where the applied list has it
    } else if (leftKey !== undefined && !applied.has(leftKey)) {
      merged.push(left);
      l += 1;
    } else if (c < config.length) {
      const twin = twins.get(key(right));
      merged.push(twin === undefined ? right : merge(list.of, twin, right));
      if (twin !== undefined) s += 1;
      c += 1;
    } else {
      l += 1;
    }
  }
  return shared.length === 0 && config.length === 0 ? [...live] : merged;
}

/** Takes away the paths of `gone`; an element stays while anything below it is kept. */
function prune(shape: Shape, value: unknown, gone: FieldSet, kept: FieldSet): unknown {
  if (gone.member && isEmpty(kept)) return undefined;
  if (gone.children.size === 0) return value;
  if (shape.is === 'list' && Array.isArray(value) && shape.kind !== 'atomic') {
    const items = value.flatMap((item) => {
      const edge = itemKey(shape, item);
      const cut = gone.children.get(edge);
      if (!cut) return [item];
      const below = kept.children.get(edge) ?? noFields;
      // Whoever owns a field of an item without owning the item cannot keep it.
      if (cut.member && !below.member) return [];
      return [prune(shape.of, item, { ...cut, member: false }, below) ?? item];
    });
    return items.length === 0 ? undefined : items;
  }
  if ((shape.is !== 'struct' && shape.is !== 'map') || !isObject(value)) return value;
  const members = Object.entries(value).flatMap(([name, member]) => {
    const cut = gone.children.get(`f:${name}`);
    const inner = memberShape(shape, name);
    if (!cut || !inner) return [[name, member] as const];
    const left = prune(inner, member, cut, kept.children.get(`f:${name}`) ?? noFields);
    return left === undefined ? [] : [[name, left] as const];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

/** Whether two lists of managers own the same, times aside. */
export function sameOwners(a: readonly Ownership[], b: readonly Ownership[]): boolean {
  const id = (each: Ownership): string =>
    JSON.stringify([each.manager, each.operation, each.apiVersion, each.subresource ?? '']);
  const twins = new Map(b.map((each) => [id(each), each.fields]));
  return (
    a.length === b.length &&
    a.every((each) => {
      const twin = twins.get(id(each));
      return twin !== undefined && sameSet(each.fields, twin);
    })
  );
}
