import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { isCloudError } from '../../../compiler/base/errors.ts';
import { kubernetesApi } from '../../../compiler/cloud/kubernetes/client.ts';
import { connectGke } from '../../../compiler/cloud/kubernetes/connect.ts';
import type { KubeType } from '../../../compiler/model/ports.ts';
import { serve, type Reply, type Seen } from '../../support/http-server.ts';
import { quickHost } from '../../support/quick-host.ts';

const deployments: KubeType = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true };

const at = (resourceVersion: string): object => ({ metadata: { name: 'web', namespace: 'n', resourceVersion } });
const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
const listOf = (resourceVersion: string, ...items: object[]): Reply => ({
  body: { metadata: { resourceVersion }, items },
});

async function open(t: TestContext, answer: (seen: Seen) => Reply) {
  const server = await serve(t, answer);
  const api = kubernetesApi(connectGke({ endpoint: server.url, token: async () => 't' }), quickHost(), {
    survey: false,
  });
  return { api, seen: server.seen };
}

/** The versions that a watch tells, until it has told so many. */
async function versions(api: Awaited<ReturnType<typeof open>>['api'], count: number): Promise<(string | undefined)[]> {
  const told: (string | undefined)[] = [];
  for await (const object of api.watch(deployments, 'web', 'n', AbortSignal.timeout(20_000))) {
    told.push(object.metadata.resourceVersion);
    if (told.length === count) break;
  }
  return told;
}

test('tells the object as it is, then each change, and passes over bookmarks', async (t) => {
  const stream = [event('BOOKMARK', at('6')), event('MODIFIED', at('7')), event('DELETED', at('8'))];
  const { api, seen } = await open(t, ({ query }) => (query.has('watch') ? { stream } : listOf('5', at('5'))));
  assert.deepEqual(await versions(api, 3), ['5', '7', '8']);
  assert.equal(seen[1]?.query.get('resourceVersion'), '5');
  assert.equal(seen[1]?.query.get('fieldSelector'), 'metadata.name=web');
});

test('resumes where a watch ended', async (t) => {
  let watches = 0;
  const { api, seen } = await open(t, ({ query }) => {
    if (!query.has('watch')) return listOf('1');
    watches += 1;
    return watches === 1 ? { body: event('ADDED', at('2')).trimEnd() } : { stream: [event('MODIFIED', at('3'))] };
  });
  assert.deepEqual(await versions(api, 2), ['2', '3']);
  assert.equal(seen.at(-1)?.query.get('resourceVersion'), '2');
});

test('lists again when the server has forgotten the place, and when the connection breaks', async (t) => {
  let watches = 0;
  let lists = 0;
  const gone = { kind: 'Status', code: 410, reason: 'Expired' };
  const { api } = await open(t, ({ query }) => {
    if (!query.has('watch')) return listOf(`${(lists += 1)}0`, at(`${lists}0`));
    watches += 1;
    if (watches === 1) return { stream: [event('ERROR', gone)] };
    return watches === 2 ? { drops: true } : { stream: [event('MODIFIED', at('31'))] };
  });
  assert.deepEqual(await versions(api, 4), ['10', '20', '30', '31']);
});

test('ends without an error when the signal aborts', async (t) => {
  const { api } = await open(t, ({ query }) => (query.has('watch') ? { stream: [] } : listOf('1', at('1'))));
  const stop = new AbortController();
  const told: unknown[] = [];
  for await (const object of api.watch(deployments, 'web', 'n', stop.signal)) {
    told.push(object);
    stop.abort();
  }
  assert.equal(told.length, 1);
});

test('reads the last lines of a log, also of the run before', async (t) => {
  const { api, seen } = await open(t, () => ({ body: 'one\ntwo\n' }));
  assert.equal(await api.logs('n', 'web-1', 'app', { tailLines: 5, previous: true }), 'one\ntwo\n');
  assert.equal(seen[0]?.path, '/api/v1/namespaces/n/pods/web-1/log');
  assert.deepEqual(
    ['container', 'tailLines', 'previous'].map((key) => seen[0]?.query.get(key)),
    ['app', '5', 'true'],
  );
});

test('says that there is no such log', async (t) => {
  const { api } = await open(t, () => ({
    status: 404,
    body: { kind: 'Status', message: 'pods "x" not found', code: 404 },
  }));
  await assert.rejects(api.logs('n', 'x', 'app', { tailLines: 5 }), (error) => isCloudError(error, 'not-found'));
});
