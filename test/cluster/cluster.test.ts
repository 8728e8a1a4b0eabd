import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyCluster, idle } from '../support/any-cluster.ts';
import type { Json } from '../support/cli.ts';

// What holds on any cluster: a local one, or the real one that HELLO_TEST_CONTEXT names. The tests go through the life of
// one app in order, in a namespace of its own.

const cluster = await anyCluster();
const objects = `/namespaces/${cluster.namespace}`;

const services = (web: string, more = ''): string => `services:\n  web: ${web}\n${more}`;
const quiet = `  quiet: { image: 'registry.k8s.io/pause:3.10', replicas: 0, ports: [{ port: 80, target: 8080, public: false }] }`;

cluster.write(services(idle({ A: 'one' }), quiet));

const find = async (path: string): Promise<Json | undefined> => cluster.kube('GET', path);
const deployment = (name: string): string => `/apis/apps/v1${objects}/deployments/${name}`;

/** Another field manager applies part of an object. */
async function stranger(path: string, body: Json, force = false): Promise<void> {
  await cluster.kube('PATCH', `${path}?fieldManager=stranger&force=${force}`, body, 'application/apply-patch+yaml');
}

const part = (name: string, more: Json): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: cluster.namespace },
  ...more,
});

test('a plan for a namespace that is not there creates everything, and writes nothing', async () => {
  const changes = await cluster.changes();
  assert.ok(Object.keys(changes).length > 5, JSON.stringify(changes));
  assert.deepEqual(new Set(Object.values(changes)), new Set(['create']));
  assert.equal(await find(`/api/v1${objects}`), undefined);
});

test('an apply makes it, and the second plan is empty', async (t) => {
  if (cluster.lacks) t.diagnostic(cluster.lacks);
  await cluster.ends(0, 'apply --yes');
  assert.deepEqual(await cluster.changes(), {});
});

test('what others add to an object is no difference, and survives an apply', async () => {
  const env = [{ name: 'THEIRS', value: 'kept' }];
  await stranger(
    deployment('web'),
    part('web', {
      metadata: { name: 'web', namespace: cluster.namespace, annotations: { 'example.com/theirs': 'kept' } },
      spec: { template: { spec: { containers: [{ name: 'app', env }] } } },
    }),
  );
  assert.deepEqual(await cluster.changes(), {});
  cluster.write(services(idle({ A: 'two' }), quiet));
  const changes = await cluster.changes();
  assert.deepEqual(Object.keys(changes).toSorted(), ['kubernetes.config-map/web', 'kubernetes.deployment/web']);
  assert.equal(changes['kubernetes.config-map/web'], 'update data.A');
  await cluster.ends(0, 'apply --yes');
  assert.deepEqual(await cluster.changes(), {});
  const live = JSON.stringify(await find(deployment('web')));
  assert.match(live, /"name":"THEIRS","value":"kept"/);
  assert.match(live, /"example\.com\/theirs":"kept"/);
});

test('a field that another manager has taken is a conflict, and is taken back only with --force-conflicts', async () => {
  await stranger(deployment('quiet'), part('quiet', { spec: { revisionHistoryLimit: 3 } }), true);
  assert.match((await cluster.changes())['kubernetes.deployment/quiet'] ?? '', /^refuse spec\.revisionHistoryLimit/);
  const refused = await cluster.hello('apply --yes');
  assert.equal(refused.code, 5);
  assert.match(refused.stdout + refused.stderr, /revisionHistoryLimit: 3 -> 10.*held by stranger/);
  await cluster.ends(0, 'apply --yes --force-conflicts');
  assert.deepEqual(await cluster.changes(), {});
});

test('what is no longer declared is removed, and nothing else', async () => {
  const theirs = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs' }, data: { KEY: 'kept' } };
  await cluster.kube('POST', `/api/v1${objects}/configmaps`, theirs);
  cluster.write(services(idle({ A: 'two' })));
  const changes = await cluster.changes();
  assert.deepEqual(new Set(Object.values(changes)), new Set(['delete']));
  assert.ok(
    Object.keys(changes).every((id) => id.endsWith('/quiet')),
    JSON.stringify(changes),
  );
  await cluster.ends(0, 'apply --yes');
  assert.equal(await find(deployment('quiet')), undefined);
  assert.deepEqual((await find(`/api/v1${objects}/configmaps/theirs`))?.['data'], { KEY: 'kept' });
  assert.deepEqual(await cluster.changes(), {});
});

test('a namespace that holds what is not ours is kept, and goes when it does not', async () => {
  const kept = await cluster.ends(0, 'destroy --yes');
  assert.match(kept.stdout + kept.stderr, /Namespace .*kept: .*ConfigMap \S*theirs/);
  assert.ok(await find(`/api/v1${objects}/configmaps/theirs`));
  assert.equal(await find(deployment('web')), undefined);
  await cluster.kube('DELETE', `/api/v1${objects}/configmaps/theirs`);
  await cluster.ends(0, 'destroy --yes');
  assert.equal(await find(`/api/v1${objects}`), undefined);
});
