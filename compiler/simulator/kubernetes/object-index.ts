import type { KubeObject } from '../parts.ts';
import type { Resource } from './resources.ts';

/** Of a resource, all that keeping its objects needs. */
export type Kept = Pick<Resource, 'key'>;

/** Objects by resource and name, by uid and by owner. */
export interface ObjectIndex {
  get(resource: Kept, namespace: string | undefined, name: string): KubeObject | undefined;
  /** In the order of namespace and name. An empty namespace means all. */
  list(resource: Kept, namespace: string): readonly KubeObject[];
  add(resource: Kept, object: KubeObject): void;
  drop(resource: Kept, object: KubeObject): void;
  /** Everything that names this uid as an owner. */
  owned(uid: string): readonly KubeObject[];
  byUid(uid: string): KubeObject | undefined;
}

const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;

/** Where an object is kept: `apps/v1/deployments/default/web`. */
export function pathOf(resource: Kept, object: KubeObject): string {
  return `${resource.key}/${keyOf(object.metadata.namespace, object.metadata.name)}`;
}

export function openIndex(): ObjectIndex {
  const byKey = new Map<string, Map<string, KubeObject>>();
  /** Sorted keys; forgotten when one comes or goes, kept when an object only changes. */
  const order = new Map<string, readonly string[]>();
  const byOwner = new Map<string, Map<string, KubeObject>>();
  const byUid = new Map<string, KubeObject>();
  const unlink = (resource: Kept, object: KubeObject): void => {
    for (const owner of ownersOf(object)) {
      const dependents = byOwner.get(owner);
      dependents?.delete(pathOf(resource, object));
      if (dependents?.size === 0) byOwner.delete(owner);
    }
  };
  return {
    get: (resource, namespace, name) => byKey.get(resource.key)?.get(keyOf(namespace, name)),
    list(resource, namespace) {
      const objects = byKey.get(resource.key) ?? new Map<string, KubeObject>();
      const keys = order.get(resource.key) ?? [...objects.keys()].toSorted();
      order.set(resource.key, keys);
      const wanted = namespace === '' ? keys : keys.filter((key) => key.startsWith(`${namespace}/`));
      return wanted.flatMap((key) => objects.get(key) ?? []);
    },
    add(resource, object) {
      const { namespace, name, uid } = object.metadata;
      const objects = byKey.get(resource.key) ?? new Map<string, KubeObject>();
      byKey.set(resource.key, objects);
      const before = objects.get(keyOf(namespace, name));
      if (before) unlink(resource, before);
      else order.delete(resource.key);
      objects.set(keyOf(namespace, name), object);
      byUid.set(uid, object);
      for (const owner of ownersOf(object)) {
        const dependents = byOwner.get(owner) ?? new Map<string, KubeObject>();
        byOwner.set(owner, dependents);
        dependents.set(pathOf(resource, object), object);
      }
    },
    drop(resource, object) {
      unlink(resource, object);
      byKey.get(resource.key)?.delete(keyOf(object.metadata.namespace, object.metadata.name));
      byUid.delete(object.metadata.uid);
      order.delete(resource.key);
    },
    owned: (uid) => [...(byOwner.get(uid)?.values() ?? [])],
    byUid: (uid) => byUid.get(uid),
  };
}

/** The uids in `metadata.ownerReferences`. */
export function ownersOf(object: KubeObject): string[] {
  const references = object.metadata['ownerReferences'];
  if (!Array.isArray(references)) return [];
  return (references as readonly unknown[]).flatMap((each) => {
    const uid = typeof each === 'object' && each !== null && 'uid' in each ? each.uid : undefined;
    return typeof uid === 'string' ? [uid] : [];
  });
}
