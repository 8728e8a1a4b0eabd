import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scaledClock } from '../../../compiler/simulator/clock.ts';
import { until, type Json } from './cluster.ts';
import { clusterWithNode, type ClusterWithNode } from './cluster-with-node.ts';
import { condition, cronJob, job } from './job-objects.ts';
import { kubectlFor, kubectls } from './kubectl.ts';

const withArgs = (...args: readonly string[]): object => ({
  containers: [{ ...job('any').spec.template.spec.containers[0], args }],
});

/** A pod with much of what a pod may have. */
const limits = { cpu: '500m', memory: '1Gi', 'ephemeral-storage': '1Gi' };
const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsUser: 1000 };
const probe = { httpGet: { path: '/startup', port: 9801, scheme: 'HTTP' }, periodSeconds: 1, failureThreshold: 60 };
const fullJob = {
  suspend: true,
  backoffLimit: 2,
  template: {
    spec: {
      restartPolicy: 'Never',
      volumes: [
        { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
        { name: 'keys', secret: { secretName: 'keys', items: [{ key: 'a', path: 'b' }] } },
        { name: 'files', configMap: { name: 'files', optional: true } },
      ],
      initContainers: [
        {
          name: 'proxy',
          image: 'work:1',
          restartPolicy: 'Always',
          startupProbe: probe,
          securityContext,
          resources: { requests: limits, limits },
        },
      ],
      containers: [
        {
          name: 'main',
          image: 'work:1',
          command: ['node'],
          args: ['main.mjs', 'work'],
          env: [
            { name: 'A', value: 'b' },
            { name: 'B', valueFrom: { secretKeyRef: { name: 'keys', key: 'a', optional: true } } },
            { name: 'C', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
          ],
          envFrom: [{ prefix: 'X_', configMapRef: { name: 'files', optional: true } }],
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
          securityContext,
          resources: { requests: limits, limits },
        },
      ],
    },
  },
};

const podsOf = (world: ClusterWithNode): Json[] => world.cluster().server.objects.list('pods', 'default') as Json[];
const jobOf = (world: ClusterWithNode, name: string): Json =>
  world.cluster().server.objects.get('jobs', name, 'default');

function make(world: ClusterWithNode, object: Json): void {
  const plural = `${object.kind.toLowerCase()}s`;
  world
    .cluster()
    .server.objects.create(plural, { ...object, metadata: { ...object.metadata, namespace: 'default' } }, 'test');
}

const found = kubectls();
for (const binary of found.length > 0 ? found : ['kubectl']) {
  const name = binary.split('/').at(-1) ?? binary;
  const options = { skip: found.length === 0 ? 'kubectl is not on PATH' : false };

  test(`${name} runs a job, waits for it, reads what it said and deletes it`, options, async (t) => {
    const world = await clusterWithNode(t);
    const { ok, run } = await kubectlFor(t, binary, world.cluster().server);
    await ok('create', 'job', 'greet', '--image=work:1');
    await ok('wait', '--for=condition=complete', 'job/greet', '--timeout=20s');
    assert.equal(await ok('logs', 'job/greet'), 'work in silence\n');
    assert.match(await ok('get', 'job', 'greet'), /greet +Complete +1\/1 /);
    assert.match(await ok('describe', 'job', 'greet'), /Completed +.*Job completed/);
    await ok('delete', 'job', 'greet', '--timeout=20s');
    await until('its pod is gone', () => podsOf(world).length === 0);
    await ok('create', 'job', 'own', '--image=work:1', '--', 'node', '-e', 'console.log(6 * 7)');
    await ok('wait', '--for=condition=complete', 'job/own', '--timeout=20s');
    assert.equal(await ok('logs', 'job/own'), '42\n');
    make(world, job('broken', { backoffLimit: 1 }, withArgs('fail')));
    await ok('wait', '--for=condition=failed', 'job/broken', '--timeout=20s');
    assert.match(await ok('get', 'job', 'broken'), /broken +Failed +0\/1 /);
    assert.match(await ok('get', 'pods', '-l', 'job-name=broken'), /(broken-.* 0\/1 +Error[\s\S]*){2}/);
    assert.equal((await run('wait', '--for=condition=complete', 'job/broken', '--timeout=0s')).code, 1);
  });

  test(`${name} makes a cron job, and a job from it at any time`, options, async (t) => {
    const world = await clusterWithNode(t);
    const { ok, run } = await kubectlFor(t, binary, world.cluster().server);
    await ok('create', 'cronjob', 'nightly', '--image=work:1', '--schedule=0 3 * * *');
    assert.match(await ok('get', 'cronjob'), /nightly +0 3 \* \* \* +\S+ +False +0 +<none>/);
    await ok('create', 'job', 'now', '--from=cronjob/nightly');
    await ok('wait', '--for=condition=complete', 'job/now', '--timeout=20s');
    assert.equal(await ok('logs', 'job/now'), 'work in silence\n');
    const odd = await run('create', 'cronjob', 'odd', '--image=work:1', '--schedule=every day');
    assert.match(odd.err, /spec\.schedule: Invalid value: "every day": expected exactly 5 fields, found 2/);
    await ok('delete', 'cronjob', 'nightly', '--timeout=20s');
    await until('its job is gone with it', () => jobOf(world, 'now') === undefined && podsOf(world).length === 0);
  });
}

test('a job from a cron job has all of its pod, whatever kubectl sends it in', async (t) => {
  const binary = found.at(-1);
  if (binary === undefined) return t.skip('kubectl is not on PATH');
  const world = await clusterWithNode(t);
  const { ok } = await kubectlFor(t, binary, world.cluster().server);
  make(world, cronJob('full', { schedule: '@daily', timeZone: 'Europe/Berlin' }, fullJob));
  await ok('create', 'job', 'copy', '--from=cronjob/full', '--dry-run=server');
  await ok('create', 'job', 'copy', '--from=cronjob/full');
  const full = world.cluster().server.objects.get('cronjobs', 'full', 'default') as Json;
  const wanted = full.spec.jobTemplate.spec.template.spec;
  const { initContainers, containers, volumes } = jobOf(world, 'copy').spec.template.spec;
  assert.deepEqual(
    { initContainers, containers, volumes },
    {
      initContainers: wanted.initContainers,
      containers: wanted.containers,
      volumes: wanted.volumes,
    },
  );
});

test('a job that ran when the local cloud was stopped runs in a new pod after it is started', async (t) => {
  const world = await clusterWithNode(t);
  make(world, job('long', {}, withArgs('stay-once')));
  await until('it runs', () => jobOf(world, 'long').status.ready === 1);
  await until('it is at work', () => {
    const [pod] = podsOf(world);
    const { server, node } = world.cluster();
    // Nothing at all until the container has run, and a text that is empty until it has said something.
    return server && Boolean(node.podRuntime.logs({ namespace: 'default', pod: pod.metadata.name }));
  });
  await world.restart();
  const live = await until('it is complete', () => condition(jobOf(world, 'long'), 'Complete') && jobOf(world, 'long'));
  assert.equal(live.status.failed, 1);
  assert.equal(live.status.succeeded, 1);
  assert.deepEqual(new Set(podsOf(world).map((pod) => pod.status.phase)), new Set(['Failed', 'Succeeded']));
  await world.restart();
  const ended = podsOf(world).find((pod) => pod.status.phase === 'Succeeded');
  const logs = world.cluster().node.podRuntime.logs({ namespace: 'default', pod: ended.metadata.name });
  assert.equal(logs, 'stay-once in silence\n');
});

test('a cron job starts a job when its minute comes', async (t) => {
  // The next minute is two seconds away.
  const ahead = 60_000 - (Date.now() % 60_000) - 2_000;
  const world = await clusterWithNode(t, { ...scaledClock(1000), now: () => Date.now() + ahead });
  make(world, cronJob('minutely', { schedule: '* * * * *' }));
  const made = await until('a job is complete', () => {
    const all = world.cluster().server.objects.list('jobs', 'default') as Json[];
    return all.find((each) => condition(each, 'Complete'));
  });
  assert.match(made.metadata.name, /^minutely-\d+$/);
  assert.equal(made.metadata.labels.made, 'by-time');
  const live = await until('it is noted', () => {
    const cron = world.cluster().server.objects.get('cronjobs', 'minutely', 'default') as Json;
    return cron.status.lastSuccessfulTime !== undefined && cron;
  });
  assert.equal(live.status.active, undefined);
  assert.equal(Date.parse(live.status.lastScheduleTime) % 60_000, 0);
  assert.equal(Number(made.metadata.name.split('-')[1]) * 60_000, Date.parse(live.status.lastScheduleTime));
});
