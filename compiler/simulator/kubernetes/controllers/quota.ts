import { must, type Cluster } from '../cluster.ts';
import { objectAt } from '../json-object.ts';
import { usedOf } from '../quota.ts';
import { keyOf, setStatus, splitKey } from './owned.ts';
import type { Controller } from './queue.ts';

/** Tells for each ResourceQuota how much of it is used. */
export function quotaController(cluster: Cluster): Controller {
  const quotas = must('resourcequotas');
  return {
    name: 'quota',
    keysOf({ type, resource, object }) {
      if (resource === quotas && type !== 'DELETED') return [keyOf(object)];
      const { namespace } = object.metadata;
      return namespace === undefined ? [] : cluster.storage.list(quotas, namespace).map(keyOf);
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const quota = cluster.storage.get(quotas, namespace, name);
      if (quota) {
        const status = { hard: objectAt(quota, 'spec', 'hard'), used: usedOf(cluster, quota) };
        setStatus(cluster, 'resourcequotas', quota, status);
      }
      return undefined;
    },
  };
}
