import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster, until, type Json, type TestCluster } from './cluster.ts';
import { condition, job, jobs, startWorker } from './job-objects.ts';

const podsOf = (cluster: TestCluster): Json[] => cluster.objects.list('pods', 'default') as Json[];
const get = (cluster: TestCluster, name: string): Json => cluster.objects.get('jobs', name, 'default');
const reasons = (cluster: TestCluster): string[] =>
  cluster.objects.list('events', 'default').map((event) => String(event['reason']));
const over = (cluster: TestCluster, name: string, type: string): Promise<Json> =>
  until(`${name} is ${type}`, () => condition(get(cluster, name), type) && get(cluster, name));

test('a Job runs one pod, and is complete when it has succeeded', async (t) => {
  const cluster = await startCluster(t);
  startWorker(t, cluster.objects, () => 'Succeeded');
  await cluster.apply(`${jobs}/migrate`, job('migrate'));
  const { status, spec, metadata } = await over(cluster, 'migrate', 'Complete');
  assert.equal(condition({ status }, 'SuccessCriteriaMet').reason, 'CompletionsReached');
  assert.deepEqual(
    { ...status, startTime: 'then', completionTime: 'now', conditions: [] },
    {
      conditions: [],
      startTime: 'then',
      completionTime: 'now',
      ready: 0,
      succeeded: 1,
      terminating: 0,
      uncountedTerminatedPods: {},
    },
  );
  const [pod, ...others] = podsOf(cluster);
  assert.deepEqual(others, []);
  assert.equal(pod.metadata.finalizers, undefined);
  assert.equal(pod.metadata.ownerReferences[0].uid, metadata.uid);
  assert.match(pod.metadata.name, /^migrate-[a-z0-9]{5}$/);
  assert.equal(pod.metadata.labels['batch.kubernetes.io/job-name'], 'migrate');
  assert.equal(pod.metadata.labels['job-name'], 'migrate');
  assert.deepEqual(spec.selector.matchLabels, { 'batch.kubernetes.io/controller-uid': metadata.uid });
  const said = reasons(cluster);
  assert.ok(said.includes('SuccessfulCreate') && said.includes('Completed'));
});

test('a running Job counts its active and ready pods, and no more than its parallelism', async (t) => {
  const cluster = await startCluster(t);
  const done = new Set<string>();
  startWorker(t, cluster.objects, (pod) => (done.has(pod.metadata.name) ? 'Succeeded' : 'Running'));
  await cluster.apply(`${jobs}/many`, job('many', { parallelism: 2, completions: 3 }));
  const running = await until('two are ready', () => get(cluster, 'many')?.status.ready === 2 && get(cluster, 'many'));
  assert.equal(running.status.active, 2);
  assert.equal(podsOf(cluster).length, 2);
  assert.deepEqual(podsOf(cluster)[0].metadata.finalizers, ['batch.kubernetes.io/job-tracking']);
  const finish = (pod: Json): void => {
    done.add(pod.metadata.name);
    cluster.objects.patch('pods', pod.metadata.name, 'default', { metadata: { annotations: { go: 'on' } } }, 'test');
  };
  for (const pod of podsOf(cluster)) finish(pod);
  await until('the third runs', () => podsOf(cluster).length === 3 && get(cluster, 'many').status.ready === 1);
  for (const pod of podsOf(cluster)) finish(pod);
  assert.equal((await over(cluster, 'many', 'Complete')).status.succeeded, 3);
});

test('failed pods are tried again until the limit is exceeded, and stay to be looked at', async (t) => {
  const cluster = await startCluster(t);
  startWorker(t, cluster.objects, () => 'Failed');
  await cluster.apply(`${jobs}/broken`, job('broken', { backoffLimit: 1 }));
  const live = await over(cluster, 'broken', 'Failed');
  assert.equal(condition(live, 'Failed').reason, 'BackoffLimitExceeded');
  assert.equal(condition(live, 'FailureTarget').reason, 'BackoffLimitExceeded');
  assert.equal(live.status.failed, 2);
  assert.equal(live.status.completionTime, undefined);
  assert.equal(podsOf(cluster).length, 2);
  assert.ok(reasons(cluster).includes('BackoffLimitExceeded'));
});

test('a Job that takes too long is failed, and its pods are ended', async (t) => {
  const cluster = await startCluster(t);
  startWorker(t, cluster.objects, () => 'Running');
  await cluster.apply(`${jobs}/slow`, job('slow', { activeDeadlineSeconds: 1 }));
  const live = await over(cluster, 'slow', 'Failed');
  assert.equal(condition(live, 'Failed').reason, 'DeadlineExceeded');
  assert.equal(live.status.failed, 1);
  await until('its pod is gone', () => podsOf(cluster).length === 0);
});

test('a suspended Job has no pods until it is resumed', async (t) => {
  const cluster = await startCluster(t);
  startWorker(t, cluster.objects, () => 'Succeeded');
  await cluster.apply(`${jobs}/later`, job('later', { suspend: true }));
  assert.equal((await over(cluster, 'later', 'Suspended')).status.startTime, undefined);
  assert.deepEqual(podsOf(cluster), []);
  await cluster.apply(`${jobs}/later`, job('later', { suspend: false }));
  const live = await over(cluster, 'later', 'Complete');
  assert.equal(live.status.conditions.find((each: Json) => each.type === 'Suspended').reason, 'JobResumed');
});

test('a deleted Job takes its pods with it, the running as well as the ended', async (t) => {
  const cluster = await startCluster(t);
  startWorker(t, cluster.objects, (pod) => (pod.metadata.name.startsWith('short') ? 'Succeeded' : 'Running'));
  await cluster.apply(`${jobs}/short`, job('short'));
  await cluster.apply(`${jobs}/long`, job('long'));
  await over(cluster, 'short', 'Complete');
  await until('the other runs', () => get(cluster, 'long')?.status.ready === 1);
  assert.equal((await cluster.ask('DELETE', `${jobs}/short`)).code, 200);
  assert.equal((await cluster.ask('DELETE', `${jobs}/long?propagationPolicy=Foreground`)).code, 200);
  await until('all is gone', () => podsOf(cluster).length === 0 && !get(cluster, 'long') && !get(cluster, 'short'));
});

test('a pod that is deleted by hand counts as a failure, and another takes its place', async (t) => {
  const cluster = await startCluster(t);
  startWorker(t, cluster.objects, () => 'Running');
  await cluster.apply(`${jobs}/work`, job('work'));
  await until('it runs', () => get(cluster, 'work')?.status.ready === 1);
  const [first] = podsOf(cluster);
  cluster.objects.remove('pods', first.metadata.name, 'default');
  await until('another runs', () => {
    const [pod, ...more] = podsOf(cluster);
    return more.length === 0 && pod && pod.metadata.uid !== first.metadata.uid;
  });
  await until('it was counted', () => get(cluster, 'work').status.failed === 1);
});

test('a Job is removed when its time after the end is over', async (t) => {
  const cluster = await startCluster(t);
  startWorker(t, cluster.objects, () => 'Succeeded');
  await cluster.apply(`${jobs}/brief`, job('brief', { ttlSecondsAfterFinished: 0 }));
  await until('it ran', () => reasons(cluster).includes('Completed'));
  await until('it is gone with its pod', () => !get(cluster, 'brief') && podsOf(cluster).length === 0);
});

test('the template of a Job can not be changed, and its pods may not be restarted always', async (t) => {
  const cluster = await startCluster(t);
  await cluster.apply(`${jobs}/fixed`, job('fixed'));
  const same = await cluster.apply(`${jobs}/fixed`, job('fixed'));
  assert.equal(same.code, 200, same.text);
  const changed = job('fixed');
  changed.spec.template.spec.containers[0] = { ...changed.spec.template.spec.containers[0], image: 'work:2' };
  const refused = await cluster.apply(`${jobs}/fixed`, changed);
  assert.equal(refused.code, 422);
  assert.equal(refused.json.details.causes[0].field, 'spec.template');
  assert.match(refused.json.message, /field is immutable/);
  const always = await cluster.apply(`${jobs}/always`, job('always', {}, { restartPolicy: 'Always' }));
  assert.equal(always.code, 422);
  assert.match(always.json.message, /restartPolicy: Required value: valid values: "OnFailure", "Never"/);
});

test('a Job goes on where it was when the API server was stopped', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hello-jobs-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'journal');
  const first = await startCluster(t, file);
  await first.apply(`${jobs}/again`, job('again', { completions: 2 }));
  await until('its pod is made', () => podsOf(first).length === 1);
  await first.server.stop();
  const second = await startCluster(t, file);
  startWorker(t, second.objects, () => 'Succeeded');
  const live = await over(second, 'again', 'Complete');
  assert.equal(live.status.succeeded, 2);
  assert.equal(podsOf(second).length, 2);
});

test('of a pod that runs, only the image and little else can be changed', async (t) => {
  const cluster = await startCluster(t);
  startWorker(t, cluster.objects, () => 'Running');
  await cluster.apply(`${jobs}/work`, job('work'));
  await until('it runs', () => get(cluster, 'work')?.status.ready === 1);
  const path = `/api/v1/namespaces/default/pods/${podsOf(cluster)[0].metadata.name}`;
  const patch = (container: object): ReturnType<TestCluster['ask']> => {
    const body = { spec: { containers: [{ name: 'main', ...container }] } };
    return cluster.ask('PATCH', path, { body, type: 'application/strategic-merge-patch+json' });
  };
  const refused = await patch({ env: [{ name: 'A', value: 'b' }] });
  assert.equal(refused.code, 422);
  assert.match(refused.json.message, /spec: Forbidden: pod updates may not change fields other than/);
  assert.equal((await patch({ image: 'work:2' })).code, 200);
});
