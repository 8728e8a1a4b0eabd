import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitUntil } from '../../../compiler/simulator/processes.ts';
import type { KubeObject } from '../../../compiler/simulator/parts.ts';
import { nodeWorld, ready, SERVER, type NodeWorld } from './node-world.ts';

function service(world: NodeWorld, spec: object = {}): KubeObject {
  const metadata = { name: 'web', namespace: 'default' };
  const all = { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...spec };
  return world.objects.create('services', { apiVersion: 'v1', kind: 'Service', metadata, spec: all }, 'test');
}

function pod(world: NodeWorld, name: string): void {
  const image = world.app('web', SERVER);
  const container = {
    name: 'app',
    image,
    env: [{ name: 'PORT', value: '8080' }],
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1, failureThreshold: 1 },
  };
  world.pod(name, { terminationGracePeriodSeconds: 5, containers: [container] }, { app: 'web' });
}

async function opened(world: NodeWorld): Promise<number> {
  assert.ok(await waitUntil(() => world.node.publicPorts().length > 0, 5000));
  return world.node.publicPorts()[0]?.hostPort ?? 0;
}

async function answers(port: number, path = '/'): Promise<{ host: string } | undefined> {
  try {
    const headers = { connection: 'close' };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, signal: AbortSignal.timeout(3000) });
    return (await response.json()) as { host: string };
  } catch {
    return undefined;
  }
}

async function hosts(port: number): Promise<string[]> {
  const seen = new Set<string>();
  for (let index = 0; index < 6; index++) seen.add((await answers(port))?.host ?? 'nobody');
  return [...seen].toSorted();
}

test('connections go to ready pods in turn, and to none that is not', async (t) => {
  const world = nodeWorld(t);
  service(world);
  const port = await opened(world);
  assert.deepEqual(await hosts(port), ['nobody']);
  pod(world, 'web-1');
  pod(world, 'web-2');
  await world.until('web-1', ready);
  await world.until('web-2', ready);
  assert.deepEqual(await hosts(port), ['web-1', 'web-2']);
  const map = world.node.pods().find((each) => each.pod === 'default/web-1')?.ports ?? {};
  await answers(map['8080'] ?? 0, '/ready?off');
  await world.until('web-1', (each) => !ready(each));
  assert.deepEqual(await hosts(port), ['web-2']);
  world.objects.remove('pods', 'web-2', 'default');
  assert.deepEqual(await hosts(port), ['nobody']);
});

test('a service gets its address after a while, and is told about', async (t) => {
  const world = nodeWorld(t);
  service(world);
  const has = (): unknown => world.objects.get('services', 'web', 'default')?.['status'];
  assert.ok(await waitUntil(() => has() !== undefined, 5000));
  assert.deepEqual(has(), { loadBalancer: { ingress: [{ ip: '127.0.0.1', ipMode: 'VIP' }] } });
  assert.ok(world.objects.events.includes('Normal EnsuredLoadBalancer Ensured load balancer'));
});

test('the host port of a service stays the same after a restart, and is free after it is deleted', async (t) => {
  const world = nodeWorld(t);
  service(world);
  const port = await opened(world);
  await world.node.stop(1);
  const node = world.again();
  assert.ok(await waitUntil(() => node.publicPorts()[0]?.hostPort === port, 5000));
  pod(world, 'web-1');
  await world.until('web-1', ready);
  assert.equal((await answers(port))?.host, 'web-1');
  world.objects.remove('services', 'web', 'default');
  assert.ok(await waitUntil(() => node.publicPorts().length === 0, 5000));
  assert.equal(await answers(port), undefined);
});

test('a service that is no load balancer has no listener', async (t) => {
  const world = nodeWorld(t);
  service(world, { type: 'ClusterIP' });
  pod(world, 'web-1');
  await world.until('web-1', ready);
  assert.deepEqual(world.node.publicPorts(), []);
});
