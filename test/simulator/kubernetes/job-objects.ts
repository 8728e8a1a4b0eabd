import type { ClusterObjects, KubeObject } from '../../../compiler/simulator/parts.ts';
import type { TestContext } from 'node:test';
import type { Json } from './cluster.ts';

export const jobs = '/apis/batch/v1/namespaces/default/jobs';
export const cronJobs = '/apis/batch/v1/namespaces/default/cronjobs';

const container = {
  name: 'main',
  image: 'work:1',
  resources: { requests: { cpu: '500m', memory: '1Gi', 'ephemeral-storage': '1Gi' } },
};

/** A Job as users write it. */
export function job(name: string, spec: object = {}, pod: object = {}): Json {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [container], ...pod } }, ...spec },
  };
}

export function cronJob(name: string, spec: object, jobSpec: object = {}): Json {
  const jobTemplate = { metadata: { labels: { made: 'by-time' } }, spec: job(name, jobSpec).spec };
  return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec: { jobTemplate, ...spec } };
}

export const condition = (object: Json, type: string): Json =>
  object?.status?.conditions?.find((each: Json) => each.type === type && each.status === 'True');

export type Outcome = 'Succeeded' | 'Failed' | 'Running';

/**
 * A node in a few lines: pods run, and become what `outcome` says of them; it is asked again whenever the pod changes.
 * Deleted pods end.
 */
export function startWorker(t: TestContext, objects: ClusterObjects, outcome: (pod: KubeObject) => Outcome): void {
  const look = (given: KubeObject): void => {
    const { name, namespace } = given.metadata;
    const pod = objects.get('pods', name, namespace) as Json;
    if (!pod || pod.metadata.uid !== given.metadata.uid || pod.spec.nodeName === undefined) return;
    if (pod.metadata.deletionTimestamp !== undefined) objects.remove('pods', name, namespace, { graceSeconds: 0 });
    else if (!['Succeeded', 'Failed'].includes(pod.status.phase))
      objects.setStatus('pods', name, namespace, statusOf(pod, outcome(pod)), 'kubelet');
  };
  for (const pod of objects.list('pods')) setImmediate(look, pod);
  const stop = objects.subscribe((plural, type, object) => {
    if (plural === 'pods' && type !== 'DELETED') setImmediate(look, object);
  });
  t.after(stop);
}

function statusOf(pod: Json, phase: Outcome): object {
  const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const [exitCode, reason] = phase === 'Failed' ? [1, 'Error'] : [0, 'Completed'];
  const state =
    phase === 'Running'
      ? { running: { startedAt: at } }
      : { terminated: { exitCode, reason, startedAt: at, finishedAt: at } };
  const { name, image } = pod.spec.containers[0];
  const row = { name, image, imageID: image, ready: phase === 'Running', restartCount: 0, state };
  const others = (pod.status.conditions ?? []).filter((each: Json) => each.type !== 'Ready');
  const old = (pod.status.conditions ?? []).find((each: Json) => each.type === 'Ready');
  const status = phase === 'Running' ? 'True' : 'False';
  const lastTransitionTime = old?.status === status ? old.lastTransitionTime : at;
  const conditions = [...others, { type: 'Ready', status, lastTransitionTime }];
  const containerStatuses = pod.status.phase === phase ? pod.status.containerStatuses : [row];
  return { ...pod.status, phase, conditions, containerStatuses };
}
