import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster, until, type Json, type TestCluster } from './cluster.ts';

const group = '/apis/monitoring.googleapis.com/v1';
const monitorings = `${group}/namespaces/default/podmonitorings`;
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

function monitoring(name: string, spec: Json = {}): Json {
  return {
    apiVersion: 'monitoring.googleapis.com/v1',
    kind: 'PodMonitoring',
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, endpoints: [{ port: 'http', interval: '30s' }], ...spec },
  };
}

/** A kind that nobody built in. */
const widgets = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.shop.example.com' },
  spec: {
    group: 'shop.example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  size: { type: 'integer', minimum: 1, maximum: 9, default: 3 },
                  colour: { type: 'string', enum: ['red', 'blue'] },
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: { name: { type: 'string' }, count: { type: 'integer' } },
                    },
                  },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
            },
          },
        },
      },
    ],
  },
};
const widget = (name: string, spec: Json): Json => ({
  apiVersion: 'shop.example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
});
const home = '/apis/shop.example.com/v1/namespaces/default/widgets';

async function define({ ask }: TestCluster): Promise<void> {
  assert.equal((await ask('POST', definitions, { body: widgets })).code, 201);
  await until('the kind is served', async () => (await ask('GET', home)).code === 200);
}

test('a PodMonitoring is applied, completed with its defaults, listed and deleted', async (t) => {
  const { ask, apply } = await startCluster(t);
  const made = await apply(`${monitorings}/web`, monitoring('web'));
  assert.equal(made.code, 201, made.text);
  assert.deepEqual(made.json.spec.targetLabels, {
    metadata: ['container', 'pod', 'top_level_controller_name', 'top_level_controller_type'],
  });
  assert.equal(made.json.metadata.generation, 1);
  assert.deepEqual(made.json.metadata.managedFields[0].fieldsV1['f:spec'], { 'f:endpoints': {}, 'f:selector': {} });
  const live = await until('it is reported as configured', async () => {
    const { json } = await ask('GET', `${monitorings}/web`);
    return json.status?.conditions?.some((each: Json) => each.type === 'ConfigurationCreateSuccess') && json;
  });
  assert.equal(live.status.observedGeneration, 1);
  const again = await apply(`${monitorings}/web`, monitoring('web'));
  assert.equal(again.json.metadata.resourceVersion, live.metadata.resourceVersion);
  const changed = await apply(`${monitorings}/web`, monitoring('web', { filterRunning: false }));
  assert.equal(changed.json.metadata.generation, 2);
  const table = await ask('GET', monitorings, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  assert.deepEqual(
    table.json.columnDefinitions.map((each: Json) => each.name),
    ['Name', 'Age'],
  );
  const gone = await ask('DELETE', `${monitorings}/web`);
  assert.deepEqual([gone.json.kind, gone.json.status], ['Status', 'Success']);
});

test('a PodMonitoring with a field that is not there is refused by each way of writing', async (t) => {
  const { ask, apply } = await startCluster(t);
  const wrong = monitoring('web', { endpoint: [] });
  const applied = await apply(`${monitorings}/web`, wrong);
  assert.equal(applied.code, 500);
  assert.match(applied.json.message, /PodMonitoring\): \.spec\.endpoint: field not declared in schema/);
  const posted = await ask('POST', `${monitorings}?fieldValidation=Strict`, { body: wrong });
  assert.equal(posted.code, 400);
  assert.match(posted.json.message, /strict decoding error: unknown field "spec\.endpoint"/);
  const warned = await ask('POST', monitorings, { body: wrong });
  assert.equal(warned.code, 201);
  assert.match(String(warned.headers['warning']), /unknown field/);
  assert.equal('endpoint' in warned.json.spec, false);
});

test('a custom object that breaks its schema is refused, all its problems at once', async (t) => {
  const cluster = await startCluster(t);
  await define(cluster);
  const { code, json } = await cluster.ask('POST', home, {
    body: widget('a', { size: 12, colour: 'green', parts: [{ count: 'x' }] }),
  });
  assert.equal(code, 422);
  assert.equal(json.details.kind, 'Widget');
  assert.deepEqual(
    json.details.causes.map((each: Json) => [each.reason, each.field]),
    [
      ['FieldValueInvalid', 'spec.size'],
      ['FieldValueNotSupported', 'spec.colour'],
      ['FieldValueRequired', 'spec.parts[0].name'],
      ['FieldValueInvalid', 'spec.parts[0].count'],
    ],
  );
});

test('a definition adds a kind: in discovery, OpenAPI, tables, patches and apply', async (t) => {
  const cluster = await startCluster(t);
  const { ask, apply } = cluster;
  const before = await ask('GET', home);
  assert.deepEqual([before.code, before.text], [404, '404 page not found\n']);
  await define(cluster);
  const groups = await ask('GET', '/apis', {
    accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  });
  const found = groups.json.items.find((each: Json) => each.metadata.name === 'shop.example.com');
  assert.deepEqual(found.versions[0].resources[0].shortNames, ['wd']);
  const open = await ask('GET', '/openapi/v3/apis/shop.example.com/v1');
  assert.equal(open.json.components.schemas['com.example.shop.v1.Widget'].properties.spec.properties.size.default, 3);
  await apply(`${home}/a`, widget('a', { parts: [{ name: 'x', count: 1 }], free: { any: ['thing'] } }));
  await apply(`${home}/a`, widget('a', { parts: [{ name: 'y' }] }), 'fieldManager=other');
  const live = await ask('GET', `${home}/a`);
  assert.deepEqual(live.json.spec, {
    size: 3,
    parts: [{ name: 'x', count: 1 }, { name: 'y' }],
    free: { any: ['thing'] },
  });
  const table = await ask('GET', home, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  assert.deepEqual(table.json.rows[0].cells, ['a', 3]);
  const strategic = await ask('PATCH', `${home}/a`, {
    body: { spec: { size: 4 } },
    type: 'application/strategic-merge-patch+json',
  });
  assert.equal(strategic.code, 415);
  const merged = await ask('PATCH', `${home}/a`, { body: { spec: { size: 4 } }, type: 'application/merge-patch+json' });
  assert.equal(merged.json.spec.size, 4);
});

test('deleting a definition deletes its objects first, and then the kind is not known', async (t) => {
  const cluster = await startCluster(t);
  const { ask } = cluster;
  await define(cluster);
  const held = { ...widget('held', {}), metadata: { name: 'held', finalizers: ['shop.example.com/hold'] } };
  await ask('POST', home, { body: held });
  await ask('DELETE', `${definitions}/widgets.shop.example.com`);
  await until('the object is being deleted', async () => {
    const { json } = await ask('GET', `${home}/held`);
    return json.metadata?.deletionTimestamp !== undefined;
  });
  const late = await ask('POST', home, { body: widget('late', {}) });
  assert.equal(late.code, 405);
  await ask('PATCH', `${home}/held`, {
    body: { metadata: { finalizers: null } },
    type: 'application/merge-patch+json',
  });
  await until('the kind is gone', async () => (await ask('GET', home)).text === '404 page not found\n');
});

test('custom objects and their kind are there after a restart', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hello-custom-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'journal');
  const first = await startCluster(t, file);
  await define(first);
  await first.ask('POST', home, { body: widget('a', { size: 5 }) });
  await first.server.stop();
  const second = await startCluster(t, file);
  const live = await second.ask('GET', `${home}/a`);
  assert.equal(live.json.spec.size, 5);
});

test('a namespace takes its custom objects along', async (t) => {
  const { ask, apply } = await startCluster(t);
  await ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
  const path = `${group}/namespaces/shop/podmonitorings/web`;
  assert.equal((await apply(path, monitoring('web'))).code, 201);
  await ask('DELETE', '/api/v1/namespaces/shop');
  await until('it is gone', async () => (await ask('GET', '/api/v1/namespaces/shop')).code === 404);
  assert.equal((await ask('GET', path)).code, 404);
});

test('a custom kind is served in each of its versions, and kept in one', async (t) => {
  const { ask } = await startCluster(t);
  const [version] = widgets.spec.versions;
  const versions = [version, { ...version, name: 'v1beta1', storage: false }];
  await ask('POST', definitions, { body: { ...widgets, spec: { ...widgets.spec, versions } } });
  const older = home.replace('/v1/', '/v1beta1/');
  await until('the kind is served', async () => (await ask('GET', older)).code === 200);
  const made = await ask('POST', older, {
    body: { ...widget('a', { size: 4 }), apiVersion: 'shop.example.com/v1beta1' },
  });
  assert.deepEqual([made.code, made.json.apiVersion], [201, 'shop.example.com/v1beta1']);
  assert.deepEqual(
    (await ask('GET', home)).json.items.map((each: Json) => each.spec.size),
    [4],
  );
  assert.equal((await ask('GET', `${home}/a`)).json.apiVersion, 'shop.example.com/v1');
  const { json } = await ask('GET', '/apis/shop.example.com');
  assert.equal(json.preferredVersion.version, 'v1');
});

test('autoscaling/v1 shows and writes the use of CPU, and leaves what only v2 can say', async (t) => {
  const { ask } = await startCluster(t);
  const at = (version: string): string => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
  const memory = {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 70 } },
  };
  const spec = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3 };
  await ask('POST', at('v2'), { body: { metadata: { name: 'web' }, spec: { ...spec, metrics: [memory] } } });
  const target = { spec: { targetCPUUtilizationPercentage: 60 } };
  const patched = await ask('PATCH', `${at('v1')}/web`, { body: target, type: 'application/merge-patch+json' });
  assert.deepEqual([patched.json.apiVersion, patched.json.spec.targetCPUUtilizationPercentage], ['autoscaling/v1', 60]);
  const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } };
  assert.deepEqual((await ask('GET', `${at('v2')}/web`)).json.spec.metrics, [cpu, memory]);
});
