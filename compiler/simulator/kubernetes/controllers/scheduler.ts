import type { KubeObject } from '../../parts.ts';
import { nodeName } from '../bootstrap.ts';
import { must, timestamp, type Cluster } from '../cluster.ts';
import { recordEvent } from '../events.ts';
import { listAt, objectAt, textAt } from '../json-object.ts';
import { inside } from '../write-options.ts';
import { update } from '../writes.ts';
import { keyOf, splitKey, withCondition } from './owned.ts';
import type { Controller } from './queue.ts';

/** Gives every new pod to the one node. */
export function schedulerController(cluster: Cluster): Controller {
  return {
    name: 'scheduler',
    keysOf: ({ type, resource, object }) =>
      resource.plural === 'pods' && type !== 'DELETED' && isUnbound(object) ? [keyOf(object)] : [],
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const pods = must('pods');
      const pod = cluster.storage.get(pods, namespace, name);
      if (!pod || !isUnbound(pod)) return undefined;
      const node = nodeName(cluster);
      const bound = update(
        cluster,
        pods,
        pod,
        { ...pod, spec: { ...objectAt(pod, 'spec'), nodeName: node } },
        inside('kube-scheduler'),
      );
      const scheduled = { type: 'PodScheduled', status: 'True', reason: '', message: '' };
      const conditions = withCondition(
        bound,
        listAt(bound, 'status', 'conditions'),
        scheduled,
        timestamp(cluster),
        false,
      );
      const status = { ...objectAt(bound, 'status'), conditions };
      update(cluster, pods, bound, { ...bound, status }, inside('kube-scheduler', 'status'));
      const message = `Successfully assigned ${key} to ${node}`;
      recordEvent(cluster, bound, { type: 'Normal', reason: 'Scheduled', message, component: 'default-scheduler' });
      return undefined;
    },
  };
}

function isUnbound(pod: KubeObject): boolean {
  return (
    textAt(pod, 'spec', 'nodeName') === '' &&
    pod.metadata.deletionTimestamp === undefined &&
    listAt(pod, 'spec', 'schedulingGates').length === 0
  );
}
