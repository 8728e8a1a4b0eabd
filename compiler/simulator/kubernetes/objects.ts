import type { ClusterObjects, KubeObject } from '../parts.ts';
import type { Cluster } from './cluster.ts';
import { remove } from './deletes.ts';
import { recordEvent } from './events.ts';
import { mergePatch } from './patch.ts';
import type { Resource } from './resources.ts';
import { inside } from './write-options.ts';
import { create, update } from './writes.ts';

/** The objects of a cluster for controllers and the node. Writes go through the API's own rules, and refuse with ApiError. */
export function clusterObjects(cluster: Cluster): ClusterObjects {
  const rowOf = (plural: string): Resource => {
    const row = cluster.catalogue.named(plural);
    if (!row) throw new Error(`the cluster serves no ${plural}`);
    return row;
  };
  const find = (plural: string, name: string, namespace = ''): KubeObject | undefined =>
    cluster.storage.get(rowOf(plural), namespace, name);
  return {
    id: cluster.id,
    get: find,
    list: (plural, namespace = '') => cluster.storage.list(rowOf(plural), namespace),
    create(plural, object, manager) {
      const metadata = 'metadata' in object ? (object.metadata as { readonly namespace?: string }) : {};
      return create(cluster, rowOf(plural), metadata.namespace ?? '', object, inside(manager));
    },
    patch(plural, name, namespace, patch, manager) {
      const live = find(plural, name, namespace);
      return live && update(cluster, rowOf(plural), live, mergePatch(live, patch), inside(manager));
    },
    setStatus(plural, name, namespace, status, manager) {
      const live = find(plural, name, namespace);
      return live && update(cluster, rowOf(plural), live, { ...live, status }, inside(manager, 'status'));
    },
    remove(plural, name, namespace, how) {
      const live = find(plural, name, namespace);
      const grace = how?.graceSeconds;
      if (live)
        remove(cluster, rowOf(plural), live, {
          dryRun: false,
          ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
        });
    },
    event: (about, type, reason, message, component, fieldPath) =>
      recordEvent(cluster, about, {
        type,
        reason,
        message,
        component,
        ...(fieldPath === undefined ? {} : { fieldPath }),
      }),
    subscribe: (listener) =>
      cluster.storage.subscribe((change) => listener(change.resource.plural, change.type, change.object)),
  };
}
