import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMap, configMaps, deployment, deployments, startCluster, until, type Json } from './cluster.ts';

const quotas = '/api/v1/namespaces/default/resourcequotas';
const quota = (name: string, hard: Json): Json => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name },
  spec: { hard },
});

for (const [named, code, reason, message] of [
  ['unauthorized', 401, 'Unauthorized', /^Unauthorized$/],
  [
    'forbidden',
    403,
    'Forbidden',
    /^deployments\.apps "web" is forbidden: User "\S+" cannot patch resource "deployments" in API group "apps" in the namespace "default": requires one of \["container\.deployments\.update"\] permission\(s\)\.$/,
  ],
  ['webhook-denied', 403, 'Forbidden', /^admission webhook "policy\.example\.com" denied the request: /],
  ['webhook-gone', 500, 'InternalError', /failed calling webhook "policy\.example\.com"/],
  ['rate-limited', 429, 'TooManyRequests', /too many requests/],
  ['unavailable', 503, 'ServiceUnavailable', /unable to handle the request/],
] as const) {
  test(`a request that meets the fault ${named} is answered as a real server does, once`, async (t) => {
    const { faults, apply } = await startCluster(t);
    faults.add({ match: 'PATCH .*/deployments/web', named });
    const struck = await apply(`${deployments}/web`, deployment('web'));
    assert.deepEqual([struck.code, struck.json.kind, struck.json.reason], [code, 'Status', reason]);
    assert.match(struck.json.message, message);
    assert.equal(struck.headers['retry-after'], named === 'rate-limited' ? '1' : undefined);
    assert.equal((await apply(`${deployments}/web`, deployment('web'))).code, 201);
  });
}

test('a fault can answer HTML, break the connection, or only make the client wait', async (t) => {
  const { faults, ask } = await startCluster(t);
  faults.add([
    { match: 'GET .*/a$', named: 'html' },
    { match: 'GET .*/b$', named: 'reset' },
    { match: 'GET .*/c$', delayMs: 300 },
  ]);
  const html = await ask('GET', `${configMaps}/a`);
  assert.deepEqual([html.code, html.headers['content-type']], [502, 'text/html; charset=UTF-8']);
  await assert.rejects(ask('GET', `${configMaps}/b`), { code: 'ECONNRESET' });
  const began = Date.now();
  assert.equal((await ask('GET', `${configMaps}/c`)).code, 404);
  assert.ok(Date.now() - began >= 290);
});

test('a fault can lose the answer of a request that was carried out', async (t) => {
  const { faults, ask } = await startCluster(t);
  faults.add({ match: 'POST .*configmaps', named: 'reset', afterEffect: 'apply' });
  await assert.rejects(ask('POST', configMaps, { body: configMap('a', {}) }), { code: 'ECONNRESET' });
  assert.equal((await ask('GET', `${configMaps}/a`)).code, 200);
});

test('a fault that is none is refused', async (t) => {
  const { faults } = await startCluster(t);
  assert.throws(
    () => faults.add({ match: '.', named: 'nonsense' }),
    /no fault is named "nonsense"; there are unauthorized/,
  );
});

test('a quota refuses what it has no room for, in a dry run too, and counts again when something goes', async (t) => {
  const { ask } = await startCluster(t);
  await until(
    'the namespace is furnished',
    async () => (await ask('GET', `${configMaps}/kube-root-ca.crt`)).code === 200,
  );
  await ask('POST', quotas, { body: quota('few', { configmaps: '2', 'count/deployments.apps': '1' }) });
  assert.equal((await ask('POST', configMaps, { body: configMap('a', {}) })).code, 201);
  const refused = await ask('POST', configMaps, { body: configMap('b', {}) });
  assert.deepEqual([refused.code, refused.json.reason], [403, 'Forbidden']);
  assert.equal(
    refused.json.message,
    'configmaps "b" is forbidden: exceeded quota: few, requested: configmaps=1, used: configmaps=2, limited: configmaps=2',
  );
  assert.equal((await ask('POST', `${configMaps}?dryRun=All`, { body: configMap('b', {}) })).code, 403);
  const changed = { ...configMap('a', { x: '1' }) };
  assert.equal((await ask('PUT', `${configMaps}/a`, { body: changed })).code, 200);
  await ask('DELETE', `${configMaps}/a`);
  assert.equal((await ask('POST', configMaps, { body: configMap('b', {}) })).code, 201);
  await until('the status says so', async () => {
    const { json } = await ask('GET', `${quotas}/few`);
    return json.status.used?.configmaps === '2' && json.status.used['count/deployments.apps'] === '0';
  });
});

test('a quota on CPU refuses the pods of a Deployment, which says why', async (t) => {
  const { ask, apply } = await startCluster(t);
  await ask('POST', quotas, { body: quota('cpu', { 'requests.cpu': '700m' }) });
  await apply(`${deployments}/web`, deployment('web', { replicas: 2 }));
  const condition = await until('it fails', async () => {
    const { json } = await ask('GET', `${deployments}/web`);
    return json.status.conditions?.find((each: Json) => each.type === 'ReplicaFailure');
  });
  assert.match(
    condition.message,
    /forbidden: exceeded quota: cpu, requested: requests\.cpu=500m, used: requests\.cpu=500m, limited: requests\.cpu=700m/,
  );
});

test('an object with a finalizer waits for it, and so does its namespace, which says so and takes nothing new', async (t) => {
  const { ask } = await startCluster(t);
  await ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
  const inside = '/api/v1/namespaces/shop/configmaps';
  await ask('POST', inside, {
    body: { ...configMap('held', {}), metadata: { name: 'held', finalizers: ['example.com/hold'] } },
  });
  await ask('DELETE', '/api/v1/namespaces/shop');
  const condition = await until('the namespace says what holds it', async () => {
    const { json } = await ask('GET', '/api/v1/namespaces/shop');
    return json.status.conditions?.find((each: Json) => each.type === 'NamespaceFinalizersRemaining');
  });
  assert.equal(
    condition.message,
    'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  );
  const late = await ask('POST', inside, { body: configMap('late', {}) });
  assert.deepEqual([late.code, late.json.details.causes[0].reason], [403, 'NamespaceTerminating']);
  await ask('PATCH', `${inside}/held`, {
    body: { metadata: { finalizers: null } },
    type: 'application/merge-patch+json',
  });
  await until('it is gone', async () => (await ask('GET', '/api/v1/namespaces/shop')).code === 404);
});
