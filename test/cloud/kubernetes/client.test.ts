import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { CloudError } from '../../../compiler/base/errors.ts';
import { kubernetesApi } from '../../../compiler/cloud/kubernetes/client.ts';
import { connectGke } from '../../../compiler/cloud/kubernetes/connect.ts';
import type { KubeType } from '../../../compiler/model/ports.ts';
import { serve, type Reply, type Seen } from '../../support/http-server.ts';
import { quickHost } from '../../support/quick-host.ts';

const configMaps: KubeType = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const deployments: KubeType = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true };
const secrets: KubeType = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
const web = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'n', uid: 'u1' } };

const failure = (code: number, reason: string, message: string, details: object = {}): Reply => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code },
});

async function open(t: TestContext, answer: (seen: Seen, count: number) => Reply, survey = false) {
  const server = await serve(t, answer);
  const host = quickHost();
  let tokens = 0;
  const connection = connectGke({ endpoint: server.url, token: async () => `token-${(tokens += 1)}` });
  return { api: kubernetesApi(connection, host, { survey }), seen: server.seen, host };
}

async function reasonOf(promise: Promise<unknown>): Promise<CloudError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof CloudError, `not a CloudError: ${String(error)}`);
  return error;
}

test('applies with its field manager, strictly, and sends every field as it is', async (t) => {
  const { api, seen } = await open(t, ({ body }) => ({ status: 201, body: JSON.parse(body) }));
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'p', namespace: 'n' },
    spec: { ingress: [{ from: [{}] }] },
  };
  const type = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    namespaced: true,
  };
  await api.apply(type, policy, { dryRun: true });
  await api.apply(type, policy, { force: true });
  const [dry, wet] = seen;
  assert.equal(
    dry?.url,
    '/apis/networking.k8s.io/v1/namespaces/n/networkpolicies/p?fieldManager=hello&fieldValidation=Strict&force=false&dryRun=All',
  );
  assert.equal(wet?.query.get('force'), 'true');
  assert.equal(wet?.query.get('dryRun'), null);
  assert.equal(dry?.headers['content-type'], 'application/apply-patch+yaml');
  assert.deepEqual(JSON.parse(dry?.body ?? ''), policy);
});

test('uses one connection for many requests, and a fresh token for each', async (t) => {
  const { api, seen } = await open(t, () => ({ body: web }));
  for (let i = 0; i < 5; i += 1) await api.find(deployments, 'web', 'n');
  await api.remove(deployments, web);
  await api.find(deployments, 'web', 'n');
  assert.equal(new Set(seen.map((each) => each.port)).size, 1);
  assert.equal(new Set(seen.map((each) => each.headers.authorization)).size, 7);
});

test('many questions at once share a few connections', async (t) => {
  const { api, seen } = await open(t, () => ({ body: web }));
  await Promise.all(Array.from({ length: 300 }, async () => api.find(deployments, 'web', 'n')));
  assert.equal(seen.length, 300);
  const connections = new Set(seen.map((each) => each.port)).size;
  assert.ok(connections <= 24, `${connections} connections`);
});

test('deletes exactly the object that it saw, and takes a missing one as done', async (t) => {
  const { api, seen } = await open(t, ({ path }) =>
    path.endsWith('/gone') ? failure(404, 'NotFound', 'not found') : { body: { kind: 'Status' } },
  );
  await api.remove(deployments, web);
  await api.remove(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'gone', namespace: 'n' } });
  const bodies = seen.map((each) => JSON.parse(each.body) as Record<string, unknown>);
  assert.deepEqual(bodies[0]?.['preconditions'], { uid: 'u1' });
  assert.deepEqual(
    bodies.map((each) => each['propagationPolicy']),
    ['Foreground', 'Background'],
  );
  assert.ok(seen.every((each) => each.headers['content-length'] === String(each.body.length)));
});

test('answers undefined for an object, a namespace or a type that is not there', async (t) => {
  const { api } = await open(t, ({ path }) =>
    path.includes('/apis/') ? { status: 404, body: '404 page not found\n' } : failure(404, 'NotFound', 'x'),
  );
  assert.equal(await api.find(configMaps, 'a', 'n'), undefined);
  assert.equal(await api.find(deployments, 'a', 'n'), undefined);
  assert.deepEqual(await api.list(deployments, {}), []);
});

test('in a survey, reads of one type share one list, and only what it lacks is asked for', async (t) => {
  const item = { metadata: { name: 'a', namespace: 'n' }, data: { x: '1' } };
  const answer = ({ path, query }: Seen): Reply => {
    if (path.endsWith('/foreign')) return { body: { metadata: { name: 'foreign' } } };
    return query.get('labelSelector') === 'app.kubernetes.io/managed-by=hello'
      ? { body: { metadata: {}, items: [item] } }
      : failure(404, 'NotFound', 'x');
  };
  const { api, seen } = await open(t, answer, true);
  const [a, again, foreign, none] = await Promise.all(
    ['a', 'a', 'foreign', 'none'].map(async (name) => api.find(configMaps, name, 'n')),
  );
  assert.deepEqual(a, { ...item, apiVersion: 'v1', kind: 'ConfigMap' });
  assert.deepEqual(again, a);
  assert.equal(foreign?.metadata.name, 'foreign');
  assert.equal(none, undefined);
  assert.equal(seen.length, 3);
});

test('a survey without the right to list asks for each object', async (t) => {
  const { api } = await open(
    t,
    ({ path }) =>
      path.endsWith('/configmaps') ? failure(403, 'Forbidden', 'no') : { body: { metadata: { name: 'a' } } },
    true,
  );
  assert.equal((await api.find(configMaps, 'a', 'n'))?.metadata.name, 'a');
});

test('reads all pages, and starts again when the list expired half-way', async (t) => {
  let expired = false;
  const { api } = await open(t, ({ query }) => {
    const at = query.get('continue');
    if (at === null) return { body: { metadata: { continue: 'p2' }, items: [{ metadata: { name: 'a' } }] } };
    if (!expired) {
      expired = true;
      return failure(410, 'Expired', 'too old');
    }
    return { body: { metadata: {}, items: [{ metadata: { name: 'b' } }] } };
  });
  const names = (await api.list(configMaps, { namespace: 'n' })).map((each) => each.metadata.name);
  assert.deepEqual(names, ['a', 'b']);
});

test('tells who holds which field when an apply conflicts', async (t) => {
  const causes = [
    {
      reason: 'FieldManagerConflict',
      message: 'conflict with "kube-controller-manager" using apps/v1',
      field: '.spec.replicas',
    },
    {
      reason: 'FieldManagerConflict',
      message: 'conflict with "kubectl"',
      field: '.spec.template.spec.containers[name="app"].image',
    },
  ];
  const { api, seen } = await open(t, () => failure(409, 'Conflict', 'Apply failed with 2 conflicts', { causes }));
  const error = await reasonOf(api.apply(deployments, web, {}));
  assert.equal(error.reason, 'conflict');
  assert.deepEqual(error.parts.conflicts, [
    { manager: 'kube-controller-manager', field: 'spec.replicas' },
    { manager: 'kubectl', field: 'spec.template.spec.containers[name="app"].image' },
  ]);
  assert.equal(seen.length, 1);
});

const refusals: readonly [string, Reply, string][] = [
  ['a stale version', failure(409, 'Conflict', 'the object has been modified'), 'conflict'],
  ['an object that exists', failure(409, 'AlreadyExists', 'already exists'), 'exists'],
  [
    'an immutable field',
    failure(422, 'Invalid', 'x', {
      causes: [{ message: 'Invalid value: {}: field is immutable', field: 'spec.selector' }],
    }),
    'immutable',
  ],
  [
    'an impossible value',
    failure(422, 'Invalid', 'x', { causes: [{ message: 'Required value', field: 'spec' }] }),
    'invalid',
  ],
  [
    'a field that the schema lacks',
    failure(500, '', 'failed to create typed patch object (n/web; apps/v1): .spec.nope: field not declared in schema'),
    'invalid',
  ],
  [
    'no permission',
    failure(403, 'Forbidden', 'deployments.apps "web" is forbidden: User "x" cannot patch'),
    'forbidden',
  ],
  ['a quota', failure(403, 'Forbidden', 'x is forbidden: exceeded quota: q'), 'quota'],
  ['a bad token', failure(401, 'Unauthorized', 'Unauthorized'), 'unauthenticated'],
  [
    'a page of a proxy',
    { status: 403, headers: { 'content-type': 'text/html' }, body: '<!DOCTYPE html><html>no</html>' },
    'forbidden',
  ],
  ['an answer that is not JSON', { body: 'hello' }, 'unexpected'],
];
for (const [what, reply, reason] of refusals) {
  test(`says what ${what} means, and does not try again`, async (t) => {
    const { api, seen } = await open(t, () => reply);
    assert.equal((await reasonOf(api.apply(deployments, web, {}))).reason, reason);
    assert.equal(seen.length, 1);
  });
}

test('waits as long as an overloaded server asks, and while a namespace of that name still goes', async (t) => {
  const terminating = failure(403, 'Forbidden', 'x', {
    causes: [{ reason: 'NamespaceTerminating', message: 'm', field: 'metadata.namespace' }],
  });
  const replies: Reply[] = [
    { ...failure(429, 'TooManyRequests', 'slow'), headers: { 'retry-after': '7' } },
    { status: 503, body: 'no' },
    terminating,
  ];
  const { api, host, seen } = await open(t, (_seen, count) => replies[count - 1] ?? { body: web });
  await api.apply(deployments, web, {});
  assert.equal(seen.length, 4);
  assert.equal(host.slept[0], 7000);
});

test('a dropped connection is tried again; a server that is not there is named', async (t) => {
  const { api, seen } = await open(t, (_seen, count) => (count === 1 ? { drops: true } : { body: web }));
  await api.find(deployments, 'web', 'n');
  assert.equal(seen.length, 2);
  const nowhere = kubernetesApi(connectGke({ endpoint: 'http://127.0.0.1:1', token: async () => 't' }), quickHost(), {
    survey: false,
  });
  const error = await reasonOf(nowhere.find(deployments, 'web', 'n'));
  assert.equal(error.reason, 'unavailable');
  assert.match(error.message, /http:\/\/127\.0\.0\.1:1 does not answer/);
});

test('never repeats a value of a Secret in what the server says about it', async (t) => {
  const causes = [{ message: 'Invalid value: "canary": no' }];
  const { api } = await open(t, () =>
    failure(422, 'Invalid', 'Secret "s" is invalid: data.a: Invalid value: "canary": no', { causes }),
  );
  const error = await reasonOf(
    api.apply(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'n' } }, {}),
  );
  assert.ok(!error.message.includes('canary'));
  assert.ok(error.message.includes('data.a'));
});

test('ends at once when aborted', async (t) => {
  const server = await serve(t, () => ({ stream: [] }));
  const stop = new AbortController();
  const api = kubernetesApi(connectGke({ endpoint: server.url, token: async () => 't' }), quickHost(), {
    survey: false,
    signal: stop.signal,
  });
  const waiting = api.find(deployments, 'web', 'n');
  stop.abort(new Error('stopped'));
  await assert.rejects(waiting, /stopped/);
});
