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
  const keys = /^\[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]/.exec(rest);
  if (!keys || !Array.isArray(value)) return [];
  const known = keysIn(keys[1] ?? '');
  const item = value.find((each) => isObject(each) && known.every(([name, is]) => JSON.stringify(each[name]) === is));
  // A plan calls an item by the values of its keys.
  const label = known.map(([, is]) => String(JSON.parse(is))).join('/');
  return item === undefined ? [] : [label, ...walk(rest.slice(keys[0].length), item)];
}

function startsWithKey(rest: string, key: string): boolean {
  return rest.startsWith(key) && ['.', '[', undefined].includes(rest[key.length]);
}

/** `port=80,protocol="TCP"`: names, and values as JSON. */
function keysIn(text: string): [name: string, value: string][] {
  return [...text.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name = '', value = '']) => [name, value]);
}
