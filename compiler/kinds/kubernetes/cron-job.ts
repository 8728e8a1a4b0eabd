import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import { jobSpec } from './job.ts';
import { workloadLabels } from './labels.ts';
import { cronJobType } from './types.ts';
import { needsOf, rollOn } from './workload-needs.ts';

/** What runs to its end on a schedule. A run that takes too long keeps the next from starting. */
export const cronJob = appliedKind({
  name: 'kubernetes.cron-job',
  docs: 'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/',
  type: cronJobType,
  *declare(spec) {
    for (const each of spec.jobs) {
      const { name, schedule, path } = each;
      if (schedule === undefined) continue;
      const labels = workloadLabels(spec, name);
      const jobTemplate = { metadata: { labels, annotations: rollOn(spec, each) }, spec: jobSpec(spec, each) };
      const desired = {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name, namespace: namespaceOf(spec), labels },
        spec: { schedule, timeZone: 'Etc/UTC', concurrencyPolicy: 'Forbid', jobTemplate },
      };
      yield { key: name, desired, after: needsOf(spec, each), path };
    }
  },
});
