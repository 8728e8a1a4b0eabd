/** Anything that JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
/** A JSON value with named members. */
export type JsonObject = { readonly [key: string]: Json };

/** A place inside a value: `['ports', 0]`. */
export type Path = readonly (string | number)[];

/** Whether it has named members: neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON text with sorted keys and without absent members: the same value always gives the same bytes. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (isObject(member) ? sortKeys(member) : member)) ?? 'null';
}

function sortKeys(object: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(object).toSorted();
  return Object.fromEntries(keys.map((key) => [key, object[key]]));
}

/** `spec.containers[0].image`, and `metadata["a.b/c"]` for keys that are not plain words. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[\w-]+$/.test(part)) return `["${part}"]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}
