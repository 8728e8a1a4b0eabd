import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, type Json } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { configMaps, runningConfig, runningWorld, type Objects } from '../support/running-app.ts';

const world = runningWorld();

async function records(): Promise<string[]> {
  const { items } = await world.kube<Objects>('GET', `${configMaps}?labelSelector=hello/release`);
  return items.map(({ metadata }) => metadata.name);
}

test('an apply records a release: when, by whom, and which images', async () => {
  await world.ends(0, 'apply --local --yes');
  const [release, ...more] = JSON.parse((await world.ends(0, 'releases --local --json')).stdout) as Json[];
  assert.deepEqual(more, []);
  assert.equal(release?.['number'], 1);
  assert.equal(release?.['by'], 'local@hello.local');
  assert.ok(Date.parse(String(release?.['at'])) <= Date.now());
  const services = release?.['services'] as Json[];
  assert.deepEqual(
    services.map(({ name }) => name),
    ['web', 'worker'],
  );
  for (const { digest } of services) assert.match(String(digest), /^sha256:[0-9a-f]{64}$/);
});

test('an apply that changes nothing records nothing', async () => {
  await world.ends(0, 'apply --local --yes');
  assert.deepEqual(await records(), ['hello.release.1']);
});

test('tells status: what runs, the release, the database, and who moved what', async () => {
  const before = await world.statusNow();
  assert.equal((before['release'] as Json)['number'], 1);
  assert.deepEqual(before['database'], {
    instance: 'shop-db',
    state: 'RUNNABLE',
    version: 'POSTGRES_18',
    tier: 'db-f1-micro',
    databases: ['shop'],
  });
  assert.deepEqual([before['changes'], before['drift']], [0, false]);
  const patch = { data: { COLOR: 'green' } };
  await world.kube('PATCH', `${configMaps}/web`, patch, 'application/merge-patch+json');
  const moved = await world.statusNow();
  assert.equal(moved['drift'], true);
  assert.deepEqual(moved['changed'], ['kubernetes.config-map/web']);
  assert.match((await world.ends(0, 'status --local')).stdout, /drift +live was changed: kubernetes\.config-map\/web/);
  world.write(runningConfig('blue'));
  assert.equal((await world.statusNow())['drift'], false);
  world.write(runningConfig('red'));
  await world.ends(0, 'apply --local --yes --force-conflicts');
});

test('status --watch tells each change on a line, and ends when it is interrupted', async () => {
  const running = world.start('status --watch --local');
  await eventually('the first line', () => /^\d\d:\d\d:\d\d web 2 of 2, worker 1 of 1\n/.test(running.output()));
  await world.google('DELETE', '/_local/requests');
  const scale = { spec: { replicas: 3 } };
  await world.kube('PATCH', '/apis/apps/v1/namespaces/shop/deployments/web', scale, 'application/merge-patch+json');
  await eventually('the third replica', () => /^\d\d:\d\d:\d\d web 3 of 3, worker 1 of 1/m.test(running.output()));
  const { requests } = await world.google<{ requests: Json[] }>('GET', '/_local/requests');
  assert.deepEqual(requests, []);
  running.process.kill('SIGINT');
  assert.equal((await running.ended).code, 130);
  await world.ends(0, 'apply --local --yes --force-conflicts');
});

test('rolls back to the release before, tells that the config says otherwise, and remembers it', async () => {
  world.write(runningConfig('blue'));
  await world.ends(0, 'apply --local --yes');
  assert.equal(await world.color(), 'blue');
  const asked = await world.ends(3, 'rollback --local');
  assert.match(asked.stdout, /Back to release 1 [^]*~ web\n +env: COLOR\n/);
  assert.equal(await world.color(), 'blue');
  const ran = await world.ends(0, 'rollback --local --yes');
  assert.match(ran.stderr, /the next apply undoes this rollback/);
  assert.equal(await world.color(), 'red');
  assert.deepEqual(Object.keys(changesOf(await world.plan())).toSorted(), [
    'kubernetes.config-map/web',
    'kubernetes.deployment/web',
  ]);
  const releases = JSON.parse((await world.ends(0, 'releases --local --json')).stdout) as Json[];
  assert.deepEqual(
    releases.map((each) => [each['number'], each['rolled_back_to']]),
    [
      [3, 1],
      [2, undefined],
      [1, undefined],
    ],
  );
  world.write(runningConfig('red'));
  assert.deepEqual(changesOf(await world.plan()), {});
  const none = await world.ends(3, 'rollback 42 --local --yes');
  assert.match(none.stderr, /there is no release 42/);
  const same = await world.ends(0, 'rollback 1 --local --yes');
  assert.match(same.stdout, /is what runs already/);
});

test('an apply whose release cannot be recorded has succeeded, and says so', async () => {
  const fault = { match: '^POST .*/configmaps', named: 'forbidden', times: 9 };
  world.write(runningConfig('orange'));
  await world.google('POST', '/_local/kubernetes/faults', [fault]);
  const ran = await world.ends(0, 'apply --local --yes');
  await world.google('DELETE', '/_local/kubernetes/faults');
  assert.match(ran.stderr, /warning HELLO3007: the release was not recorded: .*cannot create resource "configmaps"/);
  assert.equal((await records()).length, 3);
  await world.ends(0, 'apply --local --yes');
  assert.equal((await records()).length, 4);
});

test('keeps ten releases, and the newest of them', async () => {
  const made = await world.kube<Objects['items'][number] & Json>('GET', `${configMaps}/hello.release.3`);
  for (let number = 5; number <= 10; number += 1) {
    const release = { ...(JSON.parse(made.data?.['release'] ?? '') as Json), number };
    const labels = { ...made.metadata.labels, 'hello/release': String(number) };
    const metadata = { name: `hello.release.${number}`, namespace: 'shop', labels };
    const data = { release: JSON.stringify(release) };
    // oxlint-disable-next-line no-await-in-loop -- in order
    await world.kube('POST', configMaps, { ...made, metadata, data });
  }
  world.write(runningConfig('violet'));
  await world.ends(0, 'apply --local --yes');
  const names = (await records()).map((name) => Number(name.split('.').at(-1))).toSorted((a, b) => a - b);
  assert.deepEqual(names, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test('releases are history: without them no plan is another, and there is nothing to go back to', async () => {
  const before = await world.plan();
  for (const name of await records()) {
    // oxlint-disable-next-line no-await-in-loop -- a few
    await world.kube('DELETE', `${configMaps}/${name}`);
  }
  assert.equal((await world.plan()).hash, before.hash);
  assert.deepEqual(changesOf(await world.plan()), {});
  assert.deepEqual(JSON.parse((await world.ends(0, 'releases --local --json')).stdout), []);
  const none = await world.ends(3, 'rollback --local --yes');
  assert.match(none.stderr, /there is no release before/);
});
