import type { KubeObject } from '../../parts.ts';
import type { Cluster } from '../cluster.ts';
import { remove, rowOf } from '../deletes.ts';
import { at, listAt, textAt } from '../json-object.ts';
import { inside } from '../write-options.ts';
import { update } from '../writes.ts';
import { managerName } from './owned.ts';
import { ownersOf } from '../object-index.ts';
import type { Controller } from './queue.ts';

/**
 * The garbage collector: removes what lost its last owner, and carries out deletions that wait for dependents
 * (`foregroundDeletion`) or let them go (`orphan`). Keys are `uid` (an owner that is gone) or `owner` (one that
 * waits to go), and the uid.
 */
export function garbageController(cluster: Cluster): Controller {
  return {
    name: 'garbage',
    keysOf({ type, object, previous }) {
      const own = object.metadata;
      if (type === 'DELETED') return [`uid ${own.uid}`, ...ownersOf(previous ?? object).map((uid) => `owner ${uid}`)];
      const finalizers = listAt(object, 'metadata', 'finalizers');
      const leaving =
        own.deletionTimestamp !== undefined &&
        finalizers.some((each) => each === 'orphan' || each === 'foregroundDeletion');
      if (leaving) return [`owner ${own.uid}`];
      const owners = ownersOf(object);
      return owners.length > 0 && owners.every((uid) => cluster.storage.byUid(uid) === undefined)
        ? owners.map((uid) => `uid ${uid}`)
        : [];
    },
    reconcile(key) {
      const [what, uid = ''] = key.split(' ');
      if (what === 'uid') for (const object of cluster.storage.owned(uid)) collect(cluster, object);
      else finishOwner(cluster, uid);
      return undefined;
    },
  };
}

/** Removes an object none of whose owners is there any more. */
function collect(cluster: Cluster, object: KubeObject): void {
  const resource = rowOf(cluster, object);
  if (!resource || object.metadata.deletionTimestamp !== undefined) return;
  if (ownersOf(object).some((uid) => cluster.storage.byUid(uid) !== undefined)) return;
  remove(cluster, resource, object, { dryRun: false, propagationPolicy: 'Background' });
}

function finishOwner(cluster: Cluster, uid: string): void {
  const owner = cluster.storage.byUid(uid);
  const resource = owner && rowOf(cluster, owner);
  if (!owner || !resource || owner.metadata.deletionTimestamp === undefined) return;
  const finalizers = listAt(owner, 'metadata', 'finalizers');
  const dependents = cluster.storage.owned(uid);
  if (finalizers.includes('orphan')) {
    for (const object of dependents) letGo(cluster, object, uid);
    release(cluster, owner, 'orphan');
  } else if (finalizers.includes('foregroundDeletion')) {
    const blocking = dependents.filter((object) =>
      listAt(object, 'metadata', 'ownerReferences').some(
        (each) => textAt(each, 'uid') === uid && at(each, 'blockOwnerDeletion') === true,
      ),
    );
    for (const object of dependents) {
      const row = rowOf(cluster, object);
      if (row && object.metadata.deletionTimestamp === undefined)
        remove(cluster, row, object, { dryRun: false, propagationPolicy: 'Foreground' });
    }
    if (blocking.every((object) => cluster.storage.byUid(object.metadata.uid) === undefined))
      release(cluster, owner, 'foregroundDeletion');
  }
}

function letGo(cluster: Cluster, object: KubeObject, uid: string): void {
  const resource = rowOf(cluster, object);
  if (!resource) return;
  const ownerReferences = listAt(object, 'metadata', 'ownerReferences').filter((each) => textAt(each, 'uid') !== uid);
  update(
    cluster,
    resource,
    object,
    { ...object, metadata: { ...object.metadata, ownerReferences } },
    inside(managerName),
  );
}

function release(cluster: Cluster, owner: KubeObject, finalizer: string): void {
  const resource = rowOf(cluster, owner);
  const live = cluster.storage.byUid(owner.metadata.uid);
  if (!resource || !live) return;
  const finalizers = listAt(live, 'metadata', 'finalizers').filter((each) => each !== finalizer);
  update(cluster, resource, live, { ...live, metadata: { ...live.metadata, finalizers } }, inside(managerName));
}
