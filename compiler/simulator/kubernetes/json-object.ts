import { isObject } from '../../base/json.ts';

/** A JSON object that is still being made. What has been stored is never edited. */
export type Draft = Record<string, unknown>;

/** The member at a path, or undefined as soon as something on the way is missing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here: unknown = value;
  for (const part of path) {
    if (Array.isArray(here) && typeof part === 'number') here = here[part];
    else if (isObject(here)) here = here[part];
    else return undefined;
  }
  return here;
}

export function objectAt(value: unknown, ...path: readonly (string | number)[]): Draft {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

export function numberAt(value: unknown, ...path: readonly (string | number)[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** A number, text or truth value. */
export function scalarAt(value: unknown, ...path: readonly (string | number)[]): string | number | boolean | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? found : undefined;
}

/** String members only: labels, annotations, selectors. */
export function stringsAt(value: unknown, ...path: readonly (string | number)[]): Record<string, string> {
  const members = Object.entries(objectAt(value, ...path));
  return Object.fromEntries(members.filter((each): each is [string, string] => typeof each[1] === 'string'));
}

/** Sets a member deep inside a draft, making objects on the way. */
export function put(draft: Draft, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path;
  if (first === undefined) return;
  if (rest.length === 0) {
    draft[first] = value;
    return;
  }
  const inner = draft[first];
  const next: Draft = isObject(inner) ? inner : {};
  draft[first] = next;
  put(next, rest, value);
}

/** Deep equality of JSON; absent and undefined members are the same, key order doesn't matter. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => same(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => same(a[key], b[key]));
}

/** A copy without the named members. */
export function without(value: Readonly<Record<string, unknown>>, ...names: readonly string[]): Draft {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}
