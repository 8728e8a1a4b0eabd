import { address, type ResourceId } from '../../model/resource.ts';
import type { Service } from '../../spec/spec.ts';
import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import { selectorLabels, workloadLabels } from './labels.ts';
import { disruptionBudgetType, namespaceId } from './types.ts';

/** The budget of a service; undefined for one that has never more than one pod, which a budget could only hold fast. */
export function disruptionBudgetId({ name, replicas }: Service): ResourceId | undefined {
  const most = typeof replicas === 'number' ? replicas : replicas.max;
  return most > 1 ? address('kubernetes.disruption-budget', name) : undefined;
}

/**
 * A node that is drained or upgraded takes one pod of a service at a time. Pods that are not healthy do not count: they
 * would keep a node from ever being drained.
 */
export const disruptionBudget = appliedKind({
  name: 'kubernetes.disruption-budget',
  docs: 'https://kubernetes.io/docs/tasks/run-application/configure-pdb/',
  type: disruptionBudgetType,
  title: (manifest) => `disruption budget of ${manifest.metadata.name}`,
  *declare(spec) {
    for (const service of spec.services) {
      if (!disruptionBudgetId(service)) continue;
      const { name, path } = service;
      const selector = { matchLabels: selectorLabels(spec, name) };
      const desired = {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name, namespace: namespaceOf(spec), labels: workloadLabels(spec, name) },
        spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector },
      };
      yield { key: name, desired, after: [namespaceId(spec)], path: [...path, 'replicas'] };
    }
  },
});
