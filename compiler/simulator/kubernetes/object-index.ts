import type { KubeObject } from '../parts.ts';
import { openBucket, type Bucket } from './bucket.ts';
import type { Resource } from './resources.ts';

/** Of a resource, all that keeping its objects needs. */
export type Kept = Pick<Resource, 'key'>;

/** Objects by resource and name, by uid and by owner. */
export interface ObjectIndex {
  get(resource: Kept, namespace: string | undefined, name: string): KubeObject | undefined;
  /** In the order of namespace and name. An empty namespace means all. */
  list(resource: Kept, namespace: string): readonly KubeObject[];
  /** Those of one namespace that no other object controls, in any order. */
  uncontrolled(resource: Kept, namespace: string): readonly KubeObject[];
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
  /** By resource, then by namespace in the order of their paths: `a-b/x` comes before `a/x`. */
  const all = new Map<string, Map<string, Bucket>>();
  const inOrder = new Map<string, readonly Bucket[]>();
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
    get: (resource, namespace, name) =>
      all
        .get(resource.key)
        ?.get(namespace ?? '')
        ?.get(name),
    list(resource, namespace) {
      if (namespace !== '') return all.get(resource.key)?.get(namespace)?.list() ?? [];
      const buckets = inOrder.get(resource.key) ?? sorted(all.get(resource.key));
      inOrder.set(resource.key, buckets);
      const [only, ...more] = buckets;
      return only && more.length === 0 ? only.list() : buckets.flatMap((bucket) => bucket.list());
    },
    uncontrolled: (resource, namespace) => all.get(resource.key)?.get(namespace)?.uncontrolled() ?? [],
    add(resource, object) {
      const { namespace = '', name, uid } = object.metadata;
      const buckets = all.get(resource.key) ?? new Map<string, Bucket>();
      all.set(resource.key, buckets);
      const bucket = buckets.get(namespace) ?? openBucket();
      if (bucket.size === 0) {
        buckets.set(namespace, bucket);
        inOrder.delete(resource.key);
      }
      const before = bucket.get(name);
      if (before) unlink(resource, before);
      bucket.set(object);
      byUid.set(uid, object);
      for (const owner of ownersOf(object)) {
        const dependents = byOwner.get(owner) ?? new Map<string, KubeObject>();
        byOwner.set(owner, dependents);
        dependents.set(pathOf(resource, object), object);
      }
    },
    drop(resource, object) {
      unlink(resource, object);
      const { namespace = '', name, uid } = object.metadata;
      const buckets = all.get(resource.key);
      const bucket = buckets?.get(namespace);
      bucket?.delete(name);
      if (bucket?.size === 0) {
        buckets?.delete(namespace);
        inOrder.delete(resource.key);
      }
      byUid.delete(uid);
    },
    owned: (uid) => [...(byOwner.get(uid)?.values() ?? [])],
    byUid: (uid) => byUid.get(uid),
  };
}

function sorted(buckets: ReadonlyMap<string, Bucket> = new Map()): readonly Bucket[] {
  return [...buckets].toSorted(([a], [b]) => (`${a}/` < `${b}/` ? -1 : 1)).map(([, bucket]) => bucket);
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
