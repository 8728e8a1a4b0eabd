import type { KubeObject } from '../../parts.ts';
import { timestamp, type Cluster } from '../cluster.ts';
import { at, numberAt, objectAt, textAt, type Draft } from '../json-object.ts';
import { conditionsOf, setStatus, withCondition, type Condition } from './owned.ts';
import { availableOf, boundsOf, isNewest, replicasOf, totalOf } from './rollout.ts';

const statusOf =
  (field: string) =>
  (set: KubeObject): number =>
    numberAt(set, 'status', field) ?? 0;

/** Writes the status of a Deployment; returns after how many milliseconds its progress deadline passes. */
export function reportDeployment(
  cluster: Cluster,
  deployment: KubeObject,
  sets: readonly KubeObject[],
): number | undefined {
  const newest = sets.find((set) => isNewest(deployment, set));
  const total = totalOf(sets, statusOf('replicas'));
  const available = totalOf(sets, availableOf);
  const positive = (name: string, value: number): Draft => (value > 0 ? { [name]: value } : {});
  const counts: Draft = {
    ...positive('replicas', total),
    ...positive('updatedReplicas', newest ? statusOf('replicas')(newest) : 0),
    ...positive('readyReplicas', totalOf(sets, statusOf('readyReplicas'))),
    ...positive('availableReplicas', available),
    ...positive('unavailableReplicas', Math.max(0, totalOf(sets, replicasOf) - available)),
    ...positive('collisionCount', numberAt(deployment, 'status', 'collisionCount') ?? 0),
    observedGeneration: at(deployment, 'metadata', 'generation'),
  };
  const now = timestamp(cluster);
  const deadline = deadlineOf(cluster, deployment);
  let conditions = withCondition(deployment, conditionsOf(deployment), availability(deployment, available), now);
  const progress = progressing(deployment, newest, counts, deadline);
  if (progress) conditions = withProgress(deployment, conditions, progress, counts, now);
  conditions = withFailure(deployment, conditions, sets, now);
  setStatus(cluster, 'deployments', deployment, { ...counts, conditions });
  return remainingMs(cluster, deployment, conditions);
}

function availability(deployment: KubeObject, available: number): Condition {
  const enough = available >= replicasOf(deployment) - boundsOf(deployment).unavailable;
  return enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

function isComplete(deployment: KubeObject, counts: Readonly<Draft>): boolean {
  const wanted = replicasOf(deployment);
  const count = (name: string): number => numberAt(counts, name) ?? 0;
  return count('updatedReplicas') === wanted && count('replicas') === wanted && count('availableReplicas') === wanted;
}

const progressOf = (object: KubeObject): unknown =>
  conditionsOf(object).find((each) => textAt(each, 'type') === 'Progressing');

function progressing(
  deployment: KubeObject,
  newest: KubeObject | undefined,
  counts: Readonly<Draft>,
  overdue: boolean,
): Condition | undefined {
  const what = newest ? `ReplicaSet "${newest.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const row = (status: string, reason: string, message: string): Condition => ({
    type: 'Progressing',
    status,
    reason,
    message,
  });
  const old = progressOf(deployment);
  if (at(deployment, 'spec', 'paused') === true) return row('Unknown', 'DeploymentPaused', 'Deployment is paused');
  if (textAt(old, 'reason') === 'DeploymentPaused') return row('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  if (isComplete(deployment, counts))
    return row('True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`);
  if (old === undefined)
    return newest
      ? row('True', 'NewReplicaSetCreated', `Created new replica set "${newest.metadata.name}"`)
      : undefined;
  if (hasProgressed(deployment, counts)) return row('True', 'ReplicaSetUpdated', `${what} is progressing.`);
  return overdue ? row('False', 'ProgressDeadlineExceeded', `${what} has timed out progressing.`) : undefined;
}

/** More updated, ready or available pods, or fewer old ones, than last time; or a spec that wasn't seen yet. */
function hasProgressed(deployment: KubeObject, counts: Readonly<Draft>): boolean {
  const before = objectAt(deployment, 'status');
  const grew = (name: string): boolean => (numberAt(counts, name) ?? 0) > (numberAt(before, name) ?? 0);
  const old = (from: Readonly<Draft>): number =>
    (numberAt(from, 'replicas') ?? 0) - (numberAt(from, 'updatedReplicas') ?? 0);
  const renewed =
    before['observedGeneration'] !== counts['observedGeneration'] &&
    textAt(progressOf(deployment), 'reason') === 'NewReplicaSetAvailable';
  return renewed || ['updatedReplicas', 'readyReplicas', 'availableReplicas'].some(grew) || old(counts) < old(before);
}

/** Progress moves `lastUpdateTime` each time: the deadline counts from there. */
function withProgress(
  deployment: KubeObject,
  conditions: unknown[],
  next: Condition,
  counts: Readonly<Draft>,
  now: string,
): unknown[] {
  const moved = next.reason === 'ReplicaSetUpdated' && hasProgressed(deployment, counts);
  if (!moved) return withCondition(deployment, conditions, next, now);
  const rows = withCondition(deployment, conditions, next, now);
  return rows.map((row) => (textAt(row, 'type') === 'Progressing' ? { ...(row as Draft), lastUpdateTime: now } : row));
}

/** What keeps a ReplicaSet from making pods is the Deployment's trouble too. */
function withFailure(
  deployment: KubeObject,
  conditions: unknown[],
  sets: readonly KubeObject[],
  now: string,
): unknown[] {
  const failure = sets
    .toReversed()
    .flatMap(conditionsOf)
    .find((each) => textAt(each, 'type') === 'ReplicaFailure' && textAt(each, 'status') === 'True');
  if (failure === undefined) return conditions.filter((each) => textAt(each, 'type') !== 'ReplicaFailure');
  const [reason, message] = [textAt(failure, 'reason'), textAt(failure, 'message')];
  return withCondition(deployment, conditions, { type: 'ReplicaFailure', status: 'True', reason, message }, now);
}

function dueAt(deployment: KubeObject, progress: unknown): number | undefined {
  const seconds = numberAt(deployment, 'spec', 'progressDeadlineSeconds');
  const from = Date.parse(textAt(progress, 'lastUpdateTime'));
  const settled = ['NewReplicaSetAvailable', 'ProgressDeadlineExceeded', 'DeploymentPaused'].includes(
    textAt(progress, 'reason'),
  );
  return seconds === undefined || Number.isNaN(from) || settled ? undefined : from + seconds * 1000;
}

function deadlineOf(cluster: Cluster, deployment: KubeObject): boolean {
  const due = dueAt(deployment, progressOf(deployment));
  return due !== undefined && cluster.clock.now() >= due;
}

function remainingMs(cluster: Cluster, deployment: KubeObject, conditions: readonly unknown[]): number | undefined {
  const due = dueAt(
    deployment,
    conditions.find((each) => textAt(each, 'type') === 'Progressing'),
  );
  return due === undefined ? undefined : Math.max(0, due - cluster.clock.now()) + 10;
}
