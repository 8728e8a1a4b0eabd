import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { apiVersionOf, resources } from '../../../compiler/simulator/kubernetes/resources.ts';
import {
  configMap,
  configMaps,
  deployment,
  deployments,
  startCluster,
  token,
  until,
  type Json,
  type TestCluster,
} from './cluster.ts';

/** Opens a watch and gathers its events until the test ends. */
function watch(
  t: TestContext,
  { server }: TestCluster,
  path: string,
  accept = 'application/json',
): { readonly events: Json[]; readonly ended: () => boolean } {
  const events: Json[] = [];
  let ended = false;
  let rest = '';
  const headers = { Authorization: `Bearer ${token}`, Accept: accept };
  const asked = request(`https://${server.endpoint}${path}`, { ca: server.caPem, headers }, (response) => {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.map((line): unknown => JSON.parse(line)));
    });
    response.on('end', () => (ended = true));
  });
  asked.on('error', () => (ended = true));
  asked.end();
  t.after(() => asked.destroy());
  return { events, ended: () => ended };
}

test('lists by labels and by fields, and refuses selectors that it does not know', async (t) => {
  const { ask } = await startCluster(t);
  for (const [name, labels] of Object.entries({ a: { app: 'x', tier: 'web' }, b: { app: 'x' }, c: { app: 'y' } })) {
    await ask('POST', configMaps, { body: { ...configMap(name, {}), metadata: { name, labels } } });
  }
  const names = async (query: string): Promise<string[]> => {
    const { json } = await ask('GET', `${configMaps}?${query}`);
    return json.items.map((item: Json) => item.metadata.name);
  };
  const label = (selector: string): Promise<string[]> => names(`labelSelector=${encodeURIComponent(selector)}`);
  assert.deepEqual(await label('app=x'), ['a', 'b']);
  assert.deepEqual(await label('app==x,tier'), ['a']);
  assert.deepEqual(await label('app in (x, y),!tier'), ['b', 'c']);
  assert.deepEqual(await label('app,tier!=web'), ['b', 'c']);
  assert.deepEqual(await label('app,app notin (x)'), ['c']);
  assert.deepEqual(await names('fieldSelector=metadata.name%3Db'), ['b']);
  assert.equal((await ask('GET', `${configMaps}?labelSelector=%3D%3D`)).code, 400);
  const field = await ask('GET', `${configMaps}?fieldSelector=data.a%3D1`);
  assert.equal(field.code, 400);
  assert.equal(
    field.json.message,
    '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
  );
});

test('gives a long list in pages that know how much is left', async (t) => {
  const { ask } = await startCluster(t);
  for (const name of ['a', 'b', 'c', 'd'])
    await ask('POST', '/api/v1/namespaces/default/secrets', { body: { metadata: { name } } });
  const path = '/api/v1/namespaces/default/secrets';
  const first = await ask('GET', `${path}?limit=3`);
  assert.equal(first.json.kind, 'SecretList');
  assert.equal(first.json.items[0].kind, undefined);
  assert.equal(first.json.metadata.remainingItemCount, 1);
  const second = await ask('GET', `${path}?limit=3&continue=${first.json.metadata.continue}`);
  assert.deepEqual(
    second.json.items.map((item: Json) => item.metadata.name),
    ['d'],
  );
  assert.equal(second.json.metadata.resourceVersion, first.json.metadata.resourceVersion);
  assert.equal((await ask('GET', `${path}?limit=3&continue=garbage`)).code, 400);
});

test('a version of the future is a timeout, an exact one of the past has expired', async (t) => {
  const { ask } = await startCluster(t);
  const future = await ask('GET', `${configMaps}?resourceVersion=999999&resourceVersionMatch=NotOlderThan`);
  assert.equal(future.code, 504);
  assert.equal(future.json.details.causes[0].reason, 'ResourceVersionTooLarge');
  const past = await ask('GET', `${configMaps}?resourceVersion=1&resourceVersionMatch=Exact`);
  assert.equal(past.code, 410);
  assert.equal(past.json.reason, 'Expired');
});

test('a watch tells what changes after its version, and nothing else', async (t) => {
  const cluster = await startCluster(t);
  const { ask } = cluster;
  await ask('POST', configMaps, { body: configMap('before', {}) });
  const { json } = await ask('GET', configMaps);
  const { events } = watch(t, cluster, `${configMaps}?watch=true&resourceVersion=${json.metadata.resourceVersion}`);
  await ask('POST', configMaps, { body: configMap('a', { x: '1' }) });
  await ask('PATCH', `${configMaps}/a`, { body: { data: { x: '2' } }, type: 'application/merge-patch+json' });
  await ask('DELETE', `${configMaps}/a`);
  await until('three events are in', () => events.length >= 3);
  assert.deepEqual(
    events.map(({ type, object }: Json) => [type, object.kind, object.metadata.name, object.data?.x]),
    [
      ['ADDED', 'ConfigMap', 'a', '1'],
      ['MODIFIED', 'ConfigMap', 'a', '2'],
      ['DELETED', 'ConfigMap', 'a', '2'],
    ],
  );
  const versions = events.map(({ object }: Json) => Number(object.metadata.resourceVersion));
  assert.deepEqual(
    versions,
    versions.toSorted((a, b) => a - b),
  );
});

test('an object that leaves the selection of a watch is gone for it, one that enters is new', async (t) => {
  const cluster = await startCluster(t);
  const { ask } = cluster;
  const { json } = await ask('POST', configMaps, { body: configMap('a', {}) });
  const { events } = watch(
    t,
    cluster,
    `${configMaps}?watch=true&labelSelector=on%3Dyes&resourceVersion=${json.metadata.resourceVersion}`,
  );
  const label = (value: string | null): Promise<unknown> =>
    ask('PATCH', `${configMaps}/a`, {
      body: { metadata: { labels: { on: value } } },
      type: 'application/merge-patch+json',
    });
  await label('yes');
  await label('no');
  await until('both events are in', () => events.length >= 2);
  assert.deepEqual(
    events.map((event: Json) => event.type),
    ['ADDED', 'DELETED'],
  );
});

test('a watch without a version begins with what is there, and ends on time with a bookmark', async (t) => {
  const cluster = await startCluster(t);
  await cluster.ask('POST', '/api/v1/namespaces/default/secrets', { body: { metadata: { name: 's' } } });
  const path = '/api/v1/namespaces/default/secrets?watch=true&allowWatchBookmarks=true&timeoutSeconds=1';
  const { events, ended } = watch(t, cluster, path);
  await until('the watch is over', ended);
  assert.deepEqual(
    events.map((event: Json) => event.type),
    ['ADDED', 'BOOKMARK'],
  );
  assert.deepEqual(Object.keys(events[1].object.metadata), ['resourceVersion']);
});

test('a watch may ask for the list first', async (t) => {
  const cluster = await startCluster(t);
  const path =
    '/api/v1/namespaces?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const { events } = watch(t, cluster, path);
  const last = await until('the list is over', () => events.find((event: Json) => event.type === 'BOOKMARK'));
  assert.equal(last.object.metadata.annotations['k8s.io/initial-events-end'], 'true');
  assert.ok(events.some((event: Json) => event.object.metadata.name === 'kube-system'));
});

test('a watch from before a restart has expired, and versions go on counting', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hello-cluster-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'store');
  const before = await startCluster(t, file);
  const { json } = await before.ask('POST', configMaps, { body: configMap('a', {}) });
  await before.ask('DELETE', `${configMaps}/a`);
  await before.ask('POST', configMaps, { body: configMap('kept', { x: '1' }) });
  await before.server.stop();
  const after = await startCluster(t, file);
  assert.equal(after.server.endpoint, before.server.endpoint);
  assert.equal(after.server.caPem, before.server.caPem);
  assert.equal((await after.ask('GET', `${configMaps}/kept`)).json.data.x, '1');
  const next = await after.ask('POST', configMaps, { body: configMap('b', {}) });
  assert.ok(Number(next.json.metadata.resourceVersion) > Number(json.metadata.resourceVersion) + 2);
  const { events } = watch(t, after, `${configMaps}?watch=true&resourceVersion=${json.metadata.resourceVersion}`);
  const error = await until('the watch is refused', () => events.find((event: Json) => event.type === 'ERROR'));
  assert.equal(error.object.code, 410);
});

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

test('prints tables with the columns that kubectl shows', async (t) => {
  const cluster = await startCluster(t);
  await cluster.apply(`${deployments}/web`, deployment('web', { replicas: 0 }));
  const { json } = await cluster.ask('GET', deployments, { accept: table });
  assert.equal(json.kind, 'Table');
  assert.deepEqual(
    json.columnDefinitions.map((column: Json) => column.name),
    ['Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'Containers', 'Images', 'Selector'],
  );
  const [row] = json.rows;
  assert.deepEqual(row.cells.toSpliced(4, 1), ['web', '0/0', 0, 0, 'app', 'app:1', 'app=web']);
  assert.equal(row.object.kind, 'PartialObjectMetadata');
  const { events } = watch(t, cluster, `${deployments}?watch=true&resourceVersion=0`, table);
  await until('the row is in', () => events.length >= 1);
  assert.equal(events[0].object.columnDefinitions.length, 8);
  await cluster.ask('PATCH', `${deployments}/web`, {
    body: { metadata: { labels: { x: 'y' } } },
    type: 'application/merge-patch+json',
  });
  await until('the next row is in', () => events.length >= 2);
  assert.equal(events.at(-1).object.columnDefinitions, null);
});

test('discovers in aggregate and one by one', async (t) => {
  const { ask } = await startCluster(t);
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
  const all = await ask('GET', '/apis', { accept });
  assert.match(String(all.headers['content-type']), /as=APIGroupDiscoveryList/);
  const apps = all.json.items.find((group: Json) => group.metadata.name === 'apps');
  const [first] = apps.versions[0].resources;
  assert.equal(first.resource, 'deployments');
  assert.deepEqual(
    first.subresources.map((each: Json) => each.subresource),
    ['scale', 'status'],
  );
  const plain = await ask('GET', '/apis/apps/v1');
  assert.deepEqual(
    plain.json.resources.slice(0, 3).map((each: Json) => each.name),
    ['deployments', 'deployments/scale', 'deployments/status'],
  );
  assert.equal((await ask('GET', '/version')).json.major, '1');
  assert.equal((await ask('GET', '/readyz')).text, 'ok');
});

test('lists a thousand objects in one answer', async (t) => {
  const { ask, objects } = await startCluster(t);
  const manager = 'test';
  const metadata = (index: number): object => ({ name: `m${index}`, namespace: 'default', labels: { part: 'x' } });
  for (let index = 0; index < 1000; index += 1)
    objects.create('configmaps', { metadata: metadata(index), data: { a: 'b' } }, manager);
  const { json } = await ask('GET', `${configMaps}?labelSelector=part%3Dx`);
  assert.equal(json.items.length, 1000);
});

test('every resource of the table is served: listed, printed, watched and explained', async (t) => {
  const { ask } = await startCluster(t);
  const index = await ask('GET', '/openapi/v3');
  for (const resource of resources) {
    const root = resource.group === '' ? `api/${resource.version}` : `apis/${apiVersionOf(resource)}`;
    const { serverRelativeURL } = index.json.paths[root];
    const document = await ask('GET', serverRelativeURL);
    const kinds = Object.values<Json>(document.json.components.schemas).flatMap(
      (schema) => schema['x-kubernetes-group-version-kind'] ?? [],
    );
    assert.ok(
      kinds.some((each: Json) => each.kind === resource.kind),
      resource.kind,
    );
    if (!resource.verbs.includes('list')) continue;
    const list = await ask('GET', `/${root}/${resource.plural}`);
    assert.equal(list.json.kind, `${resource.kind}List`);
    const printed = await ask('GET', `/${root}/${resource.plural}`, { accept: table });
    assert.equal(printed.json.kind, 'Table', resource.plural);
  }
});

test('a followed log goes on with new lines, and ends with its pod', async (t) => {
  const { ask, objects } = await startCluster(t);
  const body = { metadata: { name: 'one' }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
  await until('the namespace is furnished', () => objects.get('serviceaccounts', 'default', 'default'));
  await ask('POST', '/api/v1/namespaces/default/pods', { body });
  const path = '/api/v1/namespaces/default/pods/one/log';
  assert.equal((await ask('GET', path)).text, 'hello from app\n');
  const previous = await ask('GET', `${path}?previous=true`);
  assert.equal(previous.code, 400);
  assert.equal(previous.json.message, 'previous terminated container "app" in pod "one" not found');
  assert.match((await ask('GET', `${path}?container=odd`)).json.message, /container odd is not valid for pod one/);
  const followed = ask('GET', `${path}?follow=true`);
  await until('the pod is bound', () => (objects.get('pods', 'one', 'default') as Json).spec.nodeName);
  objects.setStatus('pods', 'one', 'default', { phase: 'Succeeded' }, 'kubelet');
  assert.equal((await followed).text, 'hello from app\nand more\n');
});
