import { isObject } from '../../base/json.ts';
import { itemKey, memberShape, type Shape } from './schema.ts';
import { same } from './json-object.ts';

/**
 * A set of field paths, as a tree. Edges are spelled as in `fieldsV1`: `f:<field>`, `k:<JSON of an item's keys>`,
 * `v:<JSON of a scalar>`. `member` says whether the path that ends here is in the set.
 */
export interface FieldSet {
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const noFields: FieldSet = { member: false, children: new Map() };
const leaf: FieldSet = { member: true, children: new Map() };

export function isEmpty(set: FieldSet): boolean {
  return !set.member && set.children.size === 0;
}

function node(member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  return { member, children: new Map([...children].filter(([, child]) => !isEmpty(child))) };
}

const edges = (a: FieldSet, b: FieldSet): Set<string> => new Set([...a.children.keys(), ...b.children.keys()]);
const child = (set: FieldSet, edge: string): FieldSet => set.children.get(edge) ?? noFields;

function combine(a: FieldSet, b: FieldSet, member: (a: boolean, b: boolean) => boolean): FieldSet {
  const children = [...edges(a, b)].map((edge) => [edge, combine(child(a, edge), child(b, edge), member)] as const);
  return node(member(a.member, b.member), children);
}

export const union = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (x, y) => x || y);
export const intersect = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (x, y) => x && y);
export const subtract = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (x, y) => x && !y);

/** Without the members of `gone` and everything below them. */
export function subtractDeep(a: FieldSet, gone: FieldSet): FieldSet {
  if (gone.member) return noFields;
  const children = [...a.children].map(([edge, set]) => {
    const cut = gone.children.get(edge);
    return [edge, cut ? subtractDeep(set, cut) : set] as const;
  });
  return node(a.member, children);
}

export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a.member !== b.member || a.children.size !== b.children.size) return false;
  return [...a.children].every(([edge, set]) => {
    const twin = b.children.get(edge);
    return twin !== undefined && sameSet(set, twin);
  });
}

const emptyContainer = (value: unknown): boolean =>
  value === null || (isObject(value) && Object.keys(value).length === 0);

/** Every path that a value sets; what an apply of it owns. */
export function fieldsOf(shape: Shape, value: unknown): FieldSet {
  if (shape.is === 'scalar' || value === null) return leaf;
  if (shape.is === 'list') {
    if (shape.kind === 'atomic') return leaf;
    const items = Array.isArray(value) ? value : [];
    return node(
      false,
      items.map((item) => [
        itemKey(shape, item),
        shape.kind === 'set' ? leaf : { ...fieldsOf(shape.of, item), member: true },
      ]),
    );
  }
  if (shape.atomic || !isObject(value)) return leaf;
  const members = Object.entries(value).flatMap(([name, member]) => {
    const inner = memberShape(shape, name);
    if (!inner || member === undefined) return [];
    const set = fieldsOf(inner, member);
    const own = shape.is === 'map' || emptyContainer(member);
    return [[`f:${name}`, own ? { ...set, member: true } : set] as const];
  });
  return node(false, members);
}

/** Paths of a value including those of the structs, lists and items themselves: what exists at all. */
export function everyPath(shape: Shape, value: unknown): FieldSet {
  if (shape.is === 'scalar' || value === null || value === undefined) return leaf;
  if (shape.is === 'list') {
    if (shape.kind === 'atomic' || !Array.isArray(value)) return leaf;
    return { member: true, children: new Map(value.map((item) => [itemKey(shape, item), everyPath(shape.of, item)])) };
  }
  if (shape.atomic || !isObject(value)) return leaf;
  const members = Object.entries(value).flatMap(([name, member]) => {
    const inner = memberShape(shape, name);
    return inner && member !== undefined ? [[`f:${name}`, everyPath(inner, member)] as const] : [];
  });
  return { member: true, children: new Map(members) };
}

export interface Difference {
  /** Added or modified. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/**
 * What differs between two values. A part that is wholly new counts with all its leaves and items; maps and lists that
 * the change made count too (structs don't, nor do lists that the server always has).
 */
export function difference(shape: Shape, before: unknown, after: unknown, required = false): Difference {
  // A write shares with what it replaces all that it left alone.
  if (before === after) return { changed: noFields, removed: noFields };
  if (before === undefined) return { changed: added(shape, after, required), removed: noFields };
  if (after === undefined) return { changed: noFields, removed: everyPath(shape, before) };
  if (shape.is === 'list' && shape.kind !== 'atomic' && Array.isArray(before) && Array.isArray(after)) {
    const old = new Map(before.map((item) => [itemKey(shape, item), item]));
    const fresh = new Map(after.map((item) => [itemKey(shape, item), item]));
    return gather(old, fresh, () => ({ inner: shape.of, required: false }));
  }
  if ((shape.is === 'struct' || shape.is === 'map') && !shape.atomic && isObject(before) && isObject(after)) {
    const old = new Map(Object.entries(before).map(([name, value]) => [`f:${name}`, value]));
    const fresh = new Map(Object.entries(after).map(([name, value]) => [`f:${name}`, value]));
    return gather(old, fresh, (edge) => ({
      inner: memberShape(shape, edge.slice(2)),
      required: shape.is === 'struct' && shape.required.has(edge.slice(2)),
    }));
  }
  return { changed: same(before, after) ? noFields : leaf, removed: noFields };
}

function gather(
  old: ReadonlyMap<string, unknown>,
  fresh: ReadonlyMap<string, unknown>,
  describe: (edge: string) => { readonly inner: Shape | undefined; readonly required: boolean },
): Difference {
  const parts = [...new Set([...old.keys(), ...fresh.keys()])].flatMap((edge) => {
    const { inner, required } = describe(edge);
    const before = old.get(edge);
    const after = fresh.get(edge);
    if (!inner || (before === undefined && after === undefined)) return [];
    return [[edge, difference(inner, before, after, required)] as const];
  });
  return {
    changed: node(
      false,
      parts.map(([edge, part]) => [edge, part.changed] as const),
    ),
    removed: node(
      false,
      parts.map(([edge, part]) => [edge, part.removed] as const),
    ),
  };
}

function added(shape: Shape, value: unknown, required: boolean): FieldSet {
  if (shape.is === 'scalar' || value === null || value === undefined) return leaf;
  if (shape.is === 'list') {
    if (shape.kind === 'atomic' || !Array.isArray(value)) return leaf;
    const items = value.map(
      (item) => [itemKey(shape, item), { ...added(shape.of, item, false), member: true }] as const,
    );
    return { ...node(false, items), member: !required };
  }
  if (shape.atomic || !isObject(value)) return leaf;
  const members = Object.entries(value).flatMap(([name, member]) => {
    const inner = memberShape(shape, name);
    if (!inner || member === undefined) return [];
    return [[`f:${name}`, added(inner, member, shape.is === 'struct' && shape.required.has(name))] as const];
  });
  const empty = members.length === 0;
  return { ...node(false, members), member: empty || shape.is === 'map' };
}

/** Paths as messages spell them: `.spec.containers[name="app"].image`. */
export function spellPaths(set: FieldSet, prefix = ''): string[] {
  const here = set.member && prefix !== '' ? [prefix] : [];
  const below = [...set.children]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([edge, inner]) => spellPaths(inner, prefix + spellEdge(edge)));
  return [...here, ...below];
}

/** One step of such a path. */
export function spellEdge(edge: string): string {
  const rest = edge.slice(2);
  if (edge.startsWith('f:')) return `.${rest}`;
  if (edge.startsWith('v:')) return `[=${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}

/** As `managedFields[].fieldsV1`. */
export function encodeFields(set: FieldSet): Record<string, unknown> {
  const members = [...set.children]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([edge, inner]) => [edge, encodeFields(inner)] as const);
  const own = set.member && set.children.size > 0 ? [['.', {}] as const] : [];
  return Object.fromEntries([...own, ...members]);
}

export function decodeFields(value: unknown, root = true): FieldSet {
  const members = isObject(value) ? Object.entries(value) : [];
  const inner = members
    .filter(([edge]) => edge !== '.')
    .map(([edge, each]) => [edge, decodeFields(each, false)] as const);
  const member = !root && (inner.length === 0 || members.some(([edge]) => edge === '.'));
  return { member, children: new Map(inner) };
}
