import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import { deploymentId } from './deployment.ts';
import { selectorLabels, workloadLabels } from './labels.ts';
import { podMonitoringType } from './types.ts';

/** Lets managed Prometheus collect the metrics of each service that says where they are. */
export const podMonitoring = appliedKind({
  name: 'kubernetes.pod-monitoring',
  docs: 'https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed',
  type: podMonitoringType,
  title: (manifest) => `metrics of ${manifest.metadata.name}`,
  optional: 'the cluster has no managed Prometheus, so nobody collects them',
  *declare(spec) {
    for (const service of spec.services) {
      const { name, metrics, path } = service;
      if (!metrics) continue;
      const desired = {
        apiVersion: 'monitoring.googleapis.com/v1',
        kind: 'PodMonitoring',
        metadata: { name, namespace: namespaceOf(spec), labels: workloadLabels(spec, name) },
        spec: {
          selector: { matchLabels: selectorLabels(spec, name) },
          endpoints: [{ port: metrics.port, path: metrics.path, interval: '30s' }],
        },
      };
      const at = path.length > 0 ? path : ['app'];
      yield { key: name, desired, after: [deploymentId(service)], path: [...at, 'metrics'] };
    }
  },
});
