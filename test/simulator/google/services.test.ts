import assert from 'node:assert/strict';
import { test } from 'node:test';
import { done, member, project, refusal, serve } from './served.ts';

const services = `serviceusage.googleapis.com/v1/projects/${project}/services`;

test('has few APIs on in a fresh project, and turns on what an API needs with it', async (t) => {
  const served = await serve();
  t.after(served.stop);
  assert.equal((await served.call('GET', `${services}/container.googleapis.com`)).body['state'], 'DISABLED');
  const { body } = await served.call('POST', `${services}/container.googleapis.com:enable`, {});
  assert.deepEqual(Object.keys(body), ['name']);
  const operation = await done(served, `serviceusage.googleapis.com/v1/${String(body['name'])}`);
  assert.equal(member(operation, 'response', 'service', 'state'), 'ENABLED');
  assert.equal((await served.call('GET', `${services}/compute.googleapis.com`)).body['state'], 'ENABLED');
  const again = await served.call('POST', `${services}/container.googleapis.com:enable`, {});
  assert.deepEqual([again.body['name'], again.body['done']], ['operations/noop.DONE_OPERATION', true]);
});

test('gives the agent of an enabled service its role, so that policies move under their readers', async (t) => {
  const served = await serve();
  t.after(served.stop);
  await served.enable('container');
  const { body } = await served.call(
    'POST',
    `cloudresourcemanager.googleapis.com/v1/projects/${project}:getIamPolicy`,
    {},
  );
  assert.match(JSON.stringify(body['bindings']), /service-\d+@container-engine-robot\.iam\.gserviceaccount\.com/);
});

test('still answers SERVICE_DISABLED for a while after an API is listed as enabled', async (t) => {
  const served = await serve({ speed: 100 });
  t.after(served.stop);
  await served.enable('iam');
  const early = await served.call('GET', `iam.googleapis.com/v1/projects/${project}/serviceAccounts`);
  assert.equal(member(early.body, 'error', 'details', 0, 'reason'), 'SERVICE_DISABLED');
});

test('enables between two and twenty APIs at once', async (t) => {
  const served = await serve();
  t.after(served.stop);
  const batch = async (...serviceIds: string[]) => served.call('POST', `${services}:batchEnable`, { serviceIds });
  assert.equal((await batch('dns.googleapis.com')).status, 400);
  assert.equal((await batch(...Array.from({ length: 21 }, () => 'dns.googleapis.com'))).status, 400);
  const { body } = await batch('dns.googleapis.com', 'sqladmin.googleapis.com');
  const operation = await done(served, `serviceusage.googleapis.com/v1/${String(body['name'])}`);
  assert.equal((member(operation, 'response', 'services') as object[]).length, 2);
  assert.deepEqual(refusal(await batch('dns.googleapis.com', 'nonsense.googleapis.com')), {
    http: 403,
    status: 'PERMISSION_DENIED',
    reason: undefined,
  });
});

test('lists services by state, in pages, under the number of the project', async (t) => {
  const served = await serve();
  t.after(served.stop);
  const first = await served.call('GET', `${services}?filter=state:ENABLED&pageSize=5`);
  const token = String(first.body['nextPageToken']);
  const second = await served.call(
    'GET',
    `${services}?filter=state:ENABLED&pageSize=5&pageToken=${encodeURIComponent(token)}`,
  );
  assert.notDeepEqual(first.body['services'], second.body['services']);
  assert.match(String(member(first.body, 'services', 0, 'name')), /^projects\/\d{12}\/services\//);
});

test('keeps an API that another one needs', async (t) => {
  const served = await serve();
  t.after(served.stop);
  await served.enable('container');
  assert.deepEqual(refusal(await served.call('POST', `${services}/compute.googleapis.com:disable`, {})), {
    http: 400,
    status: 'FAILED_PRECONDITION',
    reason: undefined,
  });
});
