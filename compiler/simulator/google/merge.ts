import { isObject } from '../../base/json.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A merge patch (RFC 7396): objects merge, lists and scalars replace, null removes. */
export function merge(live: Fields, patch: Fields): Fields {
  const merged: Record<string, unknown> = { ...live };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else {
      const current = merged[key];
      merged[key] = isObject(value) ? merge(isObject(current) ? current : {}, value) : value;
    }
  }
  return merged;
}

/** A member of nested objects: `at(cluster, 'networkConfig', 'network')`. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) found = isObject(found) ? found[key] : undefined;
  return found;
}

/** `nest(['a', 'b'], 1)` is `{ a: { b: 1 } }`. */
export function nest(path: readonly string[], value: unknown): Fields {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Fields;
}
