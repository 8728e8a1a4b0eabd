import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openStore } from '../../../compiler/simulator/store.ts';
import { type Answer, done, member, project, refusal, type Served, started } from './served.ts';

const root = `sqladmin.googleapis.com/sql/v1beta4/projects/${project}`;
const instance = `${root}/instances/main`;
const connection = `${project}:europe-west1:main`;
const small = { tier: 'db-f1-micro', edition: 'ENTERPRISE' };

async function insert(served: Served, settings: object = small, more: object = {}): Promise<Answer> {
  return served.call('POST', `${root}/instances`, {
    name: 'main',
    region: 'europe-west1',
    databaseVersion: 'POSTGRES_18',
    settings,
    ...more,
  });
}

async function finished(served: Served, answer: Answer): Promise<Answer['body']> {
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return done(served, `${root}/operations/${String(answer.body['name'])}`);
}

async function runnable(t: TestContext, settings: object = small): Promise<Served> {
  const served = await started(t);
  await finished(served, await insert(served, settings));
  return served;
}

async function slowed(t: TestContext): Promise<Served> {
  const store = openStore();
  const fast = await started(t, { store });
  await finished(fast, await insert(fast));
  await fast.stop();
  return started(t, { store, speed: 1 });
}

test('creates an instance that is pending first, then runs with everything filled in', async (t) => {
  const slow = await started(t, { speed: 1 });
  const { body } = await insert(slow);
  assert.deepEqual(
    [body['kind'], body['operationType'], body['status'], body['startTime']],
    ['sql#operation', 'CREATE', 'PENDING', undefined],
  );
  assert.equal((await slow.call('GET', instance)).body['state'], 'PENDING_CREATE');
  assert.equal(
    member((await slow.call('GET', `${instance}/users`)).body, 'error', 'message'),
    'Invalid request since instance is not running.',
  );

  const served = await runnable(t);
  const { body: live } = await served.call('GET', instance);
  assert.deepEqual([live['state'], live['connectionName']], ['RUNNABLE', connection]);
  assert.equal(member(live, 'settings', 'dataDiskType'), 'PD_SSD');
  assert.equal(member(live, 'settings', 'backupConfiguration', 'transactionLogRetentionDays'), 7);
  assert.ok(served.sqlServers.servers.has(connection));
});

test('serves the same instance in both versions of the API', async (t) => {
  const served = await runnable(t);
  const { body } = await served.call('GET', `sqladmin.googleapis.com/v1/projects/${project}/instances/main`);
  assert.equal(body['connectionName'], connection);
  assert.match(String(body['selfLink']), /sqladmin\.googleapis\.com\/v1\//);
});

test('knows which tiers belong to which edition', async (t) => {
  const served = await started(t);
  const noEdition = await insert(served, { tier: 'db-f1-micro' });
  assert.match(
    String(member(noEdition.body, 'error', 'message')),
    /^Invalid request: Invalid Tier \(db-f1-micro\) for \(ENTERPRISE_PLUS\) Edition\./,
  );
  assert.deepEqual(Object.keys(noEdition.body['error'] as object), ['code', 'message']);
  assert.equal((await insert(served, { tier: 'db-perf-optimized-N-2' })).status, 200);
});

test('refuses a private address in a network without a private services connection', async (t) => {
  const served = await started(t);
  const ipConfiguration = { ipv4Enabled: false, privateNetwork: `projects/${project}/global/networks/default` };
  const answer = await insert(served, { ...small, ipConfiguration });
  assert.equal(
    member(answer.body, 'error', 'message'),
    `Invalid request: Incorrect Service Networking config for instance: ${project}:main:NETWORK_NOT_PEERED.`,
  );
});

test('refuses writes on settings that moved since they were read', async (t) => {
  const served = await runnable(t);
  const read = member((await served.call('GET', instance)).body, 'settings', 'settingsVersion');
  await finished(
    served,
    await served.call('PATCH', instance, { settings: { settingsVersion: read, userLabels: { team: 'web' } } }),
  );
  const stale = await served.call('PATCH', instance, {
    settings: { settingsVersion: read, userLabels: { team: 'api' } },
  });
  assert.deepEqual(refusal(stale), { http: 412, status: undefined, reason: 'staleData' });
  assert.equal((await served.call('PUT', instance, { settings: small })).status, 400);
});

test('merges a patch, removes a label with null, and replaces everything with PUT', async (t) => {
  const served = await runnable(t, { ...small, userLabels: { team: 'web', keep: 'yes' } });
  await finished(served, await served.call('PATCH', instance, { settings: { userLabels: { team: null, more: '1' } } }));
  const { body } = await served.call('GET', instance);
  assert.deepEqual(member(body, 'settings', 'userLabels'), { keep: 'yes', more: '1' });
  const settingsVersion = member(body, 'settings', 'settingsVersion');
  await finished(
    served,
    await served.call('PUT', instance, { settings: { ...small, settingsVersion, userLabels: { only: 'this' } } }),
  );
  assert.deepEqual(member((await served.call('GET', instance)).body, 'settings', 'userLabels'), { only: 'this' });
});

test('refuses what cannot change', async (t) => {
  const served = await runnable(t);
  assert.equal((await served.call('PATCH', instance, { region: 'us-east1' })).status, 400);
  assert.equal((await served.call('PATCH', instance, { databaseVersion: 'POSTGRES_16' })).status, 400);
  assert.equal((await served.call('PATCH', instance, { settings: { dataDiskSizeGb: 5 } })).status, 400);
});

test('takes one operation at a time, users and databases among them', async (t) => {
  const slow = await slowed(t);
  assert.equal((await slow.call('PATCH', instance, { settings: { userLabels: { a: 'b' } } })).status, 200);
  const busy = { http: 409, status: undefined, reason: 'operationInProgress' };
  assert.deepEqual(refusal(await slow.call('PATCH', instance, { settings: { userLabels: { a: 'c' } } })), busy);
  assert.deepEqual(refusal(await slow.call('POST', `${instance}/databases`, { name: 'app' })), busy);
  assert.deepEqual(refusal(await slow.call('POST', `${instance}/users`, { name: 'app', password: 'x' })), busy);
});

test('makes databases that exist at once, and drops them', async (t) => {
  const served = await runnable(t);
  assert.equal((await served.call('POST', `${instance}/databases`, { name: 'app' })).body['status'], 'DONE');
  assert.ok(served.sqlServers.servers.get(connection)?.databases.has('app'));
  const names = ((await served.call('GET', `${instance}/databases`)).body['items'] as { name: string }[]).map(
    (each) => each.name,
  );
  assert.deepEqual(names, ['postgres', 'app']);
  assert.match(
    String(member((await served.call('POST', `${instance}/databases`, { name: 'app' })).body, 'error', 'message')),
    /already exists/,
  );
  await finished(served, await served.call('DELETE', `${instance}/databases/app`));
  assert.deepEqual(refusal(await served.call('GET', `${instance}/databases/app`)), {
    http: 404,
    status: 'NOT_FOUND',
    reason: 'notFound',
  });
});

test('passes on why a database or a user cannot be dropped', async (t) => {
  const served = await runnable(t);
  await served.call('POST', `${instance}/databases`, { name: 'busy' });
  await served.call('POST', `${instance}/users`, { name: 'owner' });
  assert.match(
    String(member((await served.call('DELETE', `${instance}/databases/busy`)).body, 'error', 'message')),
    /being accessed by other users/,
  );
  assert.match(
    String(member((await served.call('DELETE', `${instance}/users?name=owner`)).body, 'error', 'message')),
    /cannot be dropped/,
  );
});

test('makes users, addresses them by query, and never answers a password', async (t) => {
  const served = await runnable(t);
  const made = await served.call('POST', `${instance}/users`, { name: 'app', password: 'canary-password' });
  assert.deepEqual([made.body['operationType'], made.body['status']], ['CREATE_USER', 'DONE']);
  assert.equal(
    (await served.call('PUT', `${instance}/users?name=app&host=`, { password: 'canary-password' })).body['status'],
    'DONE',
  );
  const listed = await served.call('GET', `${instance}/users`);
  assert.deepEqual(
    (listed.body['items'] as { name: string }[]).map((each) => each.name),
    ['postgres', 'app'],
  );
  assert.doesNotMatch(JSON.stringify(listed.body), /canary/);
  assert.equal((await served.call('DELETE', `${instance}/users?name=app`)).body['status'], 'DONE');
  assert.equal(
    (await served.call('POST', `${instance}/users`, { name: 'sa@p.iam', type: 'CLOUD_IAM_SERVICE_ACCOUNT' })).status,
    400,
  );
});

test('keeps an instance whose deletion protection is on, and frees the name of one that is deleted', async (t) => {
  const served = await runnable(t, { ...small, deletionProtectionEnabled: true });
  assert.match(
    String(member((await served.call('DELETE', instance)).body, 'error', 'message')),
    /^The instance is protected\./,
  );
  await finished(served, await served.call('PATCH', instance, { settings: { deletionProtectionEnabled: false } }));
  await served.call('POST', `${instance}/databases`, { name: 'app' });
  await finished(served, await served.call('DELETE', instance));
  assert.deepEqual(refusal(await served.call('GET', instance)), {
    http: 404,
    status: undefined,
    reason: 'instanceDoesNotExist',
  });
  assert.equal(served.sqlServers.servers.size, 0);
  await finished(served, await insert(served));
  assert.equal(((await served.call('GET', `${instance}/databases`)).body['items'] as object[]).length, 1);
});

test('lists instances that pass a filter', async (t) => {
  const served = await runnable(t, { ...small, userLabels: { team: 'web' } });
  const list = async (filter: string): Promise<unknown> =>
    (await served.call('GET', `${root}/instances?filter=${encodeURIComponent(filter)}`)).body['items'];
  assert.equal(member(await list('settings.userLabels.team:web'), 0, 'name'), 'main');
  assert.equal(await list('settings.userLabels.team:api'), undefined);
  assert.equal(member(await list('state=RUNNABLE AND region:europe'), 0, 'name'), 'main');
  assert.equal((await served.call('GET', `${root}/instances?filter=%3F%3F`)).status, 400);
});
