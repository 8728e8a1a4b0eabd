import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { member, project, refusal, serve, started, token } from './served.ts';

const clusters = `container.googleapis.com/v1/projects/${project}/locations/us-central1/clusters`;

test('refuses unknown fields, wrong types and misspelt enum values together, in the real words', async (t) => {
  const served = await started(t);
  const { status, body } = await served.call('POST', clusters, {
    cluster: { autopilott: {}, initialNodeCount: 'abc', releaseChannel: { channel: 'REGLAR' } },
    surprise: 1,
  });
  assert.equal(status, 400);
  assert.equal(member(body, 'error', 'status'), 'INVALID_ARGUMENT');
  assert.deepEqual(String(member(body, 'error', 'message')).split('\n'), [
    `Invalid JSON payload received. Unknown name "autopilott" at 'cluster': Cannot find field.`,
    `Invalid value at 'cluster.initial_node_count' (TYPE_INT32), "abc"`,
    `Invalid value at 'cluster.release_channel.channel' (type.googleapis.com/google.container.v1.ReleaseChannel.Channel), "REGLAR"`,
    `Invalid JSON payload received. Unknown name "surprise": Cannot find field.`,
  ]);
  assert.equal(member(body, 'error', 'details', 0, 'fieldViolations', 0, 'field'), 'cluster');
});

test('refuses an unknown query parameter', async (t) => {
  const served = await started(t);
  const { status, body } = await served.call('GET', `${clusters}?pageSizze=1`);
  assert.equal(status, 400);
  assert.match(String(member(body, 'error', 'message')), /Unknown name "pageSizze": Cannot bind query parameter/);
});

test('refuses a query parameter of the wrong type', async (t) => {
  const served = await started(t);
  const accounts = `iam.googleapis.com/v1/projects/${project}/serviceAccounts`;
  const { status, body } = await served.call('GET', `${accounts}?pageSize=many`);
  assert.deepEqual(
    [status, member(body, 'error', 'message')],
    [400, `Invalid value at 'page_size' (TYPE_INT32), "many"`],
  );
  assert.equal((await served.call('GET', `${accounts}?page_size=5&alt=json`)).status, 200);
});

test('takes camelCase and snake_case, numbers for enums, null for absent, and path parameters again in the body', async (t) => {
  const served = await started(t);
  const cluster = { name: 'c', autopilot: { enabled: true }, release_channel: { channel: 3 }, resource_labels: null };
  const { status } = await served.call('POST', clusters, {
    parent: `projects/${project}/locations/us-central1`,
    cluster,
  });
  assert.equal(status, 200);
  assert.equal(member((await served.call('GET', `${clusters}/c`)).body, 'releaseChannel', 'channel'), 'STABLE');
});

test('answers numbers for enums when the client asks for them', async (t) => {
  const served = await started(t);
  await served.call('POST', clusters, { cluster: { name: 'c', autopilot: { enabled: true } } });
  const { body } = await served.call('GET', `${clusters}/c?%24alt=json%3Benum-encoding%3Dint`);
  assert.equal(member(body, 'releaseChannel', 'channel'), 2);
});

test('finds the API by path prefix, by Host header, and without either', async (t) => {
  const served = await started(t);
  const headers = { authorization: `Bearer ${token}` };
  const flat = `/v1/projects/${project}/locations/-/clusters`;
  assert.equal((await fetch(`${served.root}/container.googleapis.com${flat}`, { headers })).status, 200);
  assert.equal((await fetch(`${served.root}${flat}`, { headers })).status, 200);
  assert.equal((await fetch(`${served.root}/iam.googleapis.com${flat}`, { headers })).status, 404);
  const byHost = async (host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const asked = request({ port: served.port, path: flat, headers: { ...headers, host } }, (response) =>
        resolve(response.resume().statusCode),
      );
      asked.on('error', reject).end();
    });
  assert.deepEqual([await byHost('container.googleapis.com'), await byHost('iam.googleapis.com')], [200, 404]);
});

test('tells operations of several APIs apart by their ids where they share a path', async (t) => {
  const served = await started(t);
  const path = `v1/projects/${project}/services/dns.googleapis.com`;
  const disabled = await served.call('POST', `${path}:disable`, { disableDependentServices: true });
  const { status, body } = await served.call('GET', `v1/${String(disabled.body['name'])}`);
  assert.deepEqual([status, body['name']], [200, disabled.body['name']]);
});

test('answers a method that it does not serve by its name, with a code that no client repeats', async (t) => {
  const served = await started(t);
  const answer = await served.call('POST', `${clusters}/c:startIpRotation`, {});
  assert.deepEqual(refusal(answer), { http: 400, status: 'UNIMPLEMENTED', reason: undefined });
  assert.match(
    String(member(answer.body, 'error', 'message')),
    /container\.projects\.locations\.clusters\.startIpRotation/,
  );
  assert.equal((await served.call('GET', `v1/projects/${project}/locations/us-central1/nonsense`)).status, 404);
});

test('refuses a request without the token, and one with another', async (t) => {
  const served = await started(t);
  const missing = await fetch(`${served.root}/${clusters}`);
  assert.equal(missing.status, 401);
  assert.equal(member(await missing.json(), 'error', 'details', 0, 'reason'), 'CREDENTIALS_MISSING');
  const wrong = await fetch(`${served.root}/${clusters}`, { headers: { authorization: 'Bearer other' } });
  assert.equal(wrong.status, 401);
  assert.equal(member(await wrong.json(), 'error', 'errors', 0, 'reason'), 'authError');
});

test('answers a project that it was not told of as one that may not be seen', async (t) => {
  const served = await started(t);
  const unknown = await served.call('GET', 'cloudresourcemanager.googleapis.com/v1/projects/missing-project');
  assert.deepEqual(unknown.body, {
    error: { code: 403, message: 'The caller does not have permission', status: 'PERMISSION_DENIED' },
  });
  served.apis.ensureProject('missing-project');
  assert.equal(
    (await served.call('GET', 'cloudresourcemanager.googleapis.com/v1/projects/missing-project')).status,
    200,
  );
});

test('answers SERVICE_DISABLED until an API is enabled', async (t) => {
  const served = await serve();
  t.after(served.stop);
  const before = await served.call('GET', clusters);
  assert.equal(before.status, 403);
  assert.equal(member(before.body, 'error', 'details', 0, 'reason'), 'SERVICE_DISABLED');
  await served.enable('container');
  assert.equal((await served.call('GET', clusters)).status, 200);
});

test('refuses what is not JSON', async (t) => {
  const served = await started(t);
  const response = await fetch(`${served.root}/${clusters}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: '{"cluster":',
  });
  assert.equal(response.status, 400);
  assert.match(String(member(await response.json(), 'error', 'message')), /^Invalid JSON payload received\./);
});

test('logs requests without bodies, tokens or query values', async (t) => {
  const served = await started(t);
  const users = `sqladmin.googleapis.com/v1/projects/${project}/instances/none/users?name=secret-name`;
  await served.call('PUT', users, { password: 'secret-password' });
  const log = JSON.stringify((await served.call('GET', '_local/requests')).body);
  assert.match(log, /sql\.users\.update/);
  assert.doesNotMatch(log, /secret|local-token/);
});

test('injects faults so often, before or after the request had its effect', async (t) => {
  const served = await started(t);
  const create = { cluster: { name: 'c', autopilot: { enabled: true } } };
  await served.call('POST', '_local/faults', [
    { match: '^POST .*/clusters$', named: 'unavailable' },
    { match: '^POST .*/clusters$', status: 502, body: '<html></html>', afterEffect: 'apply' },
  ]);
  assert.equal((await served.call('POST', clusters, create)).status, 503);
  assert.equal((await served.call('GET', `${clusters}/c`)).status, 404);
  const lost = await fetch(`${served.root}/${clusters}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(create),
  });
  assert.equal(lost.status, 502);
  assert.equal((await served.call('POST', clusters, create)).status, 409);
  const unknown = await served.call('POST', '_local/faults', { match: '.', named: 'nonsense' });
  assert.equal(unknown.status, 400);
});

test('breaks the connection when a fault says so', async (t) => {
  const served = await started(t);
  await served.call('POST', '_local/faults', { match: 'serverConfig', named: 'reset' });
  await assert.rejects(
    served.call('GET', `container.googleapis.com/v1/projects/${project}/locations/us-central1/serverConfig`),
  );
});
