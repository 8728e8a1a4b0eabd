import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMap, configMaps, deployment, deployments, startCluster } from './cluster.ts';

test('refuses a request without the right token', async (t) => {
  const { ask } = await startCluster(t);
  const { code, json } = await ask('GET', configMaps, { token: 'wrong' });
  assert.equal(code, 401);
  assert.deepEqual(json, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Unauthorized',
    reason: 'Unauthorized',
    code: 401,
  });
});

test('says what is missing: object, namespace, resource, group', async (t) => {
  const { ask } = await startCluster(t);
  const object = await ask('GET', `${deployments}/web`);
  assert.equal(object.code, 404);
  assert.equal(object.json.message, 'deployments.apps "web" not found');
  assert.deepEqual(object.json.details, { name: 'web', group: 'apps', kind: 'deployments' });
  const namespace = await ask('POST', '/api/v1/namespaces/nons/configmaps', { body: configMap('a', {}) });
  assert.equal(namespace.code, 404);
  assert.equal(namespace.json.message, 'namespaces "nons" not found');
  const resource = await ask('GET', '/apis/apps/v1/namespaces/default/things');
  assert.equal(resource.code, 404);
  assert.equal(resource.json.message, 'the server could not find the requested resource');
  const group = await ask('GET', '/apis/example.com/v1/namespaces/default/things');
  assert.equal(group.code, 404);
  assert.equal(group.text, '404 page not found\n');
  assert.match(String(group.headers['content-type']), /^text\/plain/);
});

test('refuses to create what exists, and to write what has moved', async (t) => {
  const { ask } = await startCluster(t);
  const made = await ask('POST', configMaps, { body: configMap('a', { x: '1' }) });
  assert.equal(made.code, 201);
  const again = await ask('POST', configMaps, { body: configMap('a', { x: '1' }) });
  assert.equal(again.code, 409);
  assert.equal(again.json.reason, 'AlreadyExists');
  assert.equal(again.json.message, 'configmaps "a" already exists');
  const put = await ask('PUT', `${configMaps}/a`, { body: { ...made.json, data: { x: '2' } } });
  assert.equal(put.code, 200);
  const stale = await ask('PUT', `${configMaps}/a`, { body: { ...made.json, data: { x: '3' } } });
  assert.equal(stale.code, 409);
  assert.equal(
    stale.json.message,
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
  );
});

test('keeps the version when a write changes nothing', async (t) => {
  const { ask } = await startCluster(t);
  const made = await ask('POST', configMaps, { body: configMap('a', { x: '1' }) });
  const put = await ask('PUT', `${configMaps}/a`, { body: made.json });
  assert.equal(put.json.metadata.resourceVersion, made.json.metadata.resourceVersion);
});

test('refuses a change of what is immutable', async (t) => {
  const { ask, apply } = await startCluster(t);
  await apply(`${deployments}/web`, deployment('web'));
  const moved = deployment('web');
  moved.spec.selector.matchLabels = { app: 'other' };
  moved.spec.template.metadata.labels = { app: 'other' };
  const answer = await apply(`${deployments}/web`, moved);
  assert.equal(answer.code, 422);
  assert.equal(answer.json.reason, 'Invalid');
  assert.equal(answer.json.details.kind, 'Deployment');
  assert.equal(
    answer.json.message,
    'Deployment.apps "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
  );
  await ask('POST', configMaps, { body: { ...configMap('frozen', { x: '1' }), immutable: true } });
  const frozen = await ask('PATCH', `${configMaps}/frozen`, {
    body: { data: { x: '2' } },
    type: 'application/merge-patch+json',
  });
  assert.equal(frozen.code, 422);
  assert.match(frozen.json.message, /field is immutable when `immutable` is set/);
});

test('reports every problem of an object at once', async (t) => {
  const { ask } = await startCluster(t);
  const body = deployment('web');
  delete body.spec.template.spec.containers[0].image;
  body.spec.template.metadata.labels = { app: 'other' };
  const { code, json } = await ask('POST', deployments, { body });
  assert.equal(code, 422);
  assert.deepEqual(
    json.details.causes.map((cause: { field: string; reason: string }) => [cause.field, cause.reason]),
    [
      ['spec.template.spec.containers[0].image', 'FieldValueRequired'],
      ['spec.template.metadata.labels', 'FieldValueInvalid'],
    ],
  );
});

test('refuses, warns of, or ignores unknown fields as asked', async (t) => {
  const { ask } = await startCluster(t);
  const body = deployment('web', { spec: { foo: 1 } });
  const strict = await ask('POST', `${deployments}?fieldValidation=Strict`, { body });
  assert.equal(strict.code, 400);
  assert.equal(
    strict.json.message,
    'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.foo"',
  );
  const warned = await ask('POST', `${deployments}?dryRun=All`, { body });
  assert.equal(warned.code, 201);
  assert.equal(warned.headers['warning'], '299 - "unknown field \\"spec.foo\\""');
  assert.equal(warned.json.spec.foo, undefined);
  const ignored = await ask('POST', `${deployments}?fieldValidation=Ignore`, { body });
  assert.equal(ignored.headers['warning'], undefined);
  const odd = await ask('POST', `${deployments}?fieldValidation=Odd`, { body });
  assert.equal(odd.code, 422);
  const mistyped = await ask('POST', deployments, { body: deployment('b', { spec: { replicas: 'two' } }) });
  assert.equal(mistyped.code, 400);
  assert.match(
    mistyped.json.message,
    /cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32/,
  );
});

test('an apply with an unknown, mistyped or repeated field is an internal error without a reason', async (t) => {
  const { apply } = await startCluster(t);
  const path = `${deployments}/web`;
  const unknown = await apply(path, deployment('web', { spec: { foo: 1 } }));
  assert.equal(unknown.code, 500);
  assert.equal(unknown.json.reason, undefined);
  assert.equal(
    unknown.json.message,
    'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema',
  );
  const twice = deployment('web');
  twice.spec.template.spec.containers[0].env = [
    { name: 'A', value: '1' },
    { name: 'A', value: '2' },
  ];
  const repeated = await apply(path, twice);
  assert.equal(repeated.code, 500);
  assert.match(
    repeated.json.message,
    /\.spec\.template\.spec\.containers\[name="app"\]\.env: duplicate entries for key \[name="A"\]$/,
  );
  twice.spec.template.spec.containers[0].env = [{ name: 'A', value: 5 }];
  const mistyped = await apply(path, twice);
  assert.match(
    mistyped.json.message,
    /env\[name="A"\]\.value: expected string, got &value\.valueUnstructured\{Value:5\}$/,
  );
});

test('refuses an apply without a field manager, with managed fields, or under another name', async (t) => {
  const { apply } = await startCluster(t);
  const path = `${configMaps}/a`;
  const nobody = await apply(path, configMap('a', {}), 'force=false');
  assert.equal(nobody.code, 422);
  assert.equal(
    nobody.json.message,
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  );
  const managed = await apply(path, { ...configMap('a', {}), metadata: { name: 'a', managedFields: [] } });
  assert.equal(managed.code, 400);
  assert.equal(managed.json.message, 'metadata.managedFields must be nil');
  const other = await apply(path, configMap('b', {}));
  assert.equal(other.code, 400);
  assert.equal(other.json.message, 'the name of the object (b) does not match the name on the URL (a)');
});

test('refuses patches that it does not know, and those that fail', async (t) => {
  const { ask } = await startCluster(t);
  await ask('POST', configMaps, { body: configMap('a', { x: '1' }) });
  const odd = await ask('PATCH', `${configMaps}/a`, { body: {}, type: 'application/json' });
  assert.equal(odd.code, 415);
  const failed = await ask('PATCH', `${configMaps}/a`, {
    body: [{ op: 'test', path: '/data/x', value: '2' }],
    type: 'application/json-patch+json',
  });
  assert.equal(failed.code, 422);
  assert.equal(failed.json.message, 'the server rejected our request due to an error in our request');
});

test('deletes only what the preconditions mean', async (t) => {
  const { ask } = await startCluster(t);
  const { json } = await ask('POST', configMaps, { body: configMap('a', {}) });
  const wrong = await ask('DELETE', `${configMaps}/a`, { body: { preconditions: { uid: 'x' } } });
  assert.equal(wrong.code, 409);
  assert.match(
    wrong.json.message,
    /the UID in the precondition \(x\) does not match the UID in record \(.*\)\. The object might have been deleted and then recreated$/,
  );
  const dry = await ask('DELETE', `${configMaps}/a?dryRun=All`);
  assert.equal(dry.code, 200);
  const { uid } = json.metadata;
  const gone = await ask('DELETE', `${configMaps}/a`, { body: { preconditions: { uid } } });
  assert.equal(gone.code, 200);
  assert.deepEqual(gone.json, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: 'a', kind: 'configmaps', uid },
  });
  assert.equal((await ask('GET', `${configMaps}/a`)).code, 404);
});

test('an object with finalizers stays until the last is taken off', async (t) => {
  const { ask } = await startCluster(t);
  const body = { ...configMap('a', {}), metadata: { name: 'a', finalizers: ['example.com/hold'] } };
  await ask('POST', configMaps, { body });
  const marked = await ask('DELETE', `${configMaps}/a`);
  assert.equal(marked.code, 200);
  assert.ok(marked.json.metadata.deletionTimestamp);
  const more = await ask('PATCH', `${configMaps}/a`, {
    body: { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } },
    type: 'application/merge-patch+json',
  });
  assert.equal(more.code, 422);
  await ask('PATCH', `${configMaps}/a`, {
    body: { metadata: { finalizers: null } },
    type: 'application/merge-patch+json',
  });
  assert.equal((await ask('GET', `${configMaps}/a`)).code, 404);
});

test('a dry run answers as the real one would, and keeps nothing', async (t) => {
  const { ask, apply } = await startCluster(t);
  const created = await apply(`${deployments}/web`, deployment('web'), 'fieldManager=hello&dryRun=All');
  assert.equal(created.code, 201);
  assert.equal(created.json.metadata.resourceVersion, undefined);
  assert.equal(created.json.spec.progressDeadlineSeconds, 600);
  assert.equal((await ask('GET', `${deployments}/web`)).code, 404);
  const live = await apply(`${deployments}/web`, deployment('web', { replicas: 0 }));
  const changed = await apply(
    `${deployments}/web`,
    deployment('web', { replicas: 3 }),
    'fieldManager=hello&dryRun=All',
  );
  assert.equal(changed.json.metadata.generation, live.json.metadata.generation + 1);
  assert.equal((await ask('GET', `${deployments}/web`)).json.spec.replicas, 0);
  const odd = await ask('POST', `${configMaps}?dryRun=Some`, { body: configMap('a', {}) });
  assert.equal(odd.code, 422);
  assert.equal(odd.json.details.kind, 'CreateOptions');
});

test('Autopilot fills in what a workload does not ask for, raises what is too small, and says so', async (t) => {
  const { apply } = await startCluster(t);
  const bare = deployment('bare', { replicas: 0 });
  bare.spec.template.spec.containers[0].resources = {};
  const filled = await apply(`${deployments}/bare`, bare);
  const [container] = filled.json.spec.template.spec.containers;
  assert.deepEqual(container.resources.requests, { cpu: '500m', memory: '2Gi', 'ephemeral-storage': '1Gi' });
  assert.match(
    String(filled.headers['warning']),
    /defaulted unspecified 'cpu', 'memory' resource for containers \[app\]/,
  );
  assert.equal(JSON.parse(filled.json.metadata.annotations['autopilot.gke.io/resource-adjustment']).modified, true);
  bare.spec.template.spec.containers[0].resources = { requests: { cpu: '10m', memory: '20Mi' } };
  const raised = await apply(`${deployments}/small`, { ...bare, metadata: { name: 'small' } });
  assert.equal(raised.json.spec.template.spec.containers[0].resources.requests.cpu, '50m');
  assert.equal(raised.json.spec.template.spec.securityContext.seccompProfile.type, 'RuntimeDefault');
  const again = await apply(`${deployments}/bare`, { ...bare, metadata: { name: 'bare' } });
  assert.equal(again.code, 200);
});

test('applying the same again changes nothing, where Autopilot had nothing to mend', async (t) => {
  const { apply } = await startCluster(t);
  const first = await apply(`${deployments}/web`, deployment('web', { replicas: 0 }));
  const body = deployment('web', { replicas: 0 });
  body.spec.template.spec.containers[0].resources.requests.cpu = '0.5';
  const second = await apply(`${deployments}/web`, body);
  assert.equal(first.code, 201);
  assert.equal(second.code, 200);
  assert.deepEqual(second.json.spec, first.json.spec);
  assert.equal(second.json.metadata.generation, first.json.metadata.generation);
  const own = (answer: typeof first): unknown =>
    answer.json.metadata.managedFields.find((entry: { manager: string }) => entry.manager === 'hello');
  assert.deepEqual(own(second), own(first));
});
