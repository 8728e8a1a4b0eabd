import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { startOf, waitUntil } from '../../../compiler/simulator/processes.ts';
import { daemonWorld, whoAnswers } from './world.ts';

test('a load balancer goes round the ready replicas, and only those', async (t) => {
  const world = daemonWorld(t);
  await world.start();
  await world.makeCluster('one');
  const port = await world.deploy('one', 'web', 3);
  const seen = async (): Promise<Set<string | undefined>> =>
    new Set(await Promise.all(Array.from({ length: 6 }, async () => whoAnswers(port))));
  assert.equal((await seen()).size, 3);
  const deployment = '/apis/apps/v1/namespaces/default/deployments/web';
  const found = await world.kube<{ spec: object }>('one', 'GET', deployment);
  await world.kube('one', 'PUT', deployment, { ...found, spec: { ...found.spec, replicas: 1 } });
  await world.until('two pods to go', async () => {
    const { items } = await world.kube<{ items: unknown[] }>('one', 'GET', '/api/v1/namespaces/default/pods');
    return items.length === 1 ? true : undefined;
  });
  assert.equal((await seen()).size, 1);
});

test('everything is back after a stop and a start, at the same addresses', async (t) => {
  const world = daemonWorld(t);
  const before = await world.start();
  await world.makeCluster('one');
  await world.makeCluster('two');
  const ports = [await world.deploy('one', 'web', 2), await world.deploy('two', 'web', 1)];
  const { processes } = await world.status();
  assert.equal(processes.length, 3);
  assert.equal(await world.cloud.stop(), true);
  assert.ok(processes.every((each) => startOf(each.pid) === undefined));
  assert.equal(await world.cloud.stop(), false);
  const after = await world.start();
  assert.deepEqual(after, before);
  for (const port of ports) await world.until('the app to answer', async () => whoAnswers(port));
  assert.equal((await world.status()).processes.length, 3);
});

test('a daemon that is killed leaves nothing behind once the next one has started', async (t) => {
  const world = daemonWorld(t);
  await world.start();
  await world.makeCluster('one');
  const port = await world.deploy('one', 'web', 2);
  const { pid, processes } = await world.status();
  process.kill(pid, 'SIGKILL');
  assert.ok(await waitUntil(() => startOf(pid) === undefined, 5000));
  assert.equal(world.cloud.connection(), undefined);
  await world.start();
  assert.ok(processes.every((each) => startOf(each.pid) === undefined));
  await world.until('the app to answer', async () => whoAnswers(port));
});

test('stopping after the daemon was killed ends what it left', async (t) => {
  const world = daemonWorld(t);
  await world.start();
  await world.makeCluster('one');
  await world.deploy('one', 'web', 1);
  const { pid, processes } = await world.status();
  process.kill(pid, 'SIGKILL');
  assert.ok(await waitUntil(() => startOf(pid) === undefined, 5000));
  assert.equal(await world.cloud.stop(), true);
  assert.ok(processes.every((each) => startOf(each.pid) === undefined));
  await world.cloud.reset();
  assert.equal(existsSync(world.dir), false);
});

test('deleting a cluster ends its pods and gives its ports back', async (t) => {
  const world = daemonWorld(t);
  await world.start();
  await world.makeCluster('one');
  const port = await world.deploy('one', 'web', 1);
  const { processes } = await world.status();
  await world.google('DELETE', '/v1/projects/my-project/locations/us-central1/clusters/one');
  await world.until('the cluster to go', async () => ((await world.status()).clusters.length === 0 ? true : undefined));
  assert.ok(await waitUntil(() => processes.every((each) => startOf(each.pid) === undefined), 10_000));
  assert.equal(await whoAnswers(port), undefined);
  assert.deepEqual((await world.status()).publicPorts, []);
});
