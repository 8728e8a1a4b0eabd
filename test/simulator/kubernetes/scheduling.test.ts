import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster, startKubelet, until, type Json, type TestCluster } from './cluster.ts';

const pods = '/api/v1/namespaces/default/pods';

const asking = (name: string, cpu: string, more: object = {}): object => {
  const requests = { cpu, memory: cpu.endsWith('m') ? '1Gi' : `${Number(cpu) * 2}Gi` };
  const containers = [{ name: 'app', image: 'app:1', resources: { requests } }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { containers, ...more } };
};

const scheduled = (pod: Json): Json => pod?.status?.conditions?.find((each: Json) => each.type === 'PodScheduled');
const reasons = ({ objects }: TestCluster): unknown[] =>
  objects.list('events', 'default').map((event) => event['reason']);

async function isPending(cluster: TestCluster, name: string): Promise<Json> {
  return until(`${name} has no node`, () => {
    const pod = cluster.objects.get('pods', name, 'default') as Json;
    return scheduled(pod)?.status === 'False' && pod;
  });
}

test('a pod that asks for more than is free waits, says what is missing, and runs when a pod goes', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  await cluster.ask('POST', pods, { body: asking('big', '40') });
  await cluster.ask('POST', pods, { body: asking('second', '40') });
  const pod = await isPending(cluster, 'second');
  assert.equal(pod.spec.nodeName, undefined);
  assert.equal(pod.status.phase, 'Pending');
  assert.equal(scheduled(pod).reason, 'Unschedulable');
  assert.match(scheduled(pod).message, /^0\/1 nodes are available: 1 Insufficient cpu\. preemption: /);
  for (const reason of ['FailedScheduling', 'FailedScaleUp']) assert.ok(reasons(cluster).includes(reason), reason);
  await cluster.ask('DELETE', `${pods}/big?gracePeriodSeconds=0`);
  await until('it has a node', () => (cluster.objects.get('pods', 'second', 'default') as Json)?.spec.nodeName);
  assert.equal(scheduled(cluster.objects.get('pods', 'second', 'default')).status, 'True');
});

test('a pod that no node could hold is told that no new node would help', async (t) => {
  const cluster = await startCluster(t);
  await cluster.ask('POST', pods, { body: asking('huge', '80') });
  await isPending(cluster, 'huge');
  assert.ok(reasons(cluster).includes('NotTriggerScaleUp'));
  assert.ok(!reasons(cluster).includes('FailedScaleUp'));
});

test('what a pod needs is its containers with their sidecars, or its largest init container', async (t) => {
  const cluster = await startCluster(t);
  const container = (name: string, cpu: string, more: object = {}): object => ({
    name,
    image: 'app:1',
    resources: { requests: { cpu, memory: `${Number(cpu) * 2}Gi` } },
    ...more,
  });
  const sidecar = container('proxy', '30', { restartPolicy: 'Always' });
  await cluster.ask('POST', pods, { body: asking('beside', '40', { initContainers: [sidecar] }) });
  await isPending(cluster, 'beside');
  await cluster.ask('POST', pods, { body: asking('after', '40', { initContainers: [container('first', '30')] }) });
  await until('it fits', () => (cluster.objects.get('pods', 'after', 'default') as Json)?.spec.nodeName);
});

test('what has ended holds no room', async (t) => {
  const cluster = await startCluster(t);
  await cluster.ask('POST', pods, { body: asking('work', '40', { restartPolicy: 'Never' }) });
  await until('it has a node', () => (cluster.objects.get('pods', 'work', 'default') as Json)?.spec.nodeName);
  await cluster.ask('POST', pods, { body: asking('next', '40') });
  await isPending(cluster, 'next');
  const { status } = cluster.objects.get('pods', 'work', 'default') as Json;
  cluster.objects.setStatus('pods', 'work', 'default', { ...status, phase: 'Succeeded' }, 'kubelet');
  await until('the next has a node', () => (cluster.objects.get('pods', 'next', 'default') as Json)?.spec.nodeName);
});
