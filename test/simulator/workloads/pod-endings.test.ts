import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitUntil } from '../../../compiler/simulator/processes.ts';
import type { Pod } from '../../../compiler/simulator/workloads/pod-types.ts';
import { nodeWorld, ready, type NodeWorld } from './node-world.ts';

const WORKER = `
import { existsSync, writeFileSync } from 'node:fs';
const [, , what, ...rest] = process.argv;
console.log(what, ...rest);
if (what === 'fail') process.exit(3);
if (what === 'second-time' && !existsSync('been-here')) { writeFileSync('been-here', ''); process.exit(1); }
if (what === 'stay') {
  process.on('SIGTERM', () => { console.log('asked to stop'); setTimeout(() => process.exit(0), 200); });
  setInterval(() => {}, 1000);
  writeFileSync('up', '');
}
`;
const DOCKERFILE = 'FROM node:24\nWORKDIR /app\nCOPY . .\nENTRYPOINT ["node", "main.mjs"]\nCMD ["by default"]\n';

const phaseIs = (phase: string) => (pod: Pod) => pod.status?.phase === phase;
const logsOf = (world: NodeWorld, pod: string, container?: string): string | undefined =>
  world.node.podRuntime.logs({ namespace: 'default', pod, ...(container === undefined ? {} : { container }) });

test('args replace CMD, and command replaces ENTRYPOINT with it', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('work', WORKER, DOCKERFILE);
  world.pod('plain', { restartPolicy: 'Never', containers: [{ name: 'main', image }] });
  world.pod('args', { restartPolicy: 'Never', containers: [{ name: 'main', image, args: ['own', 'words'] }] });
  const command = ['node', '-e', 'console.log(process.argv.length)'];
  world.pod('command', { restartPolicy: 'Never', containers: [{ name: 'main', image, command }] });
  for (const name of ['plain', 'args', 'command']) await world.until(name, phaseIs('Succeeded'));
  assert.deepEqual(
    ['plain', 'args', 'command'].map((name) => logsOf(world, name)),
    ['by default\n', 'own words\n', '1\n'],
  );
});

test('a pod that is not to be started again has failed when its container has, and says how', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('work', WORKER, DOCKERFILE);
  world.pod('job', { restartPolicy: 'Never', containers: [{ name: 'main', image, args: ['fail'] }] });
  const pod = await world.until('job', phaseIs('Failed'));
  const status = pod.status?.containerStatuses?.[0];
  assert.equal(status?.restartCount, 0);
  assert.equal(status?.state.terminated?.exitCode, 3);
  assert.equal(status?.state.terminated?.reason, 'Error');
  assert.ok(Date.parse(status?.state.terminated?.finishedAt ?? '') > 0);
  assert.equal(logsOf(world, 'job'), 'fail\n');
});

test('a pod that is to be started again on failure goes on until it succeeds', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('work', WORKER, DOCKERFILE);
  world.pod('job', { restartPolicy: 'OnFailure', containers: [{ name: 'main', image, args: ['second-time'] }] });
  const pod = await world.until('job', phaseIs('Succeeded'));
  assert.equal(pod.status?.containerStatuses?.[0]?.restartCount, 1);
});

test('a native sidecar is ended after the work is done, and only then the pod has succeeded', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('work', WORKER, DOCKERFILE);
  const phases: string[] = [];
  world.objects.subscribe((plural, _type, object) => {
    if (plural !== 'pods') return;
    const { status } = object as Pod;
    const sidecar = status?.initContainerStatuses?.[0]?.state;
    phases.push(`${status?.phase} ${Object.keys(sidecar ?? {}).join()}`);
  });
  const startupProbe = { exec: { command: ['test', '-f', 'up'] }, periodSeconds: 1 };
  world.pod('job', {
    restartPolicy: 'Never',
    initContainers: [{ name: 'proxy', image, args: ['stay'], restartPolicy: 'Always', startupProbe }],
    containers: [{ name: 'main', image, args: ['work'] }],
  });
  const pod = await world.until('job', phaseIs('Succeeded'));
  assert.equal(pod.status?.initContainerStatuses?.[0]?.state.terminated?.exitCode, 0);
  assert.ok(!phases.includes('Succeeded running'));
  assert.equal(logsOf(world, 'job', 'main'), 'work\n');
  assert.match(logsOf(world, 'job', 'proxy') ?? '', /asked to stop/);
});

test('of a pod that is deleted all hooks begin at once, and sidecars are asked to stop when the app has ended', async (t) => {
  const world = nodeWorld(t);
  const program = `
import { existsSync, writeFileSync } from 'node:fs';
const [, , who] = process.argv;
process.on('SIGTERM', () => {
  console.log(who, 'asked to stop');
  setTimeout(() => { console.log(who, 'ends, hook ran:', existsSync('hook-ran')); process.exit(0); }, 800);
});
setInterval(() => {}, 1000);
writeFileSync(who + '-up', '');
`;
  const image = world.app('pair', program, DOCKERFILE);
  const up = (who: string) => ({ exec: { command: ['test', '-f', `${who}-up`] }, periodSeconds: 1 });
  const hook = { exec: { command: ['node', '-e', "require('fs').writeFileSync('hook-ran', '')"] } };
  const sidecar = { name: 'proxy', image, args: ['proxy'], restartPolicy: 'Always', startupProbe: up('proxy') };
  world.pod('pair', {
    terminationGracePeriodSeconds: 20,
    initContainers: [{ ...sidecar, lifecycle: { preStop: hook } }],
    containers: [{ name: 'app', image, args: ['app'], readinessProbe: up('app') }],
  });
  await world.until('pair', ready);
  const lines: string[] = [];
  for (const container of ['app', 'proxy'])
    world.node.podRuntime.follow({ namespace: 'default', pod: 'pair', container }, (line) => lines.push(line));
  world.objects.remove('pods', 'pair', 'default');
  assert.ok(await waitUntil(() => world.find('pair') === undefined, 15_000));
  assert.deepEqual(lines, [
    'app asked to stop',
    'app ends, hook ran: true',
    'proxy asked to stop',
    'proxy ends, hook ran: true',
  ]);
});

test('a container that ends by itself while its hook runs is not started again', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('brief', `console.log('up'); setTimeout(() => process.exit(1), 1500);`);
  const hook = { exec: { command: ['node', '-e', 'setTimeout(() => {}, 3000)'] } };
  world.pod('brief', { containers: [{ name: 'app', image, lifecycle: { preStop: hook } }] });
  await world.until('brief', ready);
  const lines: string[] = [];
  world.node.podRuntime.follow({ namespace: 'default', pod: 'brief' }, (line) => lines.push(line));
  assert.ok(await waitUntil(() => lines.includes('up') || logsOf(world, 'brief') === 'up\n', 5_000));
  lines.length = 0;
  world.objects.remove('pods', 'brief', 'default');
  assert.ok(await waitUntil(() => world.find('brief') === undefined, 15_000));
  assert.deepEqual(lines, []);
});

test('a pod whose init container fails has failed, with its sidecars ended and its work not begun', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('work', WORKER, DOCKERFILE);
  world.pod('job', {
    restartPolicy: 'Never',
    initContainers: [
      { name: 'proxy', image, args: ['stay'], restartPolicy: 'Always' },
      { name: 'check', image, args: ['fail'] },
    ],
    containers: [{ name: 'main', image }],
  });
  const pod = await world.until('job', phaseIs('Failed'));
  const [proxy, check] = pod.status?.initContainerStatuses ?? [];
  assert.ok(proxy?.state.terminated);
  assert.equal(check?.state.terminated?.exitCode, 3);
  assert.equal(pod.status?.containerStatuses?.[0]?.state.waiting?.reason, 'PodInitializing');
});

test('what has ended stays ended when the node starts again, and can still be read', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('work', WORKER, DOCKERFILE);
  world.pod('done', { restartPolicy: 'Never', containers: [{ name: 'main', image, args: ['work'] }] });
  const before = await world.until('done', phaseIs('Succeeded'));
  await world.node.stop(1);
  const node = world.again();
  assert.equal(node.podRuntime.logs({ namespace: 'default', pod: 'done' }), 'work\n');
  assert.deepEqual(world.find('done')?.status, before.status);
  world.objects.remove('pods', 'done', 'default');
  assert.ok(await waitUntil(() => world.find('done') === undefined, 5000));
  assert.equal(node.podRuntime.logs({ namespace: 'default', pod: 'done' }), undefined);
});

test('what ran when the node was stopped has failed if it may not run twice', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('work', WORKER, DOCKERFILE);
  const run = { name: 'main', image, args: ['stay'] };
  world.pod('once', { restartPolicy: 'Never', containers: [run] });
  const two = [{ name: 'short', image, args: ['work'] }, run];
  world.pod('again', { restartPolicy: 'OnFailure', containers: two });
  await world.until('once', (pod) => pod.status?.containerStatuses?.[0]?.state.running !== undefined);
  await world.until('again', (pod) => pod.status?.containerStatuses?.[0]?.state.terminated !== undefined);
  await world.until('again', (pod) => pod.status?.containerStatuses?.[1]?.state.running !== undefined);
  await world.node.stop(2);
  assert.equal(world.find('once')?.status?.phase, 'Running');
  world.again();
  const once = await world.until('once', phaseIs('Failed'));
  assert.equal(once.status?.containerStatuses?.[0]?.state.terminated?.reason, 'Unknown');
  const again = await world.until('again', (pod) => pod.status?.containerStatuses?.[1]?.restartCount === 1);
  assert.equal(again.status?.containerStatuses?.[0]?.restartCount, 0);
  assert.equal(again.status?.containerStatuses?.[0]?.state.terminated?.exitCode, 0);
});
