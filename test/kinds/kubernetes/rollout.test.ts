import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { kubernetesApi } from '../../../compiler/cloud/kubernetes/client.ts';
import { connectGke } from '../../../compiler/cloud/kubernetes/connect.ts';
import { explainJob, explainRollout } from '../../../compiler/kinds/kubernetes/rollout.ts';
import type { KubeObject } from '../../../compiler/model/ports.ts';
import { serve } from '../../support/http-server.ts';
import { quickHost } from '../../support/quick-host.ts';

const revision = { 'deployment.kubernetes.io/revision': '2' };
const web: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'n', uid: 'd1', annotations: revision },
  spec: { selector: { matchLabels: { app: 'web' } } },
};
const set = (hash: string, at: string): object => ({
  metadata: {
    name: `web-${hash}`,
    labels: { 'pod-template-hash': hash },
    annotations: { 'deployment.kubernetes.io/revision': at },
    ownerReferences: [{ uid: 'd1', kind: 'Deployment', name: 'web' }],
  },
});
const pod = (status: object): object => ({ metadata: { name: 'web-1', namespace: 'n', uid: 'p1' }, status });
const waits = (reason: string, message: string, more: object = {}): object =>
  pod({
    containerStatuses: [{ name: 'app', image: 'registry/app:1', state: { waiting: { reason, message } }, ...more }],
  });

/** Explains against a server whose newest pods are these. */
async function explain(
  t: TestContext,
  pods: readonly object[],
  more: { events?: readonly object[]; log?: string } = {},
) {
  const { url, seen } = await serve(t, ({ path, query }) => {
    if (path.endsWith('/replicasets')) return { body: { items: [set('old', '1'), set('new', '2')] } };
    if (path.endsWith('/pods'))
      return { body: { items: query.get('labelSelector') === 'pod-template-hash=new' ? pods : [] } };
    if (path.endsWith('/events')) return { body: { items: more.events ?? [] } };
    return path.endsWith('/log') ? { body: more.log ?? '' } : { status: 500, body: 'no' };
  });
  const api = kubernetesApi(connectGke({ endpoint: url, token: async () => 't' }), quickHost(), { survey: false });
  const trouble = await explainRollout(api, web, ['services', 'web']);
  const [look] = trouble?.look ?? [];
  return { why: trouble?.why, state: trouble?.state, look: look?.join('.'), seen };
}

const unhealthy = (message: string, more: object = {}): object => ({
  metadata: { name: message },
  reason: 'Unhealthy',
  message,
  count: 3,
  ...more,
});

test('says that the image cannot be pulled, for how many pods, and where it is named', async (t) => {
  const broken = waits('ImagePullBackOff', 'Back-off pulling image "registry/app:1": not found. More words.');
  const { why, look, state } = await explain(t, [broken, broken]);
  assert.equal(
    why,
    'ImagePullBackOff app (registry/app:1): Back-off pulling image "registry/app:1": not found [2 pods]',
  );
  assert.deepEqual([look, state], ['services.web.image', 'stuck']);
});

test('is not stuck while one pod of several may still come', async (t) => {
  const fine = pod({
    containerStatuses: [{ name: 'app', image: 'i', state: { waiting: { reason: 'ContainerCreating' } } }],
  });
  assert.equal((await explain(t, [waits('ErrImagePull', 'no'), fine])).state, 'trouble');
});

test('gives the exit code and the last lines of an app that crashes', async (t) => {
  const crashed = waits('CrashLoopBackOff', 'back-off 10s', {
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
  });
  const { why, look, state, seen } = await explain(t, [crashed], { log: 'starting\nError: PGHOST is not set\n' });
  assert.equal(why, 'app exited with 3, again and again: starting | Error: PGHOST is not set');
  assert.deepEqual([look, state], ['services.web.image', 'trouble']);
  assert.equal(seen.at(-1)?.query.get('previous'), 'true');
});

test('goes on telling of a crash while the app is started once more, and takes it for one that always will', async (t) => {
  const status = { name: 'app', image: 'i', ready: false, restartCount: 5, state: { running: {} } };
  const lastState = { terminated: { exitCode: 1, reason: 'Error' } };
  const { why, state } = await explain(t, [pod({ containerStatuses: [{ ...status, lastState }] })], { log: 'no\n' });
  assert.deepEqual([why, state], ['app exited with 1, again and again: no', 'stuck']);
});

test('tells of a crash of a program that counts as ready in between, once nothing else is to be told', async (t) => {
  const status = { name: 'app', image: 'i', ready: true, restartCount: 2, state: { running: {} } };
  const lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
  const conditions = [{ type: 'Ready', status: 'True' }];
  const between = pod({ conditions, containerStatuses: [{ ...status, lastState }] });
  const { why, state } = await explain(t, [between]);
  assert.deepEqual([why, state], ['app ran out of memory, again and again', 'trouble']);
  assert.match((await explain(t, [between, waits('ErrImagePull', 'no')])).why ?? '', /^ErrImagePull/);
});

test('tells the message of a structured log, and of many lines those that are errors', async (t) => {
  const crashed = waits('CrashLoopBackOff', '', { lastState: { terminated: { exitCode: 1 } } });
  const log = '{"level":"info","msg":"up"}\n{"level":"error","msg":"no such table"}\n';
  assert.equal((await explain(t, [crashed], { log })).why, 'app exited with 1, again and again: no such table');
});

test('says that an app ran out of memory', async (t) => {
  const { why, look } = await explain(t, [
    waits('CrashLoopBackOff', '', { lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
  ]);
  assert.deepEqual([why, look], ['app ran out of memory, again and again', 'services.web.resources.memory']);
});

test('says that no node has room, and whether one is on its way', async (t) => {
  const message = '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes';
  const pods = [pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] })];
  const about = (reason: string, text: string): object => ({ metadata: { name: reason }, reason, message: text });
  const alone = await explain(t, pods);
  assert.equal(alone.why, 'no node has room for it: 0/1 nodes are available: 1 Insufficient cpu');
  assert.deepEqual([alone.look, alone.state], ['services.web.resources', 'trouble']);
  const growing = await explain(t, pods, { events: [about('TriggeredScaleUp', 'pod triggered scale-up')] });
  assert.equal(growing.state, 'starting');
  const full = await explain(t, pods, { events: [about('FailedScaleUp', 'GCE quota exceeded. Pod is at risk')] });
  assert.match(full.why ?? '', /; no node can be added: GCE quota exceeded$/);
});

const running = pod({
  conditions: [{ type: 'Ready', status: 'False', message: 'containers with unready status: [app]' }],
  containerStatuses: [{ name: 'app', image: 'i', state: { running: {} } }],
});

test('gives the last complaint of a probe, once it is more than a slow start', async (t) => {
  const events = [
    unhealthy('Readiness probe failed: 503', { lastTimestamp: '2026-01-02' }),
    unhealthy('Readiness probe failed: older', { lastTimestamp: '2026-01-01' }),
  ];
  const { why, look, state, seen } = await explain(t, [running], { events });
  assert.deepEqual([why, look, state], ['Readiness probe failed: 503', 'services.web.probes.readiness', 'trouble']);
  assert.equal(seen.at(-1)?.query.get('fieldSelector'), 'involvedObject.uid=p1');
  const once = await explain(t, [running], { events: [unhealthy('Startup probe failed: refused', { count: 1 })] });
  assert.deepEqual([once.state, once.look], ['starting', 'services.web.probes.liveness']);
  const silent = await explain(t, [running]);
  assert.deepEqual([silent.why, silent.state], ['containers with unready status: [app]', 'starting']);
});

test('says that an app is killed for its probe, not only that it was killed', async (t) => {
  const killed = waits('CrashLoopBackOff', '', { lastState: { terminated: { exitCode: 137, reason: 'Error' } } });
  const events = [
    unhealthy('Liveness probe failed: 500'),
    { metadata: { name: 'k' }, reason: 'Killing', message: 'x' },
  ];
  const { why, look } = await explain(t, [killed], { events });
  assert.equal(why, 'app is killed and started again: Liveness probe failed: 500');
  assert.equal(look, 'services.web.probes.liveness');
});

test('takes the word of the proxy for why an app has no database', async (t) => {
  const status = { image: 'i', state: { running: {} }, lastState: {} };
  const beside = pod({
    conditions: [{ type: 'Ready', status: 'False', message: 'containers with unready status: [app]' }],
    initContainerStatuses: [{ ...status, name: 'cloud-sql-proxy', ready: true }],
    containerStatuses: [{ ...status, name: 'app', ready: false }],
  });
  const refused = '{"severity":"ERROR","message":"failed to connect to instance: Error 403"}\n';
  const { why, look } = await explain(t, [beside], { log: refused });
  assert.equal(why, 'the Cloud SQL proxy was refused: failed to connect to instance: Error 403');
  assert.equal(look, 'db.instance');
  const works = '{"severity":"INFO","message":"accepted connection"}\n';
  assert.equal((await explain(t, [beside], { log: works })).why, 'containers with unready status: [app]');
});

test('names the variable whose Secret is not there', async (t) => {
  const message = `couldn't find key TOKEN in Secret n/keys`;
  const waitsForKey = waits('CreateContainerConfigError', message);
  const ref = { name: 'API_KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'TOKEN' } } };
  const { why, look } = await explain(t, [{ ...waitsForKey, spec: { containers: [{ name: 'app', env: [ref] }] } }]);
  assert.equal(why, `CreateContainerConfigError app (registry/app:1): ${message}`);
  assert.equal(look, 'services.web.secrets.API_KEY');
});

const job: KubeObject = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'migrate', namespace: 'n', uid: 'j1' },
};

/** Explains a job whose pods are these. */
async function explainOf(t: TestContext, pods: readonly object[], events: readonly object[] = []) {
  const { url } = await serve(t, ({ path, query }) => {
    if (path.endsWith('/pods'))
      return { body: { items: query.get('labelSelector') === 'job-name=migrate' ? pods : [] } };
    if (path.endsWith('/events')) return { body: { items: events } };
    return { body: 'no such column\n' };
  });
  const api = kubernetesApi(connectGke({ endpoint: url, token: async () => 't' }), quickHost(), { survey: false });
  const trouble = await explainJob(api, job, ['jobs', 'migrate']);
  return [trouble?.why, trouble?.look?.[0]?.join('.')];
}

test('says of a job what its last pod said, why that cannot start, or why there is none', async (t) => {
  const failed = pod({
    phase: 'Failed',
    containerStatuses: [{ name: 'app', image: 'i', state: { terminated: { exitCode: 2 } } }],
  });
  assert.deepEqual(await explainOf(t, [failed]), ['app exited with 2: no such column', 'jobs.migrate.image']);
  assert.deepEqual(await explainOf(t, [waits('ErrImagePull', 'not found')]), [
    'ErrImagePull app (registry/app:1): not found',
    'jobs.migrate.image',
  ]);
  const message = 'Error creating: pods "migrate-" is forbidden: exceeded quota: q';
  const refused = { metadata: { name: 'e' }, reason: 'FailedCreate', message };
  assert.deepEqual(await explainOf(t, [], [refused]), [message, 'jobs.migrate']);
});

test('says at once that no pod may be made', async (t) => {
  const { url } = await serve(t, () => ({ status: 500, body: 'no' }));
  const api = kubernetesApi(connectGke({ endpoint: url, token: async () => 't' }), quickHost(), { survey: false });
  const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: q' }];
  const trouble = await explainRollout(api, { ...web, status: { conditions } }, ['app']);
  assert.deepEqual([trouble?.why, trouble?.look?.[0]], ['exceeded quota: q', ['replicas']]);
});

test('is silent when all is well, or when it may not look', async (t) => {
  assert.equal((await explain(t, [waits('ContainerCreating', '')])).why, undefined);
  const { url } = await serve(t, () => ({ status: 403, body: {} }));
  const api = kubernetesApi(connectGke({ endpoint: url, token: async () => 't' }), quickHost(), { survey: false });
  assert.equal(await explainRollout(api, web, ['app']), undefined);
});
