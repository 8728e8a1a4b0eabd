import { address, appliedKind, workloadLabels } from 'hello-gke';

/**
 * A kind of one's own: a ResourceQuota that keeps the app's namespace to as many pods as its services may ever have, twice
 * over for a rollout, and some for jobs. A kind of Kubernetes object is its type and a manifest function; hello compares,
 * applies, waits, prunes and destroys it as it does its own.
 */
export const resourceQuota = appliedKind({
  name: 'kubernetes.resource-quota',
  docs: 'https://kubernetes.io/docs/concepts/policy/resource-quotas/',
  type: { apiVersion: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas', namespaced: true },
  *declare(spec) {
    const most = spec.services.map(({ replicas }) => (typeof replicas === 'number' ? replicas : replicas.max));
    const pods = 2 * most.reduce((sum, each) => sum + each, 0) + 10;
    yield {
      key: spec.name,
      desired: {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: spec.name, namespace: spec.name, labels: workloadLabels(spec, spec.name) },
        spec: { hard: { pods: String(pods) } },
      },
      after: [address('kubernetes.namespace', spec.name)],
      path: ['replicas'],
    };
  },
});
