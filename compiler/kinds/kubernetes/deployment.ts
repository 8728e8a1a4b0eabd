import { address, type ResourceId, type Unresolved } from '../../model/resource.ts';
import type { Service, Spec } from '../../spec/spec.ts';
import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import type { Manifest } from './manifest.ts';
import { disruptionBudgetId } from './disruption-budget.ts';
import { replicasHandover } from './handover.ts';
import { jobId } from './job.ts';
import { podLabels, selectorLabels, workloadLabels } from './labels.ts';
import { networkPolicyId } from './network-policy.ts';
import { servicePod } from './pod.ts';
import { rollBack } from './roll-back.ts';
import { explainRollout } from './rollout.ts';
import { clusterServiceId } from './service.ts';
import { deploymentType } from './types.ts';
import { needsOf, rollOn } from './workload-needs.ts';

export function deploymentId(service: Pick<Service, 'name'>): ResourceId {
  return address('kubernetes.deployment', service.name);
}

/** The pods of each service, and how they are replaced. */
export const deployment = appliedKind({
  name: 'kubernetes.deployment',
  docs: 'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/',
  type: deploymentType,
  readyWithinMs: 10 * 60_000,
  // An Autopilot pod that needs a new node waits for it.
  typicalSeconds: 60,
  watched: true,
  immutable: ['spec.selector'],
  handover: replicasHandover(deploymentType),
  *declare(spec) {
    const migrations = spec.jobs.filter((job) => job.schedule === undefined).map((job) => jobId(spec, job));
    for (const service of spec.services) {
      const path = service.path.length > 0 ? service.path : ['app'];
      yield {
        key: service.name,
        desired: manifestOf(spec, service),
        after: [...needsOf(spec, service), ...guardsOf(service), ...migrations],
        path,
      };
    }
  },
  outputs: (live) => ({ generation: String(live.metadata.generation ?? '') }),
  explain: explainRollout,
  rollBack,
});

/**
 * What must be there from the first pod on: who may reach it, the name that others find it by, and how many may go at
 * once. Not its load balancer: that takes as long as the pods do, and is made beside them.
 */
function guardsOf(service: Service): ResourceId[] {
  const guards = [networkPolicyId(service), clusterServiceId(service), disruptionBudgetId(service)];
  return guards.filter((id) => id !== undefined);
}

function manifestOf(spec: Spec, service: Service): Unresolved<Manifest> {
  const { name, replicas } = service;
  const labels = podLabels(spec, name);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: namespaceOf(spec), labels: workloadLabels(spec, name) },
    spec: {
      // With a range, the number is the autoscaler's.
      ...(typeof replicas === 'number' && { replicas }),
      // Nothing can be asked of a worker: it is taken for healthy when it has run for a while without ending.
      ...(service.ports.length === 0 && { minReadySeconds: 5 }),
      revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: selectorLabels(spec, name) },
      template: { metadata: { labels, annotations: rollOn(spec, service) }, spec: servicePod(spec, service) },
    },
  };
}
