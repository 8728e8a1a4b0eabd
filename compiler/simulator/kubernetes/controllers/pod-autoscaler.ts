import type { KubeObject } from '../../parts.ts';
import { must, timestamp, type Cluster } from '../cluster.ts';
import { recordEvent } from '../events.ts';
import { numberAt, objectAt, textAt } from '../json-object.ts';
import { inside } from '../write-options.ts';
import { update } from '../writes.ts';
import { conditionsOf, keyOf, managerName, setStatus, splitKey, withCondition, type Condition } from './owned.ts';
import type { Controller } from './queue.ts';

/**
 * Keeps the replicas of a Deployment within the bounds of its HorizontalPodAutoscaler. There are no metrics in the local
 * cloud, so within the bounds nothing moves, and the autoscaler says so as it does in a cluster without metrics.
 */
export function podAutoscalerController(cluster: Cluster): Controller {
  const autoscalers = must('horizontalpodautoscalers');
  return {
    name: 'pod-autoscaler',
    keysOf({ type, resource, object }) {
      if (type === 'DELETED') return [];
      if (resource === autoscalers) return [keyOf(object)];
      if (resource.plural !== 'deployments') return [];
      const all = cluster.storage.list(autoscalers, object.metadata.namespace ?? '');
      return all.filter((each) => textAt(each, 'spec', 'scaleTargetRef', 'name') === object.metadata.name).map(keyOf);
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const autoscaler = cluster.storage.get(autoscalers, namespace, name);
      if (!autoscaler || autoscaler.metadata.deletionTimestamp !== undefined) return undefined;
      const target = objectAt(autoscaler, 'spec', 'scaleTargetRef');
      const deployment =
        target['kind'] === 'Deployment'
          ? cluster.storage.get(must('deployments'), namespace, textAt(target, 'name'))
          : undefined;
      if (deployment) follow(cluster, autoscaler, deployment);
      else report(cluster, autoscaler, 0, 0, [missing(target)]);
      return undefined;
    },
  };
}

function missing(target: Readonly<Record<string, unknown>>): Condition {
  const message = `the HPA controller was unable to get the target's current scale: ${textAt(target, 'kind').toLowerCase()}s.apps "${textAt(target, 'name')}" not found`;
  return { type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message };
}

function follow(cluster: Cluster, autoscaler: KubeObject, deployment: KubeObject): void {
  const least = numberAt(autoscaler, 'spec', 'minReplicas') ?? 1;
  const most = numberAt(autoscaler, 'spec', 'maxReplicas') ?? least;
  const current = numberAt(deployment, 'spec', 'replicas') ?? 1;
  const running = numberAt(deployment, 'status', 'replicas') ?? 0;
  const able = {
    type: 'AbleToScale',
    status: 'True',
    reason: 'SucceededGetScale',
    message: "the HPA controller was able to get the target's current scale",
  };
  if (current === 0) {
    const off = {
      type: 'ScalingActive',
      status: 'False',
      reason: 'ScalingDisabled',
      message: 'scaling is disabled since the replica count of the target is zero',
    };
    report(cluster, autoscaler, running, 0, [able, off]);
    return;
  }
  const desired = Math.min(most, Math.max(least, current));
  if (desired !== current) {
    const spec = { ...objectAt(deployment, 'spec'), replicas: desired };
    update(
      cluster,
      must('deployments'),
      deployment,
      { ...deployment, spec },
      { ...inside(managerName), subresource: 'scale' },
    );
    const why =
      current < least
        ? 'Current number of replicas below Spec.MinReplicas'
        : 'Current number of replicas above Spec.MaxReplicas';
    const message = `New size: ${desired}; reason: ${why}`;
    recordEvent(cluster, autoscaler, {
      type: 'Normal',
      reason: 'SuccessfulRescale',
      message,
      component: 'horizontal-pod-autoscaler',
    });
  }
  const blind = 'the HPA was unable to compute the replica count: no metrics are collected here';
  report(cluster, autoscaler, running, desired, [
    able,
    { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: blind },
  ]);
}

function report(
  cluster: Cluster,
  autoscaler: KubeObject,
  currentReplicas: number,
  desiredReplicas: number,
  rows: readonly Condition[],
): void {
  const now = timestamp(cluster);
  const kept = conditionsOf(autoscaler);
  const conditions = rows.reduce<unknown[]>((all, row) => withCondition(autoscaler, all, row, now, false), [...kept]);
  setStatus(cluster, 'horizontalpodautoscalers', autoscaler, { currentReplicas, desiredReplicas, conditions });
}
