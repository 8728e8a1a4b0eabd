import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openStore } from '../../../compiler/simulator/store.ts';
import { type Answer, done, member, project, refusal, type Served, started } from './served.ts';

const location = `container.googleapis.com/v1/projects/${project}/locations/us-central1`;
const cluster = `${location}/clusters/web`;
const id = `projects/${project}/locations/us-central1/clusters/web`;

async function create(served: Served, more: object = {}): Promise<Answer> {
  return served.call('POST', `${location}/clusters`, {
    cluster: { name: 'web', autopilot: { enabled: true }, ...more },
  });
}

async function running(t: TestContext, more: object = {}): Promise<Served> {
  const served = await started(t);
  const { body } = await create(served, more);
  await done(served, `${location}/operations/${String(body['name'])}`);
  return served;
}

test('creates an Autopilot cluster that provisions, then runs with an endpoint and its CA', async (t) => {
  const slow = await started(t, { speed: 1 });
  const { body } = await create(slow);
  assert.deepEqual([body['operationType'], body['status'], body['zone']], ['CREATE_CLUSTER', 'RUNNING', 'us-central1']);
  const young = await slow.call('GET', cluster);
  assert.deepEqual([young.body['status'], young.body['endpoint']], ['PROVISIONING', undefined]);

  const served = await running(t);
  const { body: live } = await served.call('GET', cluster);
  assert.equal(live['status'], 'RUNNING');
  assert.match(String(live['endpoint']), /^127\.0\.0\.1:\d+$/);
  assert.match(
    Buffer.from(String(member(live, 'masterAuth', 'clusterCaCertificate')), 'base64').toString(),
    /BEGIN CERTIFICATE/,
  );
  assert.deepEqual(live['workloadIdentityConfig'], { workloadPool: `${project}.svc.id.goog` });
  assert.equal(live['zone'], live['location']);
  assert.deepEqual([...served.clusters.alive], [id]);
});

test('lists clusters of all locations, and nothing as an empty object', async (t) => {
  const served = await started(t);
  const all = `container.googleapis.com/v1/projects/${project}/locations/-/clusters`;
  assert.deepEqual((await served.call('GET', all)).body, {});
  await create(served);
  assert.equal(member((await served.call('GET', all)).body, 'clusters', 0, 'name'), 'web');
});

test('refuses a second cluster of the name, bad names, unknown regions and networks, and what Autopilot presets', async (t) => {
  const served = await running(t);
  assert.deepEqual(refusal(await create(served)), { http: 409, status: 'ALREADY_EXISTS', reason: 'alreadyExists' });
  assert.equal((await create(served, { name: 'Web' })).status, 400);
  assert.equal((await create(served, { name: 'b', network: 'nowhere' })).status, 404);
  assert.equal((await create(served, { name: 'b', shieldedNodes: { enabled: false } })).status, 400);
  assert.equal((await create(served, { name: 'b', resourceLabels: { 'not.allowed': 'x' } })).status, 400);
  const elsewhere = await served.call('POST', `${location.replace('us-central1', 'moon-1')}/clusters`, {
    cluster: { name: 'b', autopilot: { enabled: true } },
  });
  assert.equal(elsewhere.status, 403);
});

test('takes one operation at a time', async (t) => {
  const slow = await started(t, { speed: 1 });
  await create(slow);
  const update = { update: { desiredReleaseChannel: { channel: 'STABLE' } } };
  assert.deepEqual(refusal(await slow.call('PUT', cluster, update)), {
    http: 400,
    status: 'FAILED_PRECONDITION',
    reason: 'failedPrecondition',
  });
});

test('names the operation that runs on a busy cluster', async (t) => {
  const store = openStore();
  const fast = await started(t, { store });
  const created = await create(fast);
  await done(fast, `${location}/operations/${String(created.body['name'])}`);
  await fast.stop();
  const slow = await started(t, { store, speed: 1 });
  const { body } = await slow.call('PUT', cluster, { update: { desiredReleaseChannel: { channel: 'STABLE' } } });
  assert.equal((await slow.call('GET', cluster)).body['status'], 'RECONCILING');
  const busy = await slow.call('DELETE', cluster);
  assert.equal(
    member(busy.body, 'error', 'message'),
    `Cluster is running incompatible operation ${String(body['name'])}.`,
  );
});

test('updates one field at a time, on the version that was read', async (t) => {
  const served = await running(t);
  const etag = (await served.call('GET', cluster)).body['etag'];
  assert.equal((await served.call('PUT', cluster, { update: {} })).status, 400);
  const two = {
    desiredReleaseChannel: { channel: 'STABLE' },
    desiredGatewayApiConfig: { channel: 'CHANNEL_DISABLED' },
  };
  assert.equal((await served.call('PUT', cluster, { update: two })).status, 400);
  const one = await served.call('PUT', cluster, { update: { etag, desiredReleaseChannel: { channel: 'STABLE' } } });
  await done(served, `${location}/operations/${String(one.body['name'])}`);
  assert.equal(member((await served.call('GET', cluster)).body, 'releaseChannel', 'channel'), 'STABLE');
  const stale = await served.call('PUT', cluster, { update: { etag, desiredReleaseChannel: { channel: 'RAPID' } } });
  assert.deepEqual(refusal(stale), { http: 409, status: 'ABORTED', reason: 'aborted' });
  assert.equal(
    (await served.call('PUT', cluster, { update: { desiredDatapathProvider: 'LEGACY_DATAPATH' } })).status,
    400,
  );
});

test('replaces labels only with the fingerprint of the labels that were read', async (t) => {
  const served = await running(t, { resourceLabels: { team: 'web', old: 'yes' } });
  const { body } = await served.call('GET', cluster);
  const labels = { resourceLabels: { team: 'api' }, labelFingerprint: body['labelFingerprint'] };
  const set = await served.call('POST', `${cluster}:setResourceLabels`, labels);
  await done(served, `${location}/operations/${String(set.body['name'])}`);
  assert.deepEqual((await served.call('GET', cluster)).body['resourceLabels'], { team: 'api' });
  assert.equal((await served.call('POST', `${cluster}:setResourceLabels`, labels)).status, 400);
});

test('deletes a cluster, and its name is free again', async (t) => {
  const served = await running(t);
  const { body } = await served.call('DELETE', cluster);
  assert.equal(body['operationType'], 'DELETE_CLUSTER');
  await done(served, `${location}/operations/${String(body['name'])}`);
  const gone = await served.call('GET', cluster);
  assert.equal(member(gone.body, 'error', 'message'), `Not found: ${id}.`);
  assert.equal(served.clusters.alive.size, 0);
  assert.equal((await create(served)).status, 200);
});
