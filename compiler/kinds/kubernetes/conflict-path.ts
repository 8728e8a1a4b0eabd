import { formatPath, isObject, type Path } from '../../base/json.ts';

/**
 * The field of a conflict in the words of a plan. The API server writes `.metadata.labels.app.kubernetes.io/name` and
 * `.spec.ports[port=80,protocol="TCP"].targetPort`: names run into each other, and items go by merge keys. Walking
 * along the object tells where a name ends and which item is meant. What cannot be followed stays at the last field
 * that could. https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
 */
export function conflictPath(field: string, object: object): string {
  return formatPath(walk(field.startsWith('.') ? field : `.${field}`, object));
}

function walk(rest: string, value: unknown): Path {
  if (rest.startsWith('.') && isObject(value)) {
    const key = Object.keys(value)
      .filter((each) => startsWithKey(rest.slice(1), each))
      .toSorted((one, other) => other.length - one.length)[0];
    return key === undefined ? [] : [key, ...walk(rest.slice(1 + key.length), value[key])];
  }
  const keys = /^\[([^\]]*)\]/.exec(rest);
  if (!keys || !Array.isArray(value)) return [];
  const item = value.find((each) => isObject(each) && hasKeys(each, keys[1] ?? ''));
  // A plan calls an item by its name.
  const name: unknown = isObject(item) ? item['name'] : undefined;
  return typeof name === 'string' ? [name, ...walk(rest.slice(keys[0].length), item)] : [];
}

function startsWithKey(rest: string, key: string): boolean {
  return rest.startsWith(key) && ['.', '[', undefined].includes(rest[key.length]);
}

/** `port=80,protocol="TCP"`. */
function hasKeys(item: Readonly<Record<string, unknown>>, keys: string): boolean {
  return [...keys.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)/g)].every(
    ([, name = '', value = '']) => JSON.stringify(item[name]) === value,
  );
}
