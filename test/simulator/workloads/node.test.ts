import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOf, waitUntil } from '../../../compiler/simulator/processes.ts';
import { nodeWorld, ready, SERVER, waitsFor } from './node-world.ts';

/** Elsewhere the system tells nothing of what a process group uses without being asked by a program. */
const noMeter = process.platform === 'linux' ? false : 'memory is measured on Linux alone';

const web = (image: string) => ({
  name: 'app',
  image,
  ports: [{ name: 'http', containerPort: 8080 }],
  env: [{ name: 'PORT', value: '8080' }],
  readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1 },
});

async function ask(
  port: number | undefined,
  path = '/',
): Promise<{ host: string; pid: number; env: Record<string, string> }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
  return (await response.json()) as { host: string; pid: number; env: Record<string, string> };
}

test('two pods of one port run side by side, each as a real process with the environment of its spec', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('web', SERVER);
  for (const name of ['web-1', 'web-2']) {
    const env = [
      { name: 'PORT', value: '8080' },
      { name: 'ME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'URL', value: 'http://localhost:8080/$(ME)' },
    ];
    world.pod(name, { containers: [{ ...web(image), env }] });
  }
  await world.until('web-1', ready);
  await world.until('web-2', ready);
  const [one, two] = world.node.pods();
  const answer = await ask(one?.ports['8080']);
  assert.equal(answer.env['ME'], 'web-1');
  assert.equal(answer.env['URL'], `http://localhost:${one?.ports['8080']}/web-1`);
  assert.equal(answer.env['HOME'], undefined);
  assert.notEqual((await ask(two?.ports['8080'])).pid, answer.pid);
  assert.match(world.node.podRuntime.logs({ namespace: 'default', pod: 'web-1' }) ?? '', /listening/);
});

test('a deleted pod is asked to stop, then its object goes and nothing of it runs', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('web', SERVER);
  world.pod('web', {
    terminationGracePeriodSeconds: 20,
    containers: [{ ...web(image), lifecycle: { preStop: { sleep: { seconds: 5 } } } }],
  });
  await world.until('web', ready);
  const { pid } = await ask(world.node.pods()[0]?.ports['8080']);
  const lines: string[] = [];
  let ended = false;
  world.node.podRuntime.follow(
    { namespace: 'default', pod: 'web' },
    (line) => lines.push(line),
    () => (ended = true),
  );
  world.objects.remove('pods', 'web', 'default');
  assert.ok(await waitUntil(() => world.find('web') === undefined, 10_000));
  assert.equal(startOf(pid), undefined);
  assert.deepEqual(lines, ['asked to stop']);
  assert.ok(ended);
});

test('a program that ignores SIGTERM is killed when its grace is over', async (t) => {
  const world = nodeWorld(t);
  const image = world.app(
    'deaf',
    `process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1000); console.log('up', process.pid);`,
  );
  world.pod('deaf', { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image }] });
  await world.until('deaf', ready);
  assert.ok(
    await waitUntil(() => /up \d+/.test(world.node.podRuntime.logs({ namespace: 'default', pod: 'deaf' }) ?? ''), 5000),
  );
  const pid = Number(/up (\d+)/.exec(world.node.podRuntime.logs({ namespace: 'default', pod: 'deaf' }) ?? '')?.[1]);
  world.objects.remove('pods', 'deaf', 'default');
  assert.ok(await waitUntil(() => world.find('deaf') === undefined, 10_000));
  assert.equal(startOf(pid), undefined);
});

test('a crashing container is restarted with back-off, and its last words can be read', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('crash', `console.log('run'); console.error('no database'); process.exit(7);`);
  world.pod('crash', { containers: [{ name: 'app', image }] });
  const pod = await world.until('crash', (each) => waitsFor(each) === 'CrashLoopBackOff');
  const status = pod.status?.containerStatuses?.[0];
  assert.equal(status?.lastState.terminated?.exitCode, 7);
  assert.equal(status?.restartCount, 1);
  assert.equal(pod.status?.phase, 'Running');
  assert.ok(!ready(pod));
  assert.match(world.node.podRuntime.logs({ namespace: 'default', pod: 'crash', previous: true }) ?? '', /no database/);
  assert.equal(world.node.podRuntime.logs({ namespace: 'default', pod: 'crash', tailLines: 1 }), 'no database\n');
  assert.ok(world.objects.events.some((event) => event.startsWith('Warning BackOff')));
});

test('a pod whose image is unknown says what to do, and runs as soon as the image is there', async (t) => {
  const world = nodeWorld(t);
  world.pod('web', { containers: [web('example.com/late:1')] });
  const pod = await world.until(
    'web',
    (each) => waitsFor(each) === 'ErrImagePull' || waitsFor(each) === 'ImagePullBackOff',
  );
  assert.match(pod.status?.containerStatuses?.[0]?.state.waiting?.message ?? '', /Dockerfile/);
  await world.until('web', (each) => waitsFor(each) === 'ImagePullBackOff');
  world.app('late', SERVER);
  await world.until('web', ready);
});

test('a name that no image can have is told as that, and not asked for', async (t) => {
  const world = nodeWorld(t);
  world.pod('web', { containers: [web('Example.com/Web:1 2')] });
  const pod = await world.until('web', (each) => waitsFor(each) === 'InvalidImageName');
  assert.match(pod.status?.containerStatuses?.[0]?.state.waiting?.message ?? '', /couldn't parse image name/);
  assert.ok(world.objects.events.includes('Warning Failed Error: InvalidImageName'));
  assert.ok(!world.objects.events.some((event) => event.includes('Pulling')));
});

test(
  'a container that uses more memory than its limit is killed for it, and started again',
  { skip: noMeter },
  async (t) => {
    const world = nodeWorld(t);
    const image = world.app(
      'hungry',
      `const all = []; setInterval(() => all.push(Buffer.alloc(20 * 2 ** 20, 1)), 50);`,
    );
    world.pod('hungry', { containers: [{ name: 'app', image, resources: { limits: { memory: '200Mi' } } }] });
    const pod = await world.until(
      'hungry',
      (each) => each.status?.containerStatuses?.[0]?.lastState.terminated !== undefined,
      20_000,
    );
    const { terminated } = pod.status?.containerStatuses?.[0]?.lastState ?? {};
    assert.deepEqual([terminated?.reason, terminated?.exitCode], ['OOMKilled', 137]);
  },
);

test('a container whose memory has room goes on', { skip: noMeter }, async (t) => {
  const world = nodeWorld(t);
  const image = world.app('modest', `console.log('up'); setInterval(() => {}, 1000);`);
  world.pod('modest', { containers: [{ name: 'app', image, resources: { limits: { memory: '200Mi' } } }] });
  await world.until('modest', ready);
  assert.ok(await waitUntil(() => world.node.podRuntime.usage('default', 'modest')?.[0] !== undefined, 10_000));
  const [usage] = world.node.podRuntime.usage('default', 'modest') ?? [];
  assert.ok((usage?.memoryBytes ?? 0) > 2 ** 20 && (usage?.memoryBytes ?? 0) < 200 * 2 ** 20, JSON.stringify(usage));
  assert.equal(world.find('modest')?.status?.containerStatuses?.[0]?.restartCount, 0);
});

test('a missing Secret holds a container back until it is there', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('web', SERVER);
  const env = [
    { name: 'PORT', value: '8080' },
    { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
  ];
  world.pod('web', { containers: [{ ...web(image), env }] });
  const pod = await world.until('web', (each) => waitsFor(each) === 'CreateContainerConfigError');
  assert.equal(pod.status?.containerStatuses?.[0]?.state.waiting?.message, 'secret "db" not found');
  const data = { password: Buffer.from('open sesame').toString('base64') };
  world.objects.create(
    'secrets',
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'default' }, data },
    'test',
  );
  await world.until('web', ready);
  assert.equal((await ask(world.node.pods()[0]?.ports['8080'])).env['PASSWORD'], 'open sesame');
});

test('a pod that fails its readiness probe stays up but is not ready', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('web', SERVER);
  world.pod('web', {
    containers: [
      {
        ...web(image),
        readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1, failureThreshold: 1 },
      },
    ],
  });
  await world.until('web', ready);
  await ask(world.node.pods()[0]?.ports['8080'], '/ready?off');
  const pod = await world.until('web', (each) => !ready(each));
  assert.equal(pod.status?.containerStatuses?.[0]?.restartCount, 0);
  assert.ok(
    world.objects.events.includes('Warning Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 503'),
  );
});

test('a container that fails its liveness probe is started again', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('web', SERVER);
  const livenessProbe = { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1, failureThreshold: 2 };
  world.pod('web', { containers: [{ ...web(image), readinessProbe: livenessProbe, livenessProbe }] });
  await world.until('web', ready);
  await ask(world.node.pods()[0]?.ports['8080'], '/ready?off');
  await world.until('web', (each) => each.status?.containerStatuses?.[0]?.restartCount === 1 && ready(each));
});

test('a process that is killed is started again', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('web', SERVER);
  world.pod('web', { containers: [web(image)] });
  await world.until('web', ready);
  const { pid } = await ask(world.node.pods()[0]?.ports['8080']);
  process.kill(pid, 'SIGKILL');
  const pod = await world.until(
    'web',
    (each) => each.status?.containerStatuses?.[0]?.restartCount === 1 && ready(each),
  );
  assert.equal(pod.status?.containerStatuses?.[0]?.lastState.terminated?.exitCode, 137);
  assert.notEqual((await ask(world.node.pods()[0]?.ports['8080'])).pid, pid);
});

test('init containers run in order before the app, and a job that ends well has succeeded', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('step', `console.log(process.argv[2]);`);
  const step = (name: string) => ({ name, image, command: ['node', 'main.mjs', name] });
  world.pod('job', {
    restartPolicy: 'Never',
    initContainers: [step('first'), step('second')],
    containers: [step('main')],
  });
  const pod = await world.until('job', (each) => each.status?.phase === 'Succeeded');
  const ends = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].map(
    (each) => each.state.terminated,
  );
  assert.deepEqual(
    ends.map((each) => each?.exitCode),
    [0, 0, 0],
  );
  assert.equal(world.node.podRuntime.logs({ namespace: 'default', pod: 'job' }), 'main\n');
});

test('pods run again, and count as restarted, after the node was stopped and started', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('web', SERVER);
  world.pod('web', { containers: [web(image)] });
  await world.until('web', ready);
  const { pid } = await ask(world.node.pods()[0]?.ports['8080']);
  await world.node.stop(2);
  assert.equal(startOf(pid), undefined);
  const node = world.again();
  await world.until('web', (each) => each.status?.containerStatuses?.[0]?.restartCount === 1 && ready(each));
  assert.notEqual((await ask(node.pods()[0]?.ports['8080'])).pid, pid);
});
