import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ClusterObjects, KubeObject } from '../../../compiler/simulator/parts.ts';

export interface MemoryObjects extends ClusterObjects {
  /** What the node said, in order: `Warning BackOff …`. */
  readonly events: readonly string[];
}

/** The port that the node has to a cluster, without an API server behind it. */
export function memoryObjects(id = 'projects/my-project/locations/us-central1/clusters/one'): MemoryObjects {
  const all = new Map<string, KubeObject>();
  const listeners = new Set<Parameters<ClusterObjects['subscribe']>[0]>();
  const events: string[] = [];
  let version = 0;
  const keyOf = (plural: string, name: string, namespace = ''): string => `${plural}/${namespace}/${name}`;
  const tell = (plural: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void => {
    for (const listener of listeners) listener(plural, type, object);
  };
  const put = (plural: string, object: KubeObject): KubeObject => {
    const key = keyOf(plural, object.metadata.name, object.metadata.namespace);
    const type = all.has(key) ? 'MODIFIED' : 'ADDED';
    const saved = { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } };
    all.set(key, saved);
    tell(plural, type, saved);
    return saved;
  };
  const get: ClusterObjects['get'] = (plural, name, namespace) => all.get(keyOf(plural, name, namespace));
  return {
    id,
    events,
    get,
    list: (plural, namespace) =>
      [...all].flatMap(([key, object]) =>
        key.startsWith(`${plural}/`) && (namespace === undefined || object.metadata.namespace === namespace)
          ? [object]
          : [],
      ),
    create(plural, object) {
      const given = object as KubeObject;
      return put(plural, { ...given, metadata: { ...given.metadata, uid: randomUUID() } });
    },
    patch(plural, name, namespace, patch) {
      const found = get(plural, name, namespace);
      return found && put(plural, { ...found, ...patch });
    },
    setStatus(plural, name, namespace, status) {
      const found = get(plural, name, namespace);
      if (!found || isDeepStrictEqual(found['status'], status)) return found;
      return put(plural, { ...found, status });
    },
    remove(plural, name, namespace, how = {}) {
      const found = get(plural, name, namespace);
      if (!found) return;
      const grace = (found['spec'] as { terminationGracePeriodSeconds?: number } | undefined)
        ?.terminationGracePeriodSeconds;
      const graceSeconds = how.graceSeconds ?? (plural === 'pods' ? (grace ?? 30) : 0);
      if (graceSeconds > 0) {
        const deletion = { deletionTimestamp: new Date().toISOString(), deletionGracePeriodSeconds: graceSeconds };
        put(plural, { ...found, metadata: { ...found.metadata, ...deletion } });
        return;
      }
      all.delete(keyOf(plural, name, namespace));
      tell(plural, 'DELETED', found);
    },
    event: (_about, type, reason, message) => void events.push(`${type} ${reason} ${message}`),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
