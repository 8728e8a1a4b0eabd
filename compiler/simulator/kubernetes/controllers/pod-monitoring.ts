import { timestamp, type Cluster } from '../cluster.ts';
import { at, objectAt } from '../json-object.ts';
import { conditionsOf, keyOf, splitKey, withCondition } from './owned.ts';
import type { Controller } from './queue.ts';
import { inside } from '../write-options.ts';
import { update } from '../writes.ts';

/** Reports each PodMonitoring as configured, as the operator of managed Prometheus does; nothing here scrapes for it. */
export function podMonitoringController(cluster: Cluster): Controller {
  return {
    name: 'pod-monitoring',
    keysOf: ({ type, resource, object }) =>
      resource.kind === 'PodMonitoring' && type !== 'DELETED' ? [keyOf(object)] : [],
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const row = cluster.catalogue.named('podmonitorings');
      const live = row && cluster.storage.get(row, namespace, name);
      if (!row || !live) return undefined;
      const met = { type: 'ConfigurationCreateSuccess', status: 'True', reason: '', message: '' };
      const conditions = withCondition(live, conditionsOf(live), met, timestamp(cluster));
      const observedGeneration = at(live, 'metadata', 'generation');
      const status = { ...objectAt(live, 'status'), conditions, observedGeneration };
      update(cluster, row, live, { ...live, status }, inside('gmp-operator', 'status'));
      return undefined;
    },
  };
}
