import type { PodRuntime } from '../../parts.ts';
import type { Cluster } from '../cluster.ts';
import { cronJobController } from './cron-job.ts';
import { customResourceController } from './custom-resource.ts';
import { deploymentController } from './deployment.ts';
import { disruptionBudgetController } from './disruption-budget.ts';
import { endpointsController } from './endpoints.ts';
import { garbageController } from './garbage.ts';
import { jobController } from './job.ts';
import { namespaceController } from './namespace.ts';
import { podAutoscalerController } from './pod-autoscaler.ts';
import { podMonitoringController } from './pod-monitoring.ts';
import { quotaController } from './quota.ts';
import { replicaSetController } from './replica-set.ts';
import { schedulerController } from './scheduler.ts';
import { runControllers } from './queue.ts';

/** Starts everything that works on the objects of a cluster by itself, and lets it look at what is already there. */
export function startControllers(cluster: Cluster, runtime: Pick<PodRuntime, 'usage'>): { stop(): void } {
  const controllers = [
    customResourceController(cluster),
    namespaceController(cluster),
    deploymentController(cluster),
    replicaSetController(cluster),
    jobController(cluster),
    cronJobController(cluster),
    schedulerController(cluster),
    endpointsController(cluster),
    disruptionBudgetController(cluster),
    podAutoscalerController(cluster, runtime),
    podMonitoringController(cluster),
    quotaController(cluster),
    garbageController(cluster),
  ];
  const existing = cluster.catalogue
    .kinds()
    .flatMap((resource) =>
      cluster.storage.list(resource, '').map((object) => ({ type: 'ADDED' as const, resource, object, version: 0 })),
    );
  return runControllers(cluster, controllers, existing);
}
