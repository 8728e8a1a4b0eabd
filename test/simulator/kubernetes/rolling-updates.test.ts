import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  condition,
  deployment,
  deployments,
  settled,
  startCluster,
  startKubelet,
  until,
  type Json,
} from './cluster.ts';

test('a rolling update never goes beyond its bounds, and keeps the old ReplicaSet', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  const strategy = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
  await cluster.apply(`${deployments}/web`, deployment('web', { replicas: 3, spec: strategy }));
  await settled(cluster, 'web');
  const seen = { most: 0, leastReady: 99 };
  const stop = cluster.objects.subscribe((plural) => {
    if (plural !== 'pods') return;
    const pods = (cluster.objects.list('pods', 'default') as Json[]).filter(
      (pod) => pod.metadata.deletionTimestamp === undefined,
    );
    seen.most = Math.max(seen.most, pods.length);
    seen.leastReady = Math.min(
      seen.leastReady,
      pods.filter((pod) => condition(pod, 'Ready')?.status === 'True').length,
    );
  });
  await cluster.apply(`${deployments}/web`, deployment('web', { replicas: 3, image: 'app:2', spec: strategy }));
  const live = await settled(cluster, 'web');
  stop();
  assert.deepEqual(seen, { most: 4, leastReady: 3 });
  assert.equal(live.metadata.annotations['deployment.kubernetes.io/revision'], '2');
  const sizes = (cluster.objects.list('replicasets', 'default') as Json[])
    .map((set) => set.spec.replicas)
    .toSorted((a, b) => a - b);
  assert.deepEqual(sizes, [0, 3]);
});

test('old pods may go first, as far as the strategy lets them be missing', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  const strategy = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } };
  await cluster.apply(`${deployments}/web`, deployment('web', { replicas: 3, spec: strategy }));
  await settled(cluster, 'web');
  const seen = { most: 0, least: 99 };
  const stop = cluster.objects.subscribe((plural) => {
    if (plural !== 'replicasets') return;
    const sizes = (cluster.objects.list('replicasets', 'default') as Json[]).map((set) => set.spec.replicas);
    const all = sizes.reduce((sum, size) => sum + size, 0);
    seen.most = Math.max(seen.most, all);
    seen.least = Math.min(seen.least, all);
  });
  t.after(stop);
  await cluster.apply(`${deployments}/web`, deployment('web', { replicas: 3, image: 'app:2', spec: strategy }));
  await settled(cluster, 'web');
  assert.deepEqual(seen, { most: 3, least: 2 });
});

test('a pod is available only when it has been ready for as long as is asked', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  await cluster.apply(`${deployments}/web`, deployment('web', { replicas: 1, spec: { minReadySeconds: 2 } }));
  const early = await until('a pod is ready', () => {
    const live = cluster.objects.get('deployments', 'web', 'default') as Json;
    return live.status?.readyReplicas === 1 && live;
  });
  assert.equal(early.status.availableReplicas, undefined);
  assert.equal(condition(early, 'Available').status, 'False');
  assert.equal((await settled(cluster, 'web')).status.availableReplicas, 1);
});

test('Recreate ends every old pod before it makes a new one', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  const strategy = { strategy: { type: 'Recreate' } };
  await cluster.apply(`${deployments}/web`, deployment('web', { spec: strategy }));
  await settled(cluster, 'web');
  let mixed = false;
  const stop = cluster.objects.subscribe(() => {
    const images = new Set(
      (cluster.objects.list('pods', 'default') as Json[]).map((pod) => pod.spec.containers[0].image),
    );
    mixed ||= images.size > 1;
  });
  await cluster.apply(`${deployments}/web`, deployment('web', { image: 'app:2', spec: strategy }));
  await settled(cluster, 'web');
  stop();
  assert.equal(mixed, false);
});

test('a rollout that gets nowhere fails at its deadline, and the old pods go on', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  const spec = { progressDeadlineSeconds: 1 };
  await cluster.apply(`${deployments}/web`, deployment('web', { spec }));
  await settled(cluster, 'web');
  await cluster.apply(`${deployments}/web`, deployment('web', { image: 'broken:1', spec }));
  const failed = await until('the deadline has passed', () => {
    const live = cluster.objects.get('deployments', 'web', 'default');
    return condition(live, 'Progressing')?.reason === 'ProgressDeadlineExceeded' && (live as Json);
  });
  assert.match(condition(failed, 'Progressing').message, /^ReplicaSet "web-.*" has timed out progressing\.$/);
  assert.equal(condition(failed, 'Available').status, 'True');
  assert.ok(failed.status.availableReplicas >= 1);
});

test('a missing service account is a replica failure that heals when it appears', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  const body = deployment('web', { replicas: 1 });
  body.spec.template.spec.serviceAccountName = 'web';
  await cluster.apply(`${deployments}/web`, body);
  const failed = await until('the failure shows', () => {
    return condition(cluster.objects.get('deployments', 'web', 'default'), 'ReplicaFailure');
  });
  assert.match(failed.message, /error looking up service account default\/web: serviceaccount "web" not found$/);
  await cluster.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'web' } } });
  const live = await settled(cluster, 'web');
  assert.equal(condition(live, 'ReplicaFailure'), undefined);
});
