import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Refusal, isCloudError } from '../../../compiler/base/errors.ts';
import { googleApi } from '../../../compiler/cloud/google/client.ts';
import {
  cluster,
  failure,
  failureOf,
  getAccount,
  getCluster,
  insertInstance,
  older,
  openGoogle,
  overrides,
  setPolicy,
  updateCluster,
} from '../../support/google.ts';
import { serve } from '../../support/http-server.ts';
import { quickHost } from '../../support/quick-host.ts';

test('points every API where gcloud would, with the token in the environment', async (t) => {
  const { api, seen } = await openGoogle(t, () => ({ body: {} }));
  await (await api.container()).getCluster(cluster);
  await (await api.sql()).getInstance('p', 'db');
  await api.rest({ service: 'iam', method: 'GET', path: '/v1/projects/p/serviceAccounts/a%40b' });
  await api.rest({ service: 'compute', method: 'GET', path: '/compute/v1/projects/p/global/addresses/x' });
  await api.rest({
    service: 'serviceusage',
    method: 'GET',
    path: '/v1/projects/p/services:batchGet',
    query: { names: ['a', 'b'] },
  });
  assert.deepEqual(
    seen.map((each) => each.path),
    [
      `/v1/${cluster}`,
      '/v1/projects/p/instances/db',
      '/v1/projects/p/serviceAccounts/a%40b',
      '/compute/v1/projects/p/global/addresses/x',
      '/v1/projects/p/services:batchGet',
    ],
  );
  assert.deepEqual(seen[4]?.query.getAll('names'), ['a', 'b']);
  assert.ok(seen.every((each) => each.headers.authorization === 'Bearer token'));
});

test('goes through a path that stands before the API, as of a proxy', async (t) => {
  const { url, seen } = await serve(t, () => ({ body: {} }));
  const env = Object.fromEntries(
    ['CONTAINER', 'IAM'].map((api) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, `${url}/via/${api}/`]),
  );
  const api = googleApi(quickHost({ ...env, CLOUDSDK_AUTH_ACCESS_TOKEN: 'token' }), { project: 'p' });
  await getCluster(api);
  await getAccount(api);
  assert.deepEqual(
    seen.map((each) => each.path),
    [`/via/CONTAINER/v1/${cluster}`, '/via/IAM/v1/projects/p/serviceAccounts/a'],
  );
  assert.equal(seen[0]?.headers.authorization, 'Bearer token');
});

test('reads a token file again for each request', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hello-token-'));
  t.after(async () => rm(folder, { recursive: true }));
  const file = join(folder, 'token');
  const { api, seen } = await openGoogle(t, () => ({ body: {} }), {
    CLOUDSDK_AUTH_ACCESS_TOKEN: '',
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: file,
  });
  for (const token of ['one', 'two']) {
    await writeFile(file, `${token}\n`);
    await api.rest({ service: 'iam', method: 'GET', path: '/x' });
  }
  await writeFile(file, 'three');
  await (await api.container()).getCluster(cluster);
  assert.deepEqual(
    seen.map((each) => each.headers.authorization),
    ['Bearer one', 'Bearer two', 'Bearer three'],
  );
});

const isRefusal = (code: string) => (error: unknown) => error instanceof Refusal && error.problems[0]?.code === code;

test('refuses a token file that is not there, and an endpoint that is none, in words', async (t) => {
  const { api } = await openGoogle(t, () => ({}), {
    CLOUDSDK_AUTH_ACCESS_TOKEN: '',
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: '/not/there',
  });
  await assert.rejects(api.rest({ service: 'iam', method: 'GET', path: '/x' }), isRefusal('HELLO2001'));
  await assert.rejects(async () => (await api.container()).getCluster(cluster), isRefusal('HELLO2001'));
  const bad = await openGoogle(t, () => ({}), { CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: 'localhost:1' });
  await assert.rejects(bad.api.rest({ service: 'iam', method: 'GET', path: '/x' }), isRefusal('HELLO1010'));
});

test('tries a read again after a bad moment, and a write only when it was not looked at', async (t) => {
  const { api, seen } = await openGoogle(t, (_seen, count) =>
    count <= 2 ? failure(503, 'UNAVAILABLE', 'later') : { body: { name: 'c1' } },
  );
  await getCluster(api);
  assert.equal(seen.length, 3);
  const down = await openGoogle(t, () => failure(503, 'UNAVAILABLE', 'later'));
  assert.equal((await failureOf(updateCluster(down.api))).reason, 'unavailable');
  assert.equal((await failureOf(setPolicy(down.api))).reason, 'unavailable');
  assert.equal(down.seen.length, 2);
  // Whoever waits for a busy service has to see what it is busy with: that is the engine's to do.
  const busy = await openGoogle(t, () => older(409, 'operationInProgress', 'x'));
  assert.equal((await failureOf(insertInstance(busy.api))).reason, 'busy');
  assert.equal(busy.seen.length, 1);
});

test('waits as long as the service asks, by header or by RetryInfo', async (t) => {
  const retryInfo = { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '9s' }] };
  const slow = [
    { ...failure(429, 'RESOURCE_EXHAUSTED', 'slow'), headers: { 'retry-after': '7' } },
    failure(429, 'RESOURCE_EXHAUSTED', 'slow', retryInfo),
  ];
  const { api, host } = await openGoogle(t, (_seen, count) => slow[count - 1] ?? { body: {} });
  await getAccount(api);
  assert.deepEqual(host.slept, [7000, 9000]);
  const gke = await openGoogle(t, (_seen, count) =>
    count === 1 ? failure(429, 'RESOURCE_EXHAUSTED', 'slow', retryInfo) : { body: {} },
  );
  await getCluster(gke.api);
  assert.deepEqual(gke.host.slept, [9000]);
});

test('names a service that does not answer', async (t) => {
  const { api } = await openGoogle(t, () => ({ drops: true }));
  assert.equal((await failureOf(setPolicy(api))).reason, 'unavailable');
  assert.equal((await failureOf(updateCluster(api))).reason, 'unavailable');
});

test('does not take the page of a proxy for an answer', async (t) => {
  const page = '<!DOCTYPE html><html>sign in</html>';
  const fine = await openGoogle(t, () => ({ body: page }));
  assert.match((await failureOf(getAccount(fine.api))).message, /proxy/);
  const bad = await openGoogle(t, () => ({ status: 403, body: page }));
  assert.ok(!(await failureOf(getAccount(bad.api))).message.includes('<'));
});

test('follows operations of GKE, Cloud SQL, long-running ones and those of compute', async (t) => {
  const replies = new Map<string, object[]>([
    [
      '/v1/projects/p/locations/r/operations/op',
      [
        { name: 'op', status: 'RUNNING', detail: 'making nodes' },
        { name: 'op', status: 'DONE', error: { code: 8, message: 'no room' } },
      ],
    ],
    [
      '/v1/projects/p/operations/op',
      [
        { name: 'op', status: 'PENDING' },
        { name: 'op', status: 'DONE', error: { errors: [{ code: 'INTERNAL_ERROR', message: 'broke' }] } },
      ],
    ],
    ['/v1/operations/lro', [{ name: 'operations/lro' }, { done: true, error: { code: 9, message: 'still used' } }]],
    ['/compute/v1/op', [{ status: 'RUNNING' }, { status: 'DONE' }]],
  ]);
  const { api } = await openGoogle(t, ({ path, method }) => ({
    body: method === 'GET' ? replies.get(path)?.shift() : { name: 'op' },
  }));
  const gke = await (await api.container()).deleteCluster(cluster);
  assert.deepEqual(await gke.poll(), { done: false, progress: 'making nodes' });
  const failed = await gke.poll();
  assert.ok(failed.done && isCloudError(failed.error, 'quota') && failed.error.message === 'no room');
  const sql = await (await api.sql()).deleteInstance('p', 'db');
  assert.deepEqual(await sql.poll(), { done: false, progress: 'waiting to start' });
  const broken = await sql.poll();
  assert.ok(broken.done && isCloudError(broken.error, 'failed'));
  const long = api.operation('servicenetworking', { name: 'operations/lro' }, '/v1/operations/lro');
  assert.deepEqual(await long.poll(), { done: false });
  const used = await long.poll();
  assert.ok(used.done && used.error?.message === 'still used');
  const compute = api.operation('compute', { name: 'op', status: 'RUNNING' }, '/compute/v1/op');
  assert.deepEqual([await compute.poll(), await compute.poll()], [{ done: false }, { done: true }]);
});

test('an operation that was done in its first answer is not asked for again', async (t) => {
  const { api, seen } = await openGoogle(t, () => ({ body: {} }));
  assert.deepEqual(
    await api.operation('serviceusage', { name: 'operations/noop.DONE_OPERATION', done: true }, '/v1/x').poll(),
    { done: true },
  );
  assert.equal(seen.length, 0);
});

const link = (name: string): string =>
  `https://container.googleapis.com/v1/projects/12345/locations/r/clusters/${name}`;

test('finds the operation that runs on a cluster or an instance, whoever started it', async (t) => {
  const gke = [
    { name: 'old', status: 'DONE', targetLink: link('c1') },
    { name: 'other', status: 'RUNNING', targetLink: link('c11') },
    { name: 'pool', status: 'RUNNING', targetLink: `${link('c1')}/nodePools/x` },
  ];
  const { api } = await openGoogle(t, ({ path }) =>
    path.includes('/locations/')
      ? { body: { operations: gke } }
      : { body: { items: [{ name: 's', status: 'RUNNING' }] } },
  );
  assert.equal((await (await api.container()).runningOperation(cluster))?.name, 'pool');
  assert.equal((await (await api.sql()).runningOperation('p', 'db'))?.name, 's');
});

test('keeps passwords and tokens out of its errors, however they are printed', async (t) => {
  const { api } = await openGoogle(t, () => failure(400, 'INVALID_ARGUMENT', 'no'), {
    CLOUDSDK_AUTH_ACCESS_TOKEN: 'canary-token',
  });
  const sql = await api.sql();
  const errors = [
    await failureOf(sql.insertUser('p', 'db', { name: 'u', password: 'canary-password' })),
    await failureOf(api.rest({ service: 'iam', method: 'POST', path: '/x', body: { password: 'canary-password' } })),
  ];
  assert.ok(!inspect(errors, { depth: 10, showHidden: true }).includes('canary'));
});

test('what only reads ends at once when aborted', async (t) => {
  const { url } = await serve(t, () => ({ stream: [] }));
  const stop = new AbortController();
  const host = quickHost({ ...overrides(url), CLOUDSDK_AUTH_ACCESS_TOKEN: 'token' });
  const api = googleApi(host, { project: 'p', signal: stop.signal });
  const container = await api.container();
  const waiting = [container.getCluster(cluster), getAccount(api)];
  setImmediate(() => stop.abort(new Error('stopped')));
  for (const each of await Promise.allSettled(waiting))
    assert.match(String(each.status === 'rejected' && each.reason), /stopped/);
});
