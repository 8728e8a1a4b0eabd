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
  return (
    ours?.fieldsV1 !== undefined && sameObject(ours.fieldsV1, want as unknown as Fields, live as unknown as Fields, 0)
  );
}

/** What identifies an object is never owned by anyone. */
const identity: readonly (readonly string[])[] = [
  ['apiVersion', 'kind'],
  ['name', 'namespace'],
];

function sameObject(owned: Fields, want: Fields, live: Fields, depth: number): boolean {
  const ignored = depth === 0 ? identity[0] : depth === 1 && 'name' in want && 'labels' in want ? identity[1] : [];
  const wanted = Object.keys(want).filter((key) => want[key] !== undefined && !ignored?.includes(key));
  const held = Object.keys(owned).filter((key) => key.startsWith('f:'));
  if (held.length !== wanted.length) return false;
  return wanted.every(
    (key) => `f:${key}` in owned && sameValue(owned[`f:${key}`], want[key], live[key], depth + 1, key),
  );
}

function sameValue(owned: unknown, want: unknown, live: unknown, depth: number, key: string): boolean {
  const parts = isObject(owned) ? Object.keys(owned).filter((part) => part !== '.') : [];
  if (parts.length === 0) return sameLeaf(want, live, key);
  if (Array.isArray(want) && Array.isArray(live)) return sameList(owned as Fields, parts, want, live, depth);
  return isObject(want) && isObject(live) && sameObject(owned as Fields, want, live, depth);
}

function sameList(
  owned: Fields,
  parts: readonly string[],
  want: readonly unknown[],
  live: readonly unknown[],
  depth: number,
): boolean {
  if (parts.length !== want.length) return false;
  return parts.every((part) => {
    if (!part.startsWith('k:')) return false;
    const key = JSON.parse(part.slice(2)) as Fields;
    const inLive = live.find((item) => hasKey(item, key));
    const inWant = want.find((item) => hasKey({ ...(inLive as object), ...(item as object) }, key));
    return isObject(inWant) && isObject(inLive) && sameObject(owned[part] as Fields, inWant, inLive, depth + 1);
  });
}

function hasKey(item: unknown, key: Fields): boolean {
  return isObject(item) && Object.entries(key).every(([name, value]) => item[name] === value);
}

/** Equal, or a subset with what the server defaulted inside an atomic value is not enough: that one goes to the dry run. */
function sameLeaf(want: unknown, live: unknown, key: string): boolean {
  if (isDeepStrictEqual(want, live)) return true;
  return quantityKeys.has(key) && sameQuantity(want, live);
}

const quantityKeys = new Set(['cpu', 'memory', 'ephemeral-storage', 'sizeLimit', 'storage']);
