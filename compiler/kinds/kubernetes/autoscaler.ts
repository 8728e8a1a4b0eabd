import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import { deploymentId } from './deployment.ts';
import { workloadLabels } from './labels.ts';
import { autoscalerType } from './types.ts';

/** Keeps the number of a service's pods within its range, by what they use of what they request. */
export const autoscaler = appliedKind({
  name: 'kubernetes.autoscaler',
  docs: 'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/',
  type: autoscalerType,
  // It would set the number that its service now says.
  removedFirst: true,
  title: (manifest) => `autoscaler of ${manifest.metadata.name}`,
  *declare(spec) {
    for (const service of spec.services) {
      const { name, replicas, path } = service;
      if (typeof replicas === 'number') continue;
      const target = (averageUtilization: number): object => ({ type: 'Utilization', averageUtilization });
      // Of the app's container alone: what the proxy beside it uses says nothing about load.
      const metric = (resource: string, share: number): object => ({
        type: 'ContainerResource',
        containerResource: { name: resource, container: 'app', target: target(share) },
      });
      const metrics = [metric('cpu', replicas.cpu), ...(replicas.memory ? [metric('memory', replicas.memory)] : [])];
      const desired = {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name, namespace: namespaceOf(spec), labels: workloadLabels(spec, name) },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
          minReplicas: replicas.min,
          maxReplicas: replicas.max,
          metrics,
          // Up at once, down slowly: a lull of a minute is no reason to stop what the next one needs.
          behavior: {
            scaleDown: {
              stabilizationWindowSeconds: 300,
              policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
            },
          },
        },
      };
      yield { key: name, desired, after: [deploymentId(service)], path: [...path, 'replicas'] };
    }
  },
});
