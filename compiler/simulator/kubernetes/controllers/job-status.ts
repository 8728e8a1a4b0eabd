import type { KubeObject } from '../../parts.ts';
import { timestamp, type Cluster } from '../cluster.ts';
import { listAt, numberAt, objectAt, textAt, type Draft } from '../json-object.ts';
import { hasEnded, isTracked, letGo, outcomeOf } from './job-pods.ts';
import { conditionsOf, dependents, isActive, isReady, setStatus, withCondition } from './owned.ts';

/** Why a Job is about to be over, or is. */
export interface Verdict {
  readonly succeeded: boolean;
  readonly reason: string;
  readonly message: string;
}

/** The condition of a type, when it holds. */
export function conditionOf(job: KubeObject, type: string): unknown {
  return conditionsOf(job).find((each) => textAt(each, 'type') === type && textAt(each, 'status') === 'True');
}

/** Nothing of it will run any more. */
export function isOver(job: KubeObject): boolean {
  return conditionOf(job, 'Complete') !== undefined || conditionOf(job, 'Failed') !== undefined;
}

/** Writes some members of a Job's status; zeros of counters that may be left out are. */
export function changeStatus(cluster: Cluster, job: KubeObject, members: Draft): KubeObject {
  const status = { ...objectAt(job, 'status'), ...members };
  const optional = ['active', 'succeeded', 'failed'];
  const kept = Object.entries(status).filter(
    ([name, value]) => value !== undefined && !(optional.includes(name) && value === 0),
  );
  return setStatus(cluster, 'jobs', job, Object.fromEntries(kept));
}

export function withJobCondition(
  cluster: Cluster,
  job: KubeObject,
  conditions: readonly unknown[],
  type: string,
  { status = 'True', reason, message }: { readonly status?: string; readonly reason: string; readonly message: string },
): unknown[] {
  const now = timestamp(cluster);
  const next = withCondition(job, conditions, { type, status, reason, message }, now, false);
  return next.map((each) => (textAt(each, 'type') === type ? { ...objectAt(each), lastProbeTime: now } : each));
}

/**
 * Counts pods that have ended, each exactly once, whenever this process is stopped: noted as uncounted first, then let
 * go, then counted.
 */
export function countEnded(
  cluster: Cluster,
  job: KubeObject,
): { readonly job: KubeObject; readonly freshFailures: number } {
  const noted = objectAt(job, 'status', 'uncountedTerminatedPods');
  const uids = { succeeded: [...listAt(noted, 'succeeded')], failed: [...listAt(noted, 'failed')] };
  for (const pod of dependents(cluster, job, 'pods').filter(isTracked)) {
    const { uid } = pod.metadata;
    const outcome = outcomeOf(job, pod);
    if (outcome && !uids.succeeded.includes(uid) && !uids.failed.includes(uid)) uids[outcome].push(uid);
  }
  const all = [...uids.succeeded, ...uids.failed];
  if (all.length === 0) return { job, freshFailures: 0 };
  const uncounted = Object.fromEntries(Object.entries(uids).filter(([, list]) => list.length > 0));
  const before = changeStatus(cluster, job, { uncountedTerminatedPods: uncounted });
  for (const uid of all) letGo(cluster, String(uid));
  const count = (name: 'succeeded' | 'failed'): number => (numberAt(job, 'status', name) ?? 0) + uids[name].length;
  const after = changeStatus(cluster, before, {
    succeeded: count('succeeded'),
    failed: count('failed'),
    uncountedTerminatedPods: {},
  });
  return { job: after, freshFailures: uids.failed.length };
}

/** Pods of a Job, by what they still do. */
export interface JobPods {
  readonly all: readonly KubeObject[];
  readonly active: readonly KubeObject[];
  readonly terminating: readonly KubeObject[];
}

export function podsOf(cluster: Cluster, job: KubeObject): JobPods {
  const all = dependents(cluster, job, 'pods');
  return {
    all,
    active: all.filter(isActive),
    terminating: all.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !hasEnded(pod)),
  };
}

/** How many pods there are, as a status says it. */
export function countsOf({ active, terminating }: JobPods): Draft {
  return { active: active.length, ready: active.filter(isReady).length, terminating: terminating.length };
}
