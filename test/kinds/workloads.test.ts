import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Spec } from '../../compiler/spec/spec.ts';
import { specOf } from '../support/spec.ts';
import { changesOf, stackWorld, succeeded, type Json, type StackWorld } from '../support/stack-world.ts';

// What becomes of the workloads in a cluster: what the platform makes of them, and what a change does to their pods.

const sleeper = `build: ., command: [node, -e, 'setInterval(() => 0, 1000)'], database: false, replicas: 1`;
const config = `name: shop
project: test-project
env: { GREETING: hello }
services:
  web:
    build: .
    database: false
    replicas: 1
    ports: [{ port: 80, target: 5000, reach: vpc }]
    metrics: /metrics
  large: { ${sleeper}, resources: { cpu: '1', memory: 1Gi } }
  wide: { ${sleeper}, resources: { cpu: 50m, memory: 332Mi } }
jobs:
  nightly: { build: ., command: [node, -e, '0'], schedule: '0 3 * * *', resources: { cpu: 50m, memory: 52Mi } }
`;
let world: StackWorld;
const deployments = '/apis/apps/v1/namespaces/shop/deployments';
const monitoring = 'kubernetes.pod-monitoring/web';
const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/podmonitorings.monitoring.googleapis.com';

before(async () => {
  world = await stackWorld(config);
  succeeded(await world.hello().apply());
});
after(async () => world.stop());

async function list(path: string): Promise<readonly Json[]> {
  return (await world.kube<{ items: readonly Json[] }>('GET', path)).items;
}

function annotationsOf(object: Json): Readonly<Record<string, string>> {
  return (object['metadata'] as { annotations?: Record<string, string> }).annotations ?? {};
}

test('Autopilot has nothing to change in any workload', async () => {
  const all = await list(deployments);
  assert.equal(all.length, 3);
  for (const object of all) {
    const note = JSON.parse(annotationsOf(object)['autopilot.gke.io/resource-adjustment'] ?? '{}') as Json;
    assert.equal(note['modified'], false, JSON.stringify(note));
  }
});

test('"restricted" is enforced in the namespace, and every pod runs under it', async () => {
  const namespace = await world.kube<{ metadata: { labels: Json } }>('GET', '/api/v1/namespaces/shop');
  assert.equal(namespace.metadata.labels['pod-security.kubernetes.io/enforce'], 'restricted');
  assert.equal((await list('/api/v1/namespaces/shop/pods')).length, 3);
});

test('an internal load balancer has an address, at which the app answers', async () => {
  const service = await world.kube('GET', '/api/v1/namespaces/shop/services/web');
  assert.equal(annotationsOf(service)['networking.gke.io/load-balancer-type'], 'Internal');
  const [port] = world.cloud.status().publicPorts;
  assert.equal(port?.service, 'web');
  assert.equal((await fetch(`http://127.0.0.1:${port.hostPort}/healthz`)).status, 200);
});

test('a port that moves to the cluster alone loses its load balancer in place', async () => {
  const inside: Spec = specOf(config.replace('reach: vpc', 'reach: cluster'));
  const run = world.hello({}, inside);
  const prepared = await run.plan();
  assert.deepEqual(Object.keys(changesOf(prepared)).toSorted(), [
    'kubernetes.network-policy/web',
    'kubernetes.service/web',
  ]);
  succeeded(await run.apply(prepared));
  assert.deepEqual(changesOf(await world.hello({}, inside).plan()), {});
  assert.deepEqual(world.cloud.status().publicPorts, []);
  succeeded(await world.hello().apply());
  assert.equal(world.cloud.status().publicPorts.length, 1);
});

test('changed configuration rolls the pods of its service, once', async () => {
  const revisions = async (): Promise<Record<string, string | undefined>> =>
    Object.fromEntries(
      (await list(deployments)).map((each) => [
        (each['metadata'] as { name: string }).name,
        annotationsOf(each)['deployment.kubernetes.io/revision'],
      ]),
    );
  const seen = await revisions();
  const spec = specOf(config.replace('    metrics:', '    env: { GREETING: again }\n    metrics:'));
  succeeded(await world.hello({}, spec).apply());
  assert.deepEqual(await revisions(), { ...seen, web: String(Number(seen['web']) + 1) });
  succeeded(await world.hello({}, spec).apply());
  assert.deepEqual(await revisions(), { ...seen, web: String(Number(seen['web']) + 1) });
  succeeded(await world.hello().apply());
});

test('a cluster without managed Prometheus gets no PodMonitoring, and the plan says so without failing', async () => {
  await world.kube('DELETE', definition);
  for (let tries = 0; tries < 200 && (await world.kubeFind(definition)); tries += 1)
    await new Promise((done) => setTimeout(done, 25));
  const run = world.hello();
  const prepared = await run.plan();
  assert.deepEqual(changesOf(prepared), { [monitoring]: 'keep' });
  const change = prepared.plan.changes.find((each) => each.id === monitoring);
  assert.ok(change?.action === 'keep' && change.missing);
  assert.match(change.why, /no managed Prometheus/);
  succeeded(await run.apply(prepared));
  assert.equal((await world.hello().destroy()).exit, 0);
});
