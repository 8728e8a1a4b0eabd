import type { KubeObject } from '../../parts.ts';
import { nodeName } from '../bootstrap.ts';
import { must, timestamp, type Cluster } from '../cluster.ts';
import { recordEvent } from '../events.ts';
import { listAt, objectAt, textAt } from '../json-object.ts';
import { inside } from '../write-options.ts';
import { update } from '../writes.ts';
import { missingRoom } from './node-room.ts';
import { keyOf, splitKey, withCondition, type Condition } from './owned.ts';
import type { Controller } from './queue.ts';

/**
 * Gives every new pod to the one node, as long as that has room for what the pod requests; the others wait until a pod
 * goes. What Autopilot would do then, it says: a node that is asked for, and here never comes.
 */
export function schedulerController(cluster: Cluster): Controller {
  const pods = must('pods');
  return {
    name: 'scheduler',
    keysOf({ type, resource, object }) {
      if (resource !== pods) return [];
      if (type !== 'DELETED' && isUnbound(object)) return [keyOf(object)];
      const left = type === 'DELETED' || ['Succeeded', 'Failed'].includes(textAt(object, 'status', 'phase'));
      return left ? cluster.storage.list(pods, '').filter(isUnbound).map(keyOf) : [];
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const pod = cluster.storage.get(pods, namespace, name);
      const node = cluster.storage.get(must('nodes'), '', nodeName(cluster));
      if (!pod || !node || !isUnbound(pod)) return undefined;
      const bound = (each: KubeObject): boolean => textAt(each, 'spec', 'nodeName') === node.metadata.name;
      const onNode = cluster.storage.list(pods, '').filter(bound);
      const missing = missingRoom(node, onNode, pod);
      if (missing.length === 0) bind(cluster, pod, node.metadata.name);
      else leavePending(cluster, pod, missing, missingRoom(node, [], pod));
      return undefined;
    },
  };
}

function bind(cluster: Cluster, pod: KubeObject, node: string): void {
  const draft = { ...pod, spec: { ...objectAt(pod, 'spec'), nodeName: node } };
  const bound = update(cluster, must('pods'), pod, draft, inside('kube-scheduler'));
  setScheduled(cluster, bound, { status: 'True', reason: '', message: '' });
  const message = `Successfully assigned ${keyOf(pod)} to ${node}`;
  recordEvent(cluster, bound, { type: 'Normal', reason: 'Scheduled', message, component: 'default-scheduler' });
}

function setScheduled(cluster: Cluster, pod: KubeObject, what: Omit<Condition, 'type'>): void {
  const row = { type: 'PodScheduled', ...what };
  const before = listAt(pod, 'status', 'conditions');
  const conditions = withCondition(pod, before, row, timestamp(cluster), false);
  const status = { ...objectAt(pod, 'status'), conditions };
  update(cluster, must('pods'), pod, { ...pod, status }, inside('kube-scheduler', 'status'));
}

/** `never` is what an empty node would lack, too: then no new node would help. */
function leavePending(cluster: Cluster, pod: KubeObject, missing: readonly string[], never: readonly string[]): void {
  const why = missing.map((each) => `1 ${each}`).join(', ');
  const preemption = 'preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.';
  const message = `0/1 nodes are available: ${why}. ${preemption}`;
  setScheduled(cluster, pod, { status: 'False', reason: 'Unschedulable', message });
  recordEvent(cluster, pod, { type: 'Warning', reason: 'FailedScheduling', message, component: 'default-scheduler' });
  const component = 'cluster-autoscaler';
  if (never.length > 0) {
    const text = `pod didn't trigger scale-up: ${never.map((each) => `1 ${each}`).join(', ')}`;
    recordEvent(cluster, pod, { type: 'Normal', reason: 'NotTriggerScaleUp', message: text, component });
    return;
  }
  const zone = `${cluster.id.split('/')[3] ?? 'local'}-a`;
  const text = `Node scale up in zones ${zone} associated with this pod failed: the local cloud is one machine and has no second node. Pod is at risk of not being scheduled.`;
  recordEvent(cluster, pod, { type: 'Warning', reason: 'FailedScaleUp', message: text, component });
}

function isUnbound(pod: KubeObject): boolean {
  return (
    textAt(pod, 'spec', 'nodeName') === '' &&
    pod.metadata.deletionTimestamp === undefined &&
    listAt(pod, 'spec', 'schedulingGates').length === 0
  );
}
