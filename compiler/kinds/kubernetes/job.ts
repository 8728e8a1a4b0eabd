import { digest } from '../../base/digest.ts';
import { address, type ResourceId, type Unresolved } from '../../model/resource.ts';
import type { Job, Spec } from '../../spec/spec.ts';
import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import type { Manifest } from './manifest.ts';
import { configOf } from './config-map.ts';
import { podLabels, workloadLabels } from './labels.ts';
import { networkPolicyId } from './network-policy.ts';
import { jobPod } from './pod.ts';
import { explainJob } from './rollout.ts';
import { jobType } from './types.ts';
import { needsOf } from './workload-needs.ts';

/**
 * The name carries the content: a changed job is another object, and one that is done is the record that it ran. So a
 * job runs once for each change, and nothing but the cluster needs to remember it.
 */
export function jobNameOf(spec: Spec, job: Job): string {
  return `${job.name}-${digest({ spec: jobSpec(spec, job), config: configOf(spec, job) }).slice(0, 8)}`;
}

export function jobId(spec: Spec, job: Job): ResourceId {
  return address('kubernetes.job', jobNameOf(spec, job));
}

/** What runs to its end before a rollout: migrations. A failed one stops the rollout, and is run again by the next apply. */
export const job = appliedKind({
  name: 'kubernetes.job',
  docs: 'https://kubernetes.io/docs/concepts/workloads/controllers/job/',
  type: jobType,
  // Its own `timeout` ends it before.
  readyWithinMs: 24 * 3_600_000,
  watched: true,
  runsAgain: true,
  immutable: ['spec.template', 'spec.selector', 'spec.completions'],
  *declare(spec) {
    for (const each of spec.jobs) {
      if (each.schedule !== undefined) continue;
      yield {
        key: jobNameOf(spec, each),
        desired: manifestOf(spec, each),
        after: [...needsOf(spec, each), networkPolicyId(each)],
        path: each.path,
      };
    }
  },
  explain: explainJob,
});

function manifestOf(spec: Spec, each: Job): Unresolved<Manifest> {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobNameOf(spec, each),
      namespace: namespaceOf(spec),
      labels: workloadLabels(spec, each.name),
    },
    spec: jobSpec(spec, each),
  };
}

/** What a Job and each run of a CronJob are made of. */
export function jobSpec(spec: Spec, each: Job): object {
  const labels = podLabels(spec, each.name);
  return {
    backoffLimit: each.retries,
    activeDeadlineSeconds: each.timeoutSeconds,
    template: { metadata: { labels }, spec: jobPod(spec, each) },
  };
}
