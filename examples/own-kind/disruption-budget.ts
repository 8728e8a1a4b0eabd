import { address, appliedKind, workloadLabels } from 'hello-gke';

/**
 * A kind of one's own: a PodDisruptionBudget for each service of more than one replica, so that a node that is drained
 * takes one pod at a time. A kind of Kubernetes object is its type and a manifest function; hello compares, applies,
 * waits, prunes and destroys it as it does its own.
 */
export const disruptionBudget = appliedKind({
  name: 'kubernetes.disruption-budget',
  docs: 'https://kubernetes.io/docs/tasks/run-application/configure-pdb/',
  type: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', namespaced: true },
  *declare(spec) {
    for (const { name, replicas, path } of spec.services) {
      if (replicas === 0 || replicas === 1) continue;
      const labels = workloadLabels(spec, name);
      const matchLabels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': spec.name };
      yield {
        key: name,
        desired: {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name, namespace: spec.name, labels },
          spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels } },
        },
        after: [address('kubernetes.deployment', name)],
        path,
      };
    }
  },
});
