import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../base/json.ts';
import type { KubeObject } from '../../model/ports.ts';
import { sameQuantity } from './quantity.ts';

/** The field manager that every write of ours names. */
export const fieldManager = 'hello';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether an apply of `want` would change nothing: the fields that our manager owns on live are exactly those of `want`,
 * with equal values. `managedFields` itself says which lists are merged by key (`k:{…}`) and which are atomic (a leaf),
 * so no table of merge keys is needed. Errs only towards "no": then a dry run has the last word.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function appliesUnchanged(want: KubeObject, live: KubeObject): boolean {
  const ours = live.metadata.managedFields?.find(
    (entry) => entry.manager === fieldManager && entry.operation === 'Apply' && !entry.subresource,
  );
  if (ours?.fieldsV1 === undefined) return false;
  return sameObject(ours.fieldsV1, want as unknown as Fields, live as unknown as Fields, ['apiVersion', 'kind']);
}

/** `unowned` are the members that identify an object: nobody ever owns them. */
function sameObject(owned: Fields, want: Fields, live: Fields, unowned: readonly string[] = []): boolean {
  const top = unowned.includes('apiVersion');
  const wanted = Object.keys(want).filter((key) => want[key] !== undefined && !unowned.includes(key));
  const held = Object.keys(owned).filter((key) => key.startsWith('f:'));
  if (held.length !== wanted.length) return false;
  return wanted.every((key) => {
    const inside = top && key === 'metadata' ? ['name', 'namespace'] : [];
    return `f:${key}` in owned && sameValue(owned[`f:${key}`], want[key], live[key], key, inside);
  });
}

function sameValue(owned: unknown, want: unknown, live: unknown, key: string, unowned: readonly string[]): boolean {
  const parts = isObject(owned) ? Object.keys(owned).filter((part) => part !== '.') : [];
  if (parts.length === 0) return sameLeaf(want, live, key);
  if (Array.isArray(want) && Array.isArray(live)) return sameList(owned as Fields, parts, want, live);
  return isObject(want) && isObject(live) && sameObject(owned as Fields, want, live, unowned);
}

function sameList(
  owned: Fields,
  parts: readonly string[],
  want: readonly unknown[],
  live: readonly unknown[],
): boolean {
  if (parts.length !== want.length) return false;
  return parts.every((part) => {
    if (!part.startsWith('k:')) return false;
    const key = JSON.parse(part.slice(2)) as Fields;
    const inLive = live.find((item) => hasKey(item, key));
    // A key that the item leaves to its default (a port's protocol) is read off the live one.
    const inWant = want.find((item) => isObject(item) && hasKey({ ...key, ...item }, key));
    return isObject(inWant) && isObject(inLive) && sameObject(owned[part] as Fields, inWant, inLive);
  });
}

/** Whether it is the item of a list that a key of managed fields names. */
export function hasKey(item: unknown, key: Fields): boolean {
  return isObject(item) && Object.entries(key).every(([name, value]) => item[name] === value);
}

/** An atomic value in which the server filled in defaults counts as different: that one goes to the dry run. */
function sameLeaf(want: unknown, live: unknown, key: string): boolean {
  return isDeepStrictEqual(want, live) || sameLeafValue(want, live, key);
}

/** Whether two spellings under this name are the same amount. */
export function sameLeafValue(want: unknown, live: unknown, key: string): boolean {
  return quantityKeys.has(key) && sameQuantity(want, live);
}

const quantityKeys = new Set(['cpu', 'memory', 'ephemeral-storage', 'sizeLimit', 'storage']);
