import type { KubeObject } from '../parts.ts';
import type { Store, Table } from '../store.ts';
import { openChangeLog, type Change } from './change-log.ts';
import { openIndex, pathOf } from './object-index.ts';
import type { Resource } from './resources.ts';

/** All objects of a cluster: by resource, namespace and name, with one version that counts up over all of them. */
export interface Storage {
  get(resource: Resource, namespace: string, name: string): KubeObject | undefined;
  /** In the order of namespace and name. An empty namespace means all. */
  list(resource: Resource, namespace: string): readonly KubeObject[];
  /** Those of one namespace that no other object controls, in any order. */
  uncontrolled(resource: Resource, namespace: string): readonly KubeObject[];
  /** Stores with the next version, and tells the listeners. */
  put(resource: Resource, object: KubeObject): KubeObject;
  remove(resource: Resource, object: KubeObject): KubeObject;
  owned(uid: string): readonly KubeObject[];
  byUid(uid: string): KubeObject | undefined;
  version(): number;
  /** Changes later than a version, oldest first; undefined when they are no longer known. */
  since(version: number): readonly Change[] | undefined;
  /** Called after each change, in order, never inside another listener's call. */
  subscribe(listener: (change: Change) => void): () => void;
  erase(): void;
}

/** Opens what the Store holds of a cluster. Watches cannot go back beyond this moment. */
export function openStorage(store: Store, id: string): Storage {
  const table: Table<KubeObject> = store.table(`${id}/objects`);
  const numbers: Table<number> = store.table(`${id}/numbers`);
  const index = openIndex();
  let version = numbers.get('version') ?? 1;
  for (const [path, object] of table.entries()) {
    // Its kind may be one that a definition among these objects adds: the path alone says where it belongs.
    index.add({ key: path.split('/').slice(0, -2).join('/') }, object);
    version = Math.max(version, Number(object.metadata.resourceVersion));
  }
  const log = openChangeLog(version);
  const stamped = (object: KubeObject): KubeObject => {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  };
  return {
    get: (resource, namespace, name) => index.get(resource, resource.namespaced ? namespace : '', name),
    list: (resource, namespace) => index.list(resource, namespace),
    uncontrolled: (resource, namespace) => index.uncontrolled(resource, namespace),
    put(resource, object) {
      const previous = index.get(resource, object.metadata.namespace, object.metadata.name);
      const stored = stamped(object);
      table.set(pathOf(resource, stored), stored);
      index.add(resource, stored);
      const type = previous ? 'MODIFIED' : 'ADDED';
      log.add({ type, resource, object: stored, ...(previous ? { previous } : {}), version });
      return stored;
    },
    remove(resource, object) {
      const previous = index.get(resource, object.metadata.namespace, object.metadata.name) ?? object;
      const last = stamped(object);
      table.delete(pathOf(resource, object));
      numbers.set('version', version); // no object is left that would carry it
      index.drop(resource, previous);
      log.add({ type: 'DELETED', resource, object: last, previous, version });
      return last;
    },
    owned: (uid) => index.owned(uid),
    byUid: (uid) => index.byUid(uid),
    version: () => version,
    since: (from) => log.since(from),
    subscribe: (listener) => log.subscribe(listener),
    erase() {
      for (const [path] of table.entries()) table.delete(path);
      for (const [name] of numbers.entries()) numbers.delete(name);
    },
  };
}
