import type { KubeObject } from '../../parts.ts';
import { must, type Cluster } from '../cluster.ts';
import { cronSchedule } from '../cron-schedule.ts';
import { remove } from '../deletes.ts';
import { recordEvent } from '../events.ts';
import { at, listAt, numberAt, objectAt, textAt, type Draft } from '../json-object.ts';
import { messageOf } from '../request.ts';
import { inside } from '../write-options.ts';
import { create } from '../writes.ts';
import { conditionOf, isOver } from './job-status.ts';
import { controllerOf, keyOf, managerName, ownerKeys, reference, setStatus, splitKey } from './owned.ts';
import type { Controller } from './queue.ts';

const component = 'cronjob-controller';
/** A timer can't be longer than some weeks, and clocks are set: it is looked again at least this often. */
const longestMs = 3_600_000;
const refusedMs = 10_000;

/** Makes Jobs at the times that CronJobs say, in real time whatever the clock's speed, and removes old ones. */
export function cronJobController(cluster: Cluster): Controller {
  return {
    name: 'cronjob',
    keysOf(change) {
      if (change.resource.plural === 'cronjobs') return change.type === 'DELETED' ? [] : [keyOf(change.object)];
      return change.resource.plural === 'jobs' ? ownerKeys(change, 'CronJob') : [];
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const found = cluster.storage.get(must('cronjobs'), namespace, name);
      if (!found || found.metadata.deletionTimestamp !== undefined) return undefined;
      const jobs = cluster.storage
        .owned(found.metadata.uid)
        .filter((job) => job.kind === 'Job' && controllerOf(job)?.uid === found.metadata.uid);
      const cronJob = follow(cluster, found, jobs);
      forgetOld(cluster, cronJob, jobs);
      return at(cronJob, 'spec', 'suspend') === true ? undefined : run(cluster, cronJob);
    },
  };
}

function tell(cluster: Cluster, about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
  recordEvent(cluster, about, { type, reason, message, component });
}

/** Takes what became of its Jobs over into the status. */
function follow(cluster: Cluster, cronJob: KubeObject, jobs: readonly KubeObject[]): KubeObject {
  const before = objectAt(cronJob, 'status');
  const active = listAt(before, 'active').filter((row) => {
    const job = jobs.find((each) => each.metadata.uid === textAt(row, 'uid'));
    const name = textAt(row, 'name');
    if (!job) tell(cluster, cronJob, 'Normal', 'MissingJob', `Active job went missing: ${name}`);
    else if (isOver(job)) {
      const condition = conditionOf(job, 'Complete') === undefined ? 'Failed' : 'Complete';
      const message = `Saw completed job: ${name}, condition: ${condition}`;
      tell(cluster, cronJob, 'Normal', 'SawCompletedJob', message);
    }
    return job !== undefined && !isOver(job);
  });
  const successes = jobs.map((job) => textAt(job, 'status', 'completionTime'));
  const last = [textAt(before, 'lastSuccessfulTime'), ...successes].toSorted().at(-1) ?? '';
  return setStatus(cluster, 'cronjobs', cronJob, {
    ...Object.fromEntries(Object.entries(before).filter(([name]) => name !== 'active')),
    ...(active.length > 0 ? { active } : {}),
    ...(last === '' ? {} : { lastSuccessfulTime: last }),
  });
}

/** Removes the oldest of the Jobs that are over, beyond what is to be kept of either kind. */
function forgetOld(cluster: Cluster, cronJob: KubeObject, jobs: readonly KubeObject[]): void {
  const kinds = [
    { type: 'Complete', limit: 'successfulJobsHistoryLimit' },
    { type: 'Failed', limit: 'failedJobsHistoryLimit' },
  ] as const;
  const startOf = (job: KubeObject): string => textAt(job, 'status', 'startTime');
  for (const { type, limit } of kinds) {
    const kept = numberAt(cronJob, 'spec', limit);
    if (kept === undefined) continue;
    const over = jobs.filter((job) => job.metadata.deletionTimestamp === undefined && conditionOf(job, type));
    const oldest = over.toSorted((a, b) => startOf(a).localeCompare(startOf(b)));
    for (const job of oldest.slice(0, Math.max(0, oldest.length - kept))) end(cluster, cronJob, job);
  }
}

function end(cluster: Cluster, cronJob: KubeObject, job: KubeObject): void {
  remove(cluster, must('jobs'), job, { dryRun: false, propagationPolicy: 'Background' });
  tell(cluster, cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`);
}

/** Makes the Job of the latest time that has come, unless it is there or may not be; returns when to look again. */
function run(cluster: Cluster, cronJob: KubeObject): number | undefined {
  const now = cluster.clock.now();
  const timeZone = textAt(cronJob, 'spec', 'timeZone') || undefined;
  const schedule = cronSchedule(textAt(cronJob, 'spec', 'schedule'), timeZone);
  const next = schedule.next(new Date(now))?.getTime();
  const again = next === undefined ? undefined : Math.min(Math.max(next - now, 1), longestMs);
  const due = schedule.last(new Date(now))?.getTime();
  const since = textAt(cronJob, 'status', 'lastScheduleTime') || textAt(cronJob, 'metadata', 'creationTimestamp');
  if (due === undefined || due <= Date.parse(since)) return again;
  const patience = numberAt(cronJob, 'spec', 'startingDeadlineSeconds');
  if (patience !== undefined && due + patience * 1000 < now) {
    const time = new Date(due).toISOString();
    tell(cluster, cronJob, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${time}`);
    return again;
  }
  return mayStart(cluster, cronJob) ? start(cluster, cronJob, due, again) : again;
}

/** What the concurrency policy says of Jobs that still run. */
function mayStart(cluster: Cluster, cronJob: KubeObject): boolean {
  const policy = textAt(cronJob, 'spec', 'concurrencyPolicy');
  const active = listAt(cronJob, 'status', 'active');
  if (active.length === 0 || policy === 'Allow') return true;
  if (policy === 'Forbid') {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    tell(cluster, cronJob, 'Normal', 'JobAlreadyActive', message);
    return false;
  }
  for (const row of active) {
    const job = cluster.storage.byUid(textAt(row, 'uid'));
    if (job) end(cluster, cronJob, job);
  }
  return true;
}

function start(cluster: Cluster, cronJob: KubeObject, due: number, again: number | undefined): number | undefined {
  const namespace = cronJob.metadata.namespace ?? '';
  const body = jobOf(cronJob, due);
  const name = textAt(body, 'metadata', 'name');
  try {
    const known = cluster.storage.get(must('jobs'), namespace, name);
    const job = known ?? create(cluster, must('jobs'), namespace, body, inside(managerName));
    if (!known) tell(cluster, cronJob, 'Normal', 'SuccessfulCreate', `Created job ${name}`);
    noteStart(cluster, cronJob, job, due);
    return again;
  } catch (error) {
    tell(cluster, cronJob, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
    return refusedMs;
  }
}

/** The Job may be there already, when this was stopped before it could be noted. */
function noteStart(cluster: Cluster, cronJob: KubeObject, job: KubeObject, due: number): void {
  const { kind, apiVersion } = job;
  const { name, namespace, uid, resourceVersion } = job.metadata;
  const replaced = textAt(cronJob, 'spec', 'concurrencyPolicy') === 'Replace';
  const others = replaced ? [] : listAt(cronJob, 'status', 'active').filter((row) => textAt(row, 'uid') !== uid);
  setStatus(cluster, 'cronjobs', cronJob, {
    ...objectAt(cronJob, 'status'),
    active: [...others, { kind, namespace, name, uid, apiVersion, resourceVersion }],
    lastScheduleTime: seconds(due),
  });
}

function jobOf(cronJob: KubeObject, due: number): Draft {
  const template = objectAt(cronJob, 'spec', 'jobTemplate');
  const metadata = objectAt(template, 'metadata');
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...metadata,
      // A name that follows from the time: the same time never makes two Jobs.
      name: `${cronJob.metadata.name}-${Math.floor(due / 60_000)}`,
      namespace: cronJob.metadata.namespace,
      annotations: {
        ...objectAt(metadata, 'annotations'),
        'batch.kubernetes.io/cronjob-scheduled-timestamp': seconds(due),
      },
      ownerReferences: [reference(cronJob)],
    },
    spec: objectAt(template, 'spec'),
  };
}

function seconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
