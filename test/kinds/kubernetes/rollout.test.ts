import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { kubernetesApi } from '../../../compiler/cloud/kubernetes/client.ts';
import { connectGke } from '../../../compiler/cloud/kubernetes/connect.ts';
import { explainRollout } from '../../../compiler/kinds/kubernetes/rollout.ts';
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
  return { why: await explainRollout(api, web), seen };
}

test('says that the image cannot be pulled, and for how many pods', async (t) => {
  const broken = waits('ImagePullBackOff', 'Back-off pulling image "registry/app:1": not found. More words.');
  const { why } = await explain(t, [broken, broken]);
  assert.equal(
    why,
    'ImagePullBackOff app (registry/app:1): Back-off pulling image "registry/app:1": not found [2 pods]',
  );
});

test('gives the exit code and the last lines of an app that crashes', async (t) => {
  const crashed = waits('CrashLoopBackOff', 'back-off 10s', {
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
  });
  const { why, seen } = await explain(t, [crashed], { log: 'starting\nError: PGHOST is not set\n' });
  assert.equal(why, 'app exited with 3, again and again: starting | Error: PGHOST is not set');
  assert.equal(seen.at(-1)?.query.get('previous'), 'true');
});

test('says that an app ran out of memory', async (t) => {
  const { why } = await explain(t, [
    waits('CrashLoopBackOff', '', { lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
  ]);
  assert.equal(why, 'app ran out of memory, again and again');
});

test('says that no node has room', async (t) => {
  const message = '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes';
  const { why } = await explain(t, [
    pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] }),
  ]);
  assert.equal(why, 'no node has room for it: 0/1 nodes are available: 1 Insufficient cpu');
});

test('gives the last complaint of a probe', async (t) => {
  const running = pod({
    conditions: [{ type: 'Ready', status: 'False', message: 'containers with unready status: [app]' }],
    containerStatuses: [{ name: 'app', image: 'i', state: { running: {} } }],
  });
  const unhealthy = (message: string, lastTimestamp: string, uid = 'p1'): object => ({
    metadata: { name: message },
    reason: 'Unhealthy',
    message,
    lastTimestamp,
    involvedObject: { uid },
  });
  const events = [
    unhealthy('Readiness probe failed: 503', '2026-01-02'),
    unhealthy('older', '2026-01-01'),
    unhealthy('of another pod', '2026-01-03', 'p2'),
  ];
  assert.equal((await explain(t, [running], { events })).why, 'Readiness probe failed: 503');
  assert.equal((await explain(t, [running])).why, 'containers with unready status: [app]');
});

test('says at once that no pod may be made', async (t) => {
  const { url } = await serve(t, () => ({ status: 500, body: 'no' }));
  const api = kubernetesApi(connectGke({ endpoint: url, token: async () => 't' }), quickHost(), { survey: false });
  const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: q' }];
  assert.equal(await explainRollout(api, { ...web, status: { conditions } }), 'exceeded quota: q');
});

test('is silent when all is well, or when it may not look', async (t) => {
  assert.equal((await explain(t, [waits('ContainerCreating', '')])).why, undefined);
  const { url } = await serve(t, () => ({ status: 403, body: {} }));
  const api = kubernetesApi(connectGke({ endpoint: url, token: async () => 't' }), quickHost(), { survey: false });
  assert.equal(await explainRollout(api, web), undefined);
});
