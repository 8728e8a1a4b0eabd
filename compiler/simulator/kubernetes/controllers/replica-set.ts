import type { KubeObject } from '../../parts.ts';
import { must, timestamp, type Cluster } from '../cluster.ts';
import { remove } from '../deletes.ts';
import { recordEvent } from '../events.ts';
import { at, numberAt, objectAt, stringsAt, textAt, type Draft } from '../json-object.ts';
import { messageOf } from '../request.ts';
import { objectSelector } from '../selectors.ts';
import { randomSuffix } from '../prepare.ts';
import { inside } from '../write-options.ts';
import { create } from '../writes.ts';
import {
  conditionsOf,
  dependents,
  isActive,
  isReady,
  keyOf,
  managerName,
  ownerKeys,
  readySince,
  reference,
  setStatus,
  splitKey,
  withCondition,
} from './owned.ts';
import type { Controller } from './queue.ts';

const component = 'replicaset-controller';

/** Keeps as many pods as each ReplicaSet asks for. */
export function replicaSetController(cluster: Cluster): Controller {
  return {
    name: 'replicaset',
    keysOf(change) {
      if (change.resource.plural === 'replicasets') return change.type === 'DELETED' ? [] : [keyOf(change.object)];
      if (change.resource.plural === 'serviceaccounts' && change.type === 'ADDED')
        return failing(cluster, change.object);
      return change.resource.plural === 'pods' ? ownerKeys(change, 'ReplicaSet') : [];
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const set = cluster.storage.get(must('replicasets'), namespace, name);
      if (!set) return undefined;
      const pods = dependents(cluster, set, 'pods').filter(isActive);
      const failure = set.metadata.deletionTimestamp === undefined ? scale(cluster, set, pods) : undefined;
      const live = cluster.storage.get(must('replicasets'), namespace, name);
      if (!live) return undefined;
      const now = dependents(cluster, live, 'pods').filter(isActive);
      const again = report(cluster, live, now, failure);
      return failure === undefined ? again : patience(cluster, live);
    },
  };
}

/** ReplicaSets that may have waited for a service account. */
function failing(cluster: Cluster, account: KubeObject): string[] {
  const sets = cluster.storage.list(must('replicasets'), account.metadata.namespace ?? '');
  return sets.filter((set) => failureOf(set) !== undefined).map(keyOf);
}

const failureOf = (set: KubeObject): unknown =>
  conditionsOf(set).find((each) => textAt(each, 'type') === 'ReplicaFailure');

/** Milliseconds after which a refused pod is tried again: as long as it has failed already, within bounds. */
const retryMs = { first: 2_000, last: 300_000 };

function patience(cluster: Cluster, set: KubeObject): number {
  const since = Date.parse(textAt(failureOf(set), 'lastTransitionTime')) || cluster.clock.now();
  return Math.min(retryMs.last, Math.max(retryMs.first, cluster.clock.now() - since));
}

/** Makes or removes pods; returns why a pod could not be made. */
function scale(cluster: Cluster, set: KubeObject, pods: readonly KubeObject[]): string | undefined {
  const wanted = numberAt(set, 'spec', 'replicas') ?? 1;
  try {
    for (let missing = wanted - pods.length; missing > 0; missing -= 1) {
      const pod = create(cluster, must('pods'), set.metadata.namespace ?? '', podOf(set), inside(managerName));
      recordEvent(cluster, set, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Created pod: ${pod.metadata.name}`,
        component,
      });
    }
  } catch (error) {
    const message = messageOf(error);
    recordEvent(cluster, set, {
      type: 'Warning',
      reason: 'FailedCreate',
      message: `Error creating: ${message}`,
      component,
    });
    return message;
  }
  for (const pod of pods.toSorted(leastUseful).slice(0, Math.max(0, pods.length - wanted))) {
    remove(cluster, must('pods'), pod, { dryRun: false });
    recordEvent(cluster, set, {
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${pod.metadata.name}`,
      component,
    });
  }
  return undefined;
}

function podOf(set: KubeObject): Draft {
  const metadata = objectAt(set, 'spec', 'template', 'metadata');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      name: `${set.metadata.name}-${randomSuffix()}`,
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace,
      ownerReferences: [reference(set)],
    },
    spec: objectAt(set, 'spec', 'template', 'spec'),
  };
}

/** What goes first: without a node, pending, not ready, ready for the shortest time, youngest. */
function leastUseful(a: KubeObject, b: KubeObject): number {
  const rank = (pod: KubeObject): readonly number[] => [
    textAt(pod, 'spec', 'nodeName') === '' ? 0 : 1,
    textAt(pod, 'status', 'phase') === 'Running' ? 1 : 0,
    isReady(pod) ? 1 : 0,
    -(readySince(pod) ?? 0),
    -Date.parse(textAt(pod, 'metadata', 'creationTimestamp')),
  ];
  const [left, right] = [rank(a), rank(b)];
  const differing = left.findIndex((each, index) => each !== right[index]);
  return (left[differing] ?? 0) - (right[differing] ?? 0);
}

/** Writes the status; returns after how many milliseconds a ready pod becomes an available one. */
function report(
  cluster: Cluster,
  set: KubeObject,
  pods: readonly KubeObject[],
  failure: string | undefined,
): number | undefined {
  const minReady = (numberAt(set, 'spec', 'minReadySeconds') ?? 0) * 1000;
  const matches = objectSelector({ matchLabels: stringsAt(set, 'spec', 'template', 'metadata', 'labels') });
  const ready = pods.filter(isReady);
  const waits = ready.map((pod) => (readySince(pod) ?? 0) + minReady - cluster.clock.now());
  const available = minReady === 0 ? ready.length : waits.filter((ms) => ms <= 0).length;
  const others = conditionsOf(set).filter((each) => textAt(each, 'type') !== 'ReplicaFailure');
  const failed = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: failure ?? '' };
  const conditions =
    failure === undefined ? others : withCondition(set, conditionsOf(set), failed, timestamp(cluster), false);
  const positive = (name: string, value: number): Draft => (value > 0 ? { [name]: value } : {});
  setStatus(cluster, 'replicasets', set, {
    replicas: pods.length,
    ...positive('fullyLabeledReplicas', pods.filter(matches).length),
    ...positive('readyReplicas', ready.length),
    ...positive('availableReplicas', available),
    observedGeneration: at(set, 'metadata', 'generation'),
    ...(conditions.length > 0 ? { conditions } : {}),
  });
  const next = waits.filter((ms) => ms > 0);
  return minReady > 0 && next.length > 0 ? Math.min(...next) + 5 : undefined;
}
