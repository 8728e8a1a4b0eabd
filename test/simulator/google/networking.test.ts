import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type Answer, done, member, project, refusal, type Served, started } from './served.ts';

const compute = `compute.googleapis.com/compute/v1/projects/${project}`;
const addresses = `${compute}/global/addresses`;
const connections = 'servicenetworking.googleapis.com/v1/services/servicenetworking.googleapis.com/connections';
const range = {
  name: 'psa',
  purpose: 'VPC_PEERING',
  addressType: 'INTERNAL',
  prefixLength: 16,
  network: `projects/${project}/global/networks/default`,
};

async function inserted(served: Served, body: object): Promise<Answer['body']> {
  const answer = await served.call('POST', addresses, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return (await served.call('POST', `${compute}/global/operations/${String(answer.body['name'])}/wait`)).body;
}

async function network(served: Served): Promise<string> {
  const { body } = await served.call('GET', `cloudresourcemanager.googleapis.com/v3/projects/${project}`);
  return `${String(body['name'])}/global/networks/default`;
}

async function finished(served: Served, answer: Answer): Promise<Answer['body']> {
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return done(served, `servicenetworking.googleapis.com/v1/${String(answer.body['name'])}`);
}

async function peered(t: TestContext): Promise<Served> {
  const served = await started(t);
  await inserted(served, range);
  await finished(
    served,
    await served.call('POST', connections, { network: await network(served), reservedPeeringRanges: ['psa'] }),
  );
  return served;
}

test('reserves a range, and sets its labels only with their fingerprint', async (t) => {
  const served = await started(t);
  assert.equal((await inserted(served, range))['status'], 'DONE');
  assert.equal((await served.call('POST', addresses, range)).status, 409);
  const { body } = await served.call('GET', `${addresses}/psa`);
  assert.deepEqual([body['purpose'], body['prefixLength'], body['status']], ['VPC_PEERING', 16, 'RESERVED']);
  const labels = { labels: { team: 'web' }, labelFingerprint: body['labelFingerprint'] };
  assert.equal((await served.call('POST', `${addresses}/psa/setLabels`, labels)).status, 200);
  assert.deepEqual((await served.call('GET', `${addresses}/psa`)).body['labels'], { team: 'web' });
  assert.deepEqual(refusal(await served.call('POST', `${addresses}/psa/setLabels`, labels)), {
    http: 412,
    status: undefined,
    reason: 'conditionNotMet',
  });
});

test('refuses addresses without a proper name, network or length', async (t) => {
  const served = await started(t);
  assert.equal((await served.call('POST', addresses, { ...range, name: 'PSA' })).status, 400);
  assert.equal((await served.call('POST', addresses, { ...range, network: 'global/networks/nowhere' })).status, 404);
  assert.equal((await served.call('POST', addresses, { ...range, prefixLength: 99 })).status, 400);
});

test('lists addresses by scope, and has a default network', async (t) => {
  const served = await started(t);
  assert.equal(
    member((await served.call('GET', `${compute}/aggregated/addresses`)).body, 'items', 'global', 'warning', 'code'),
    'NO_RESULTS_ON_PAGE',
  );
  await inserted(served, range);
  assert.equal(
    member(
      (await served.call('GET', `${compute}/aggregated/addresses?includeAllScopes=True&returnPartialSuccess=True`))
        .body,
      'items',
      'global',
      'addresses',
      0,
      'name',
    ),
    'psa',
  );
  assert.equal((await served.call('GET', `${compute}/global/networks/default`)).body['autoCreateSubnetworks'], true);
});

test('connects a network by the number of its project, and shows the connection', async (t) => {
  const served = await peered(t);
  const name = await network(served);
  const { body } = await served.call('GET', `${connections}?network=${encodeURIComponent(name)}`);
  assert.deepEqual(body, {
    connections: [
      {
        network: name,
        peering: 'servicenetworking-googleapis-com',
        reservedPeeringRanges: ['psa'],
        service: 'services/servicenetworking.googleapis.com',
      },
    ],
  });
  const byId = await served.call('POST', connections, { network: range.network, reservedPeeringRanges: ['psa'] });
  assert.equal(byId.status, 400);
});

test('refuses other ranges in a second connection, and takes them in a patch', async (t) => {
  const served = await peered(t);
  await inserted(served, { ...range, name: 'more' });
  const body = { network: await network(served), reservedPeeringRanges: ['psa', 'more'] };
  const again = await finished(served, await served.call('POST', connections, body));
  assert.deepEqual(again['error'], {
    code: 9,
    message: 'Cannot modify allocated ranges in CreateConnection. Please use UpdateConnection.',
  });
  const patched = await finished(
    served,
    await served.call('PATCH', `${connections}/-?updateMask=reservedPeeringRanges&force=true`, body),
  );
  assert.deepEqual(member(patched, 'response', 'reservedPeeringRanges'), ['psa', 'more']);
});

test('keeps a range that is in use, and a connection that an instance uses', async (t) => {
  const served = await peered(t);
  assert.deepEqual(refusal(await served.call('DELETE', `${addresses}/psa`)), {
    http: 400,
    status: undefined,
    reason: 'resourceInUseByAnotherResource',
  });
  const sql = `sqladmin.googleapis.com/v1/projects/${project}`;
  const ipConfiguration = { ipv4Enabled: false, privateNetwork: range.network };
  const settings = { tier: 'db-f1-micro', edition: 'ENTERPRISE', ipConfiguration };
  const created = await served.call('POST', `${sql}/instances`, {
    name: 'main',
    databaseVersion: 'POSTGRES_18',
    settings,
  });
  await done(served, `${sql}/operations/${String(created.body['name'])}`);
  const { body } = await served.call('GET', `${sql}/instances/main`);
  assert.match(JSON.stringify(body['ipAddresses']), /^\[\{"type":"PRIVATE","ipAddress":"10\./);
  const kept = await finished(
    served,
    await served.call('POST', `${connections}/servicenetworking-googleapis-com`, {
      consumerNetwork: await network(served),
    }),
  );
  assert.equal(member(kept, 'error', 'code'), 9);
  const deleted = await served.call('DELETE', `${sql}/instances/main`);
  await done(served, `${sql}/operations/${String(deleted.body['name'])}`);
  const gone = await finished(
    served,
    await served.call('POST', `${connections}/servicenetworking-googleapis-com`, {
      consumerNetwork: await network(served),
    }),
  );
  assert.equal(gone['error'], undefined);
  assert.equal((await served.call('DELETE', `${addresses}/psa`)).status, 200);
});
