import type { KubeObject } from '../../parts.ts';
import { must, timestamp, type Cluster } from '../cluster.ts';
import { remove } from '../deletes.ts';
import { at, numberAt, textAt } from '../json-object.ts';
import { messageOf } from '../request.ts';
import { endOf, endPods, letGoOfOrphans, makePod, restartsOf, tell } from './job-pods.ts';
import {
  changeStatus,
  conditionOf,
  countEnded,
  countsOf,
  isOver,
  podsOf,
  withJobCondition,
  type JobPods,
  type Verdict,
} from './job-status.ts';
import { conditionsOf, keyOf, ownerKeys, splitKey } from './owned.ts';
import type { Controller } from './queue.ts';

/** Between failed pods, in seconds of the real service; doubled with each failure in a row. */
const backoff = { firstSeconds: 10, lastSeconds: 600, leastMs: 100 };
/** When a pod was refused, or a timer would be too long for one. */
const againMs = { refused: 5_000, longest: 3_600_000 };

const limitExceeded = { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
const deadlineExceeded = { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
const completed = { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };

/**
 * Runs the pods of Jobs until enough have succeeded or too many failed. Deadlines and `ttlSecondsAfterFinished` are real
 * seconds, as programs run in real time; only the back-off between failures follows the clock's speed.
 */
export function jobController(cluster: Cluster): Controller {
  /** When the last failure of a Job was seen, by uid: more precise than the whole seconds of a pod's status. */
  const failedAt = new Map<string, number>();
  return {
    name: 'job',
    keysOf(change) {
      if (change.resource.plural === 'jobs') return [keyOf(change.object)];
      return change.resource.plural === 'pods' ? ownerKeys(change, 'Job') : [];
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const job = cluster.storage.get(must('jobs'), namespace, name);
      letGoOfOrphans(cluster, namespace, name, job);
      if (!job || job.metadata.deletionTimestamp !== undefined) return undefined;
      if (!isOver(job)) return step(cluster, job, failedAt);
      failedAt.delete(job.metadata.uid);
      return expire(cluster, job);
    },
  };
}

/** Removes a Job that is over when its time has come; returns how long that is. */
function expire(cluster: Cluster, job: KubeObject): number | undefined {
  const seconds = numberAt(job, 'spec', 'ttlSecondsAfterFinished');
  if (seconds === undefined) return undefined;
  const end = conditionOf(job, 'Complete') ?? conditionOf(job, 'Failed');
  const left = Date.parse(textAt(end, 'lastTransitionTime')) + seconds * 1000 - cluster.clock.now();
  if (left > 0) return Math.min(left, againMs.longest);
  remove(cluster, must('jobs'), job, { dryRun: false, propagationPolicy: 'Foreground' });
  return undefined;
}

/** The next step of a Job that is not over. */
function step(cluster: Cluster, before: KubeObject, failedAt: Map<string, number>): number | undefined {
  const { job: counted, freshFailures } = countEnded(cluster, before);
  if (freshFailures > 0) failedAt.set(counted.metadata.uid, cluster.clock.now());
  const pods = podsOf(cluster, counted);
  const verdict = verdictOf(cluster, counted, pods);
  if (verdict) {
    finish(cluster, counted, pods, verdict);
    return undefined;
  }
  if (at(counted, 'spec', 'suspend') === true) {
    suspend(cluster, counted, pods);
    return undefined;
  }
  const job = begin(cluster, counted);
  const again = manage(cluster, job, pods, failedAt.get(job.metadata.uid));
  changeStatus(cluster, job, countsOf(podsOf(cluster, job)));
  const waits = [again, deadlineLeft(cluster, job)].filter((each) => each !== undefined);
  return waits.length > 0 ? Math.min(...waits, againMs.longest) : undefined;
}

/** Whether enough succeeded, too many failed or it took too long; once said, it stays so. */
function verdictOf(cluster: Cluster, job: KubeObject, { active }: JobPods): Verdict | undefined {
  for (const type of ['SuccessCriteriaMet', 'FailureTarget']) {
    const said = conditionOf(job, type);
    const succeeded = type === 'SuccessCriteriaMet';
    if (said) return { succeeded, reason: textAt(said, 'reason'), message: textAt(said, 'message') };
  }
  const limit = numberAt(job, 'spec', 'backoffLimit') ?? 6;
  const restarts = at(job, 'spec', 'template', 'spec', 'restartPolicy') === 'OnFailure' ? restartsOf(active) : 0;
  if ((numberAt(job, 'status', 'failed') ?? 0) > limit || (restarts > 0 && restarts >= limit))
    return { succeeded: false, ...limitExceeded };
  const left = deadlineLeft(cluster, job);
  if (left !== undefined && left <= 0) return { succeeded: false, ...deadlineExceeded };
  const succeeded = numberAt(job, 'status', 'succeeded') ?? 0;
  const completions = numberAt(job, 'spec', 'completions');
  const enough = completions === undefined ? succeeded > 0 && active.length === 0 : succeeded >= completions;
  return enough ? { succeeded: true, ...completed } : undefined;
}

/** Milliseconds until the Job has been active for too long. */
function deadlineLeft(cluster: Cluster, job: KubeObject): number | undefined {
  const seconds = numberAt(job, 'spec', 'activeDeadlineSeconds');
  const start = Date.parse(textAt(job, 'status', 'startTime'));
  return seconds === undefined || Number.isNaN(start) ? undefined : start + seconds * 1000 - cluster.clock.now();
}

/** Says what will become of the Job, ends what still runs, and then says that it is over. */
function finish(cluster: Cluster, job: KubeObject, pods: JobPods, verdict: Verdict): void {
  const [target, end] = verdict.succeeded ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed'];
  const conditions = withJobCondition(cluster, job, conditionsOf(job), target, verdict);
  const said = conditionOf(job, target) ? job : changeStatus(cluster, job, { ...countsOf(pods), conditions });
  endPods(cluster, said, pods.active, true);
  const left = podsOf(cluster, said);
  if (left.active.length > 0 || left.terminating.length > 0) {
    changeStatus(cluster, said, countsOf(left));
    return;
  }
  changeStatus(cluster, said, {
    ...countsOf(left),
    conditions: withJobCondition(cluster, said, conditionsOf(said), end, verdict),
    ...(verdict.succeeded ? { completionTime: timestamp(cluster) } : {}),
  });
  if (verdict.succeeded) tell(cluster, job, 'Normal', 'Completed', 'Job completed');
  else tell(cluster, job, 'Warning', verdict.reason, verdict.message);
}

/** A suspended Job has no pods, and its time doesn't run. */
function suspend(cluster: Cluster, job: KubeObject, pods: JobPods): void {
  endPods(cluster, job, pods.active, false);
  const why = { reason: 'JobSuspended', message: 'Job suspended' };
  if (!conditionOf(job, 'Suspended')) tell(cluster, job, 'Normal', 'Suspended', why.message);
  const conditions = conditionOf(job, 'Suspended')
    ? conditionsOf(job)
    : withJobCondition(cluster, job, conditionsOf(job), 'Suspended', why);
  changeStatus(cluster, job, {
    ...countsOf(podsOf(cluster, job)),
    startTime: undefined,
    conditions,
  });
}

/** Starts the time of a Job that is new or was suspended. */
function begin(cluster: Cluster, job: KubeObject): KubeObject {
  if (conditionOf(job, 'Suspended')) {
    const why = { status: 'False', reason: 'JobResumed', message: 'Job resumed' };
    tell(cluster, job, 'Normal', 'Resumed', why.message);
    const conditions = withJobCondition(cluster, job, conditionsOf(job), 'Suspended', why);
    return changeStatus(cluster, job, { startTime: timestamp(cluster), conditions });
  }
  if (textAt(job, 'status', 'startTime') !== '') return job;
  return changeStatus(cluster, job, { startTime: timestamp(cluster), uncountedTerminatedPods: {} });
}

/** Makes and ends pods until there are as many as wanted; returns when to look again. */
function manage(cluster: Cluster, job: KubeObject, pods: JobPods, failedAt: number | undefined): number | undefined {
  const { active, terminating } = pods;
  const waits = at(job, 'spec', 'podReplacementPolicy') === 'Failed' ? terminating.length : 0;
  const missing = wantedPods(job, active.length) - active.length - waits;
  if (missing < 0) endPods(cluster, job, active.slice(missing), false);
  if (missing <= 0) return undefined;
  const pause = pauseOf(cluster, pods, failedAt);
  if (pause > 0) return pause;
  try {
    for (let made = 0; made < missing; made += 1) makePod(cluster, job);
    return undefined;
  } catch (error) {
    tell(cluster, job, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
    return againMs.refused;
  }
}

function wantedPods(job: KubeObject, active: number): number {
  const parallelism = numberAt(job, 'spec', 'parallelism') ?? 1;
  const succeeded = numberAt(job, 'status', 'succeeded') ?? 0;
  const completions = numberAt(job, 'spec', 'completions');
  if (completions === undefined) return succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  return Math.min(parallelism, completions - succeeded);
}

/** Milliseconds that are left of the pause after failures in a row. */
function pauseOf(cluster: Cluster, { all }: JobPods, seen: number | undefined): number {
  const phaseOf = (pod: KubeObject): string => textAt(pod, 'status', 'phase');
  const lastSuccess = Math.max(0, ...all.filter((pod) => phaseOf(pod) === 'Succeeded').map(endOf));
  const failures = all.filter((pod) => phaseOf(pod) === 'Failed').map(endOf);
  const inRow = failures.filter((each) => each >= lastSuccess);
  if (inRow.length === 0) return 0;
  const seconds = Math.min(backoff.lastSeconds, backoff.firstSeconds * 2 ** (inRow.length - 1));
  const pause = Math.max(backoff.leastMs, cluster.clock.scaled(seconds));
  return (seen ?? Math.max(...inRow)) + pause - cluster.clock.now();
}
