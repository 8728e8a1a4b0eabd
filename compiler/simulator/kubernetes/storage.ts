import { randomUUID } from 'node:crypto';
import type { Store, Table } from '../store.ts';
import type { KubeObject } from '../parts.ts';
import { apiVersionOf, resources, type Resource } from './resources.ts';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: Resource;
  readonly object: KubeObject;
  /** As it stood before; absent for ADDED. */
  readonly previous?: KubeObject;
  readonly version: number;
}

/** All objects of a cluster: by resource, namespace and name, with one version that counts up over all of them. */
export interface Storage {
  get(resource: Resource, namespace: string, name: string): KubeObject | undefined;
  /** In the order of namespace and name. An empty namespace means all. */
  list(resource: Resource, namespace: string): readonly KubeObject[];
  /** Stores with the next version, and tells the listeners. */
  put(resource: Resource, object: KubeObject): KubeObject;
  remove(resource: Resource, object: KubeObject): KubeObject;
  owned(uid: string): readonly KubeObject[];
  byUid(uid: string): KubeObject | undefined;
  hasUid(uid: string): boolean;
  version(): number;
  /** Changes later than a version, oldest first; undefined when they are no longer known. */
  since(version: number): readonly Change[] | undefined;
  /** Called after each change, in order, never inside another listener's call. */
  subscribe(listener: (change: Change) => void): () => void;
  erase(): void;
}

/** How many changes a watch can go back. */
const historyMax = 5_000;

const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;

export function openStorage(store: Store, id: string): Storage {
  const table: Table<KubeObject> = store.table(`${id}/objects`);
  const numbers: Table<number> = store.table(`${id}/numbers`);
  const index = new Map<Resource, Map<string, KubeObject>>(resources.map((resource) => [resource, new Map()]));
  const sorted = new Map<Resource, readonly KubeObject[]>();
  const byOwner = new Map<string, Map<string, KubeObject>>();
  const uids = new Map<string, KubeObject>();
  let version = numbers.get('version') ?? 1;
  let history: Change[] = [];
  const listeners = new Set<(change: Change) => void>();
  const waiting: Change[] = [];
  let draining = false;

  const pathOf = (resource: Resource, object: KubeObject): string =>
    `${apiVersionOf(resource)}/${resource.plural}/${keyOf(object.metadata.namespace, object.metadata.name)}`;
  const forget = (resource: Resource, object: KubeObject): void => {
    for (const owner of ownersOf(object)) byOwner.get(owner)?.delete(pathOf(resource, object));
  };
  const remember = (resource: Resource, object: KubeObject): void => {
    index.get(resource)?.set(keyOf(object.metadata.namespace, object.metadata.name), object);
    uids.set(object.metadata.uid, object);
    for (const owner of ownersOf(object)) {
      const dependents = byOwner.get(owner) ?? new Map<string, KubeObject>();
      byOwner.set(owner, dependents);
      dependents.set(pathOf(resource, object), object);
    }
  };
  for (const [path, object] of table.entries()) {
    const resource = resources.find((each) => path.startsWith(`${apiVersionOf(each)}/${each.plural}/`));
    if (resource) remember(resource, object);
    version = Math.max(version, Number(object.metadata.resourceVersion));
  }
  const oldest = version;
  let floor = oldest;

  const tell = (change: Change): void => {
    history.push(change);
    if (history.length > historyMax * 1.2) {
      floor = history[history.length - historyMax - 1]?.version ?? floor;
      history = history.slice(-historyMax);
    }
    waiting.push(change);
    if (draining) return;
    draining = true;
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) for (const listener of listeners) listener(next);
    } finally {
      draining = false;
    }
  };
  const stamped = (object: KubeObject): KubeObject => {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  };
  const find = (resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined =>
    index.get(resource)?.get(keyOf(namespace, name));

  return {
    get: (resource, namespace, name) => find(resource, resource.namespaced ? namespace : '', name),
    list(resource, namespace) {
      const all = sorted.get(resource) ?? sortedByKey(index.get(resource) ?? new Map<string, KubeObject>());
      sorted.set(resource, all);
      return namespace === '' ? all : all.filter((object) => object.metadata.namespace === namespace);
    },
    put(resource, object) {
      const previous = find(resource, object.metadata.namespace, object.metadata.name);
      const stored = stamped(object);
      table.set(pathOf(resource, stored), stored);
      if (previous) forget(resource, previous);
      remember(resource, stored);
      sorted.delete(resource);
      tell({
        type: previous ? 'MODIFIED' : 'ADDED',
        resource,
        object: stored,
        ...(previous ? { previous } : {}),
        version,
      });
      return stored;
    },
    remove(resource, object) {
      const previous = find(resource, object.metadata.namespace, object.metadata.name) ?? object;
      const last = stamped(object);
      table.delete(pathOf(resource, object));
      numbers.set('version', version);
      forget(resource, previous);
      index.get(resource)?.delete(keyOf(object.metadata.namespace, object.metadata.name));
      uids.delete(object.metadata.uid);
      sorted.delete(resource);
      tell({ type: 'DELETED', resource, object: last, previous, version });
      return last;
    },
    owned: (uid) => [...(byOwner.get(uid)?.values() ?? [])],
    byUid: (uid) => uids.get(uid),
    hasUid: (uid) => uids.has(uid),
    version: () => version,
    since(from) {
      if (from < floor) return undefined;
      return history.filter((change) => change.version > from);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    erase() {
      for (const [path] of table.entries()) table.delete(path);
      for (const [name] of numbers.entries()) numbers.delete(name);
    },
  };
}

function sortedByKey(objects: ReadonlyMap<string, KubeObject>): readonly KubeObject[] {
  return [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
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

export const newUid = (): string => randomUUID();
