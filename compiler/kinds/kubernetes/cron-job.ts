import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import { jobSpec } from './job.ts';
import { podLabels, workloadLabels } from './labels.ts';
import { networkPolicyId } from './network-policy.ts';
import { cronJobType } from './types.ts';
import { needsOf, rollOn } from './workload-needs.ts';

/**
 * One run at a time; one that could not begin on time (the last still ran, the cluster was away) may begin a little
 * later, and is left out after that. What failed stays long enough to be read.
 */
const policy = {
  concurrencyPolicy: 'Forbid',
  startingDeadlineSeconds: 300,
  successfulJobsHistoryLimit: 3,
  failedJobsHistoryLimit: 3,
};

/** What runs to its end on a schedule. A run that takes too long keeps the next from starting. */
export const cronJob = appliedKind({
  name: 'kubernetes.cron-job',
  docs: 'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/',
  type: cronJobType,
  *declare(spec) {
    for (const each of spec.jobs) {
      const { name, schedule, path } = each;
      if (schedule === undefined) continue;
      const jobTemplate = {
        metadata: { labels: podLabels(spec, name), annotations: rollOn(spec, each) },
        spec: jobSpec(spec, each),
      };
      const desired = {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name, namespace: namespaceOf(spec), labels: workloadLabels(spec, name) },
        spec: { schedule, timeZone: 'Etc/UTC', ...policy, jobTemplate },
      };
      yield { key: name, desired, after: [...needsOf(spec, each), networkPolicyId(each)], path };
    }
  },
});
