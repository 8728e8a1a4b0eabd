import type { KubeObject } from '../../parts.ts';
import { must, type Cluster } from '../cluster.ts';
import { remove } from '../deletes.ts';
import { recordEvent } from '../events.ts';
import { at, listAt, numberAt, objectAt, textAt, type Draft } from '../json-object.ts';
import { randomSuffix } from '../prepare.ts';
import { inside } from '../write-options.ts';
import { create } from '../writes.ts';
import { change, controllerOf, managerName, reference } from './owned.ts';

/** Holds a pod until its Job has counted it. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

const component = 'job-controller';

/** Says something about a Job. */
export function tell(
  cluster: Cluster,
  job: KubeObject,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): void {
  recordEvent(cluster, job, { type, reason, message, component });
}

export function isTracked(pod: KubeObject): boolean {
  return listAt(pod, 'metadata', 'finalizers').includes(trackingFinalizer);
}

/** Its processes have ended, well or not. */
export function hasEnded(pod: KubeObject): boolean {
  return ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));
}

/** Whether a pod counts as a success or a failure of its Job. One on its way out is a failure, unless the Job waits for its end. */
export function outcomeOf(job: KubeObject, pod: KubeObject): 'succeeded' | 'failed' | undefined {
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded') return 'succeeded';
  if (phase === 'Failed') return 'failed';
  const waits = at(job, 'spec', 'podReplacementPolicy') === 'Failed';
  return pod.metadata.deletionTimestamp !== undefined && !waits ? 'failed' : undefined;
}

/** Lets a pod go that was counted, or that nobody will count. */
export function letGo(cluster: Cluster, uid: string): void {
  const pod = cluster.storage.byUid(uid);
  if (!pod || !isTracked(pod)) return;
  const rest = listAt(pod, 'metadata', 'finalizers').filter((each) => each !== trackingFinalizer);
  change(cluster, 'pods', pod, { metadata: { finalizers: rest.length > 0 ? rest : null } });
}

/** Lets go of the pods of a Job that is no more, or is going away. */
export function letGoOfOrphans(cluster: Cluster, namespace: string, name: string, job: KubeObject | undefined): void {
  const counts = job !== undefined && job.metadata.deletionTimestamp === undefined;
  for (const pod of cluster.storage.list(must('pods'), namespace)) {
    if (!isTracked(pod)) continue;
    const owner = controllerOf(pod);
    const mine = owner ? owner.kind === 'Job' && owner.name === name : pod.metadata.labels?.['job-name'] === name;
    if (mine && !(counts && owner?.uid === job.metadata.uid)) letGo(cluster, pod.metadata.uid);
  }
}

/** Makes a pod of a Job. */
export function makePod(cluster: Cluster, job: KubeObject): void {
  const template = objectAt(job, 'spec', 'template');
  const body: Draft = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...objectAt(template, 'metadata'),
      name: `${job.metadata.name.slice(0, 57)}-${randomSuffix()}`,
      generateName: `${job.metadata.name}-`,
      namespace: job.metadata.namespace,
      ownerReferences: [reference(job)],
      finalizers: [...listAt(template, 'metadata', 'finalizers'), trackingFinalizer],
    },
    spec: objectAt(template, 'spec'),
  };
  const pod = create(cluster, must('pods'), job.metadata.namespace ?? '', body, inside(managerName));
  tell(cluster, job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
}

/** Deletes pods of a Job that are no longer wanted; `counted` ones stay until they are counted as failures. */
export function endPods(cluster: Cluster, job: KubeObject, pods: readonly KubeObject[], counted: boolean): void {
  for (const { metadata } of pods) {
    if (!counted) letGo(cluster, metadata.uid);
    const live = cluster.storage.byUid(metadata.uid);
    if (live) remove(cluster, must('pods'), live, { dryRun: false });
    tell(cluster, job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${metadata.name}`);
  }
}

/** When the last of its containers ended, in milliseconds. */
export function endOf(pod: KubeObject): number {
  const ends = listAt(pod, 'status', 'containerStatuses').map((each) =>
    Date.parse(textAt(each, 'state', 'terminated', 'finishedAt')),
  );
  return Math.max(Date.parse(textAt(pod, 'metadata', 'creationTimestamp')) || 0, ...ends.filter((each) => each > 0));
}

/** How often the containers of running pods were started again. */
export function restartsOf(pods: readonly KubeObject[]): number {
  return pods
    .flatMap((pod) => [
      ...listAt(pod, 'status', 'initContainerStatuses'),
      ...listAt(pod, 'status', 'containerStatuses'),
    ])
    .reduce<number>((sum, each) => sum + (numberAt(each, 'restartCount') ?? 0), 0);
}
