import type { KubeObject } from '../parts.ts';

/** The objects of one resource in one namespace, in the order of their names. */
export interface Bucket {
  readonly size: number;
  get(name: string): KubeObject | undefined;
  set(object: KubeObject): void;
  delete(name: string): void;
  /** As it is now; what changes later doesn't touch it. */
  list(): readonly KubeObject[];
  /** Those that no other object controls, in any order. */
  uncontrolled(): readonly KubeObject[];
}

export function openBucket(): Bucket {
  const objects = new Map<string, KubeObject>();
  const free = new Set<string>();
  /** Sorted; a new name is put at its place, as sorting all again for each would cost more the more there are. */
  const names: string[] = [];
  let snapshot: readonly KubeObject[] | undefined;
  return {
    get size() {
      return objects.size;
    },
    get: (name) => objects.get(name),
    set(object) {
      const { name } = object.metadata;
      if (!objects.has(name)) names.splice(placeOf(names, name), 0, name);
      objects.set(name, object);
      if (isControlled(object)) free.delete(name);
      else free.add(name);
      snapshot = undefined;
    },
    delete(name) {
      if (!objects.delete(name)) return;
      names.splice(placeOf(names, name), 1);
      free.delete(name);
      snapshot = undefined;
    },
    list: () => (snapshot ??= names.flatMap((name) => objects.get(name) ?? [])),
    uncontrolled: () => [...free].flatMap((name) => objects.get(name) ?? []),
  };
}

/** Where a name stands, or would stand, among sorted ones. */
function placeOf(names: readonly string[], name: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isControlled(object: KubeObject): boolean {
  const owners = object.metadata['ownerReferences'];
  return (
    Array.isArray(owners) &&
    (owners as readonly unknown[]).some(
      (each) => typeof each === 'object' && each !== null && 'controller' in each && each.controller === true,
    )
  );
}
