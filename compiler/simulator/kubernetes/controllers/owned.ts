import type { KubeObject } from '../../parts.ts';
import type { Cluster } from '../cluster.ts';
import { at, listAt, objectAt, textAt, type Draft } from '../json-object.ts';
import { objectSelector } from '../selectors.ts';
import type { Change } from '../change-log.ts';
import { must } from '../cluster.ts';
import { mergePatch } from '../patch.ts';
import { inside } from '../write-options.ts';
import { update } from '../writes.ts';

/** All controllers write under one name, as in a real cluster. */
export const managerName = 'kube-controller-manager';

export const keyOf = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** Namespace and name out of a key. */
export function splitKey(key: string): readonly [string, string] {
  const [namespace = '', name = ''] = key.split('/');
  return [namespace, name];
}

/** The one owner that controls an object. */
export function controllerOf(
  object: KubeObject,
): { readonly kind: string; readonly name: string; readonly uid: string } | undefined {
  const found = listAt(object, 'metadata', 'ownerReferences').find((each) => at(each, 'controller') === true);
  return found === undefined
    ? undefined
    : { kind: textAt(found, 'kind'), name: textAt(found, 'name'), uid: textAt(found, 'uid') };
}

/** Keys of the owners of a kind that a change of a dependent concerns, before and after. */
export function ownerKeys(moved: Change, kind: string): string[] {
  const keys = [moved.object, ...(moved.previous ? [moved.previous] : [])].flatMap((object) => {
    const owner = controllerOf(object);
    return owner?.kind === kind ? [`${object.metadata.namespace ?? ''}/${owner.name}`] : [];
  });
  return [...new Set(keys)];
}

/** What an owner controls; orphans that its selector means are adopted on the way. */
export function dependents(cluster: Cluster, owner: KubeObject, plural: string): readonly KubeObject[] {
  const resource = must(plural);
  const matches = objectSelector(at(owner, 'spec', 'selector'));
  const mine = cluster.storage
    .owned(owner.metadata.uid)
    .filter((object) => object.kind === resource.kind && controllerOf(object)?.uid === owner.metadata.uid);
  const leaving = owner.metadata.deletionTimestamp !== undefined;
  const orphans = leaving
    ? []
    : cluster.storage
        .uncontrolled(resource, owner.metadata.namespace ?? '')
        .filter((object) => object.metadata.deletionTimestamp === undefined && matches(object));
  const adopted = orphans.map((object) =>
    change(cluster, plural, object, {
      metadata: { ownerReferences: [...listAt(object, 'metadata', 'ownerReferences'), reference(owner)] },
    }),
  );
  return [...mine, ...adopted];
}

/** As it stands in `metadata.ownerReferences` of what the owner controls. */
export function reference(owner: KubeObject): Draft {
  const { apiVersion, kind } = owner;
  const { name, uid } = owner.metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** A merge patch by a controller. */
export function change(cluster: Cluster, plural: string, object: KubeObject, patch: Draft): KubeObject {
  return update(cluster, must(plural), object, mergePatch(object, patch), inside(managerName));
}

/** A new status by a controller; an equal one is not a write. */
export function setStatus(cluster: Cluster, plural: string, object: KubeObject, status: Draft): KubeObject {
  return update(cluster, must(plural), object, { ...object, status }, inside(managerName, 'status'));
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The conditions with one set; its transition time moves only when its status does. */
export function withCondition(
  object: KubeObject,
  conditions: readonly unknown[],
  next: Condition,
  now: string,
  updates = true,
): unknown[] {
  const old = conditions.find((each) => textAt(each, 'type') === next.type);
  const unchanged =
    old !== undefined &&
    (['status', 'reason', 'message'] as const).every((field) => textAt(old, field) === next[field]);
  if (unchanged) return [...conditions];
  const lastTransitionTime =
    old !== undefined && textAt(old, 'status') === next.status ? textAt(old, 'lastTransitionTime') : now;
  const row = { ...next, lastTransitionTime, ...(updates ? { lastUpdateTime: now } : {}) };
  return [...conditions.filter((each) => textAt(each, 'type') !== next.type), row];
}

export function isReady(pod: KubeObject): boolean {
  return readySince(pod) !== undefined;
}

/** When the pod became ready, in milliseconds; undefined while it isn't. */
export function readySince(pod: KubeObject): number | undefined {
  const condition = listAt(pod, 'status', 'conditions').find(
    (each) => textAt(each, 'type') === 'Ready' && textAt(each, 'status') === 'True',
  );
  return condition === undefined ? undefined : Date.parse(textAt(condition, 'lastTransitionTime')) || 0;
}

/** Neither ended nor being deleted. */
export function isActive(pod: KubeObject): boolean {
  return (
    pod.metadata.deletionTimestamp === undefined && !['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'))
  );
}

export function conditionsOf(object: KubeObject): readonly unknown[] {
  return listAt(objectAt(object, 'status'), 'conditions');
}
