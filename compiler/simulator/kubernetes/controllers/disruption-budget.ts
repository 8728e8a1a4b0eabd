import type { KubeObject } from '../../parts.ts';
import { must, timestamp, type Cluster } from '../cluster.ts';
import { at } from '../json-object.ts';
import { objectSelector } from '../selectors.ts';
import { conditionsOf, isReady, keyOf, setStatus, splitKey, withCondition } from './owned.ts';
import type { Controller } from './queue.ts';

/** Tells for each PodDisruptionBudget how many of its pods are healthy and how many may be disturbed. */
export function disruptionBudgetController(cluster: Cluster): Controller {
  const budgets = must('poddisruptionbudgets');
  return {
    name: 'disruption-budget',
    keysOf({ type, resource, object }) {
      if (resource === budgets) return type === 'DELETED' ? [] : [keyOf(object)];
      if (resource.plural !== 'pods') return [];
      const all = cluster.storage.list(budgets, object.metadata.namespace ?? '');
      return all.filter((budget) => objectSelector(at(budget, 'spec', 'selector'))(object)).map(keyOf);
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const budget = cluster.storage.get(budgets, namespace, name);
      if (budget) report(cluster, budget, namespace);
      return undefined;
    },
  };
}

function report(cluster: Cluster, budget: KubeObject, namespace: string): void {
  const pods = cluster.storage.list(must('pods'), namespace).filter(objectSelector(at(budget, 'spec', 'selector')));
  const expectedPods = pods.length;
  const currentHealthy = pods.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length;
  const desiredHealthy = wanted(budget, expectedPods);
  const disruptionsAllowed = Math.max(0, currentHealthy - desiredHealthy);
  const allowed = disruptionsAllowed > 0;
  const condition = {
    type: 'DisruptionAllowed',
    status: allowed ? 'True' : 'False',
    reason: allowed ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  };
  const observedGeneration = at(budget, 'metadata', 'generation');
  const conditions = withCondition(budget, conditionsOf(budget), condition, timestamp(cluster), false);
  setStatus(cluster, 'poddisruptionbudgets', budget, {
    currentHealthy,
    desiredHealthy,
    disruptionsAllowed,
    expectedPods,
    observedGeneration,
    conditions,
  });
}

/** `minAvailable`, or what `maxUnavailable` leaves; percentages are rounded up. */
function wanted(budget: KubeObject, pods: number): number {
  const count = (value: unknown): number =>
    typeof value === 'number'
      ? value
      : Math.ceil((Number.parseFloat(typeof value === 'string' ? value : '0') / 100) * pods);
  const most = at(budget, 'spec', 'maxUnavailable');
  if (most !== undefined) return Math.max(0, pods - count(most));
  return count(at(budget, 'spec', 'minAvailable') ?? 1);
}
