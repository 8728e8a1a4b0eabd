import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, clusters, cliWorld, instances, project, smallStack, type Json } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';

const world = cliWorld();
const applyPatch = 'application/apply-patch+yaml';
const namespace = '/api/v1/namespaces/hello-world';
const deployment = '/apis/apps/v1/namespaces/hello-world/deployments/hello-world';
const cluster = `${clusters}/hello-world-cluster`;
const instance = `${instances}/hello-world-db`;
const theirs = { role: 'roles/viewer', members: ['user:someone@example.com', 'group:others@example.com'] };

interface Policy {
  readonly etag: string;
  readonly bindings?: readonly { readonly role: string; readonly members: readonly string[] }[];
}

const policy = async (): Promise<Policy> =>
  world.google<Policy>('POST', `/v3/projects/${project}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } });
const grantsOf = async (role: string): Promise<readonly string[]> =>
  (await policy()).bindings?.find((each) => each.role === role)?.members ?? [];

/** What strangers have put beside ours, as the APIs give it back. */
async function foreign(): Promise<Json> {
  const [{ resourceLabels }, { settings }, configMap, secret] = await Promise.all([
    world.google<{ resourceLabels: Json }>('GET', cluster),
    world.google<{ settings: { userLabels: Json } }>('GET', instance),
    world.kube('GET', `${namespace}/configmaps/theirs`),
    world.kube('GET', `${namespace}/secrets/theirs`),
  ]);
  return {
    viewers: await grantsOf(theirs.role),
    clusterLabel: resourceLabels['team'],
    instanceLabel: settings.userLabels['team'],
    configMap: JSON.stringify(configMap),
    secret: JSON.stringify(secret),
  };
}

/** The fields that another manager has set on our objects, and that it holds them. */
async function foreignFields(): Promise<Json> {
  const ours = await world.kube<{ metadata: Json & { annotations: Json; managedFields: { manager: string }[] } }>(
    'GET',
    deployment,
  );
  const config = await world.kube<{ data: Json; metadata: { managedFields: { manager: string }[] } }>(
    'GET',
    `${namespace}/configmaps/hello-world`,
  );
  const held = (managers: { manager: string }[]): string =>
    JSON.stringify(managers.find(({ manager }) => manager === 'stranger'));
  return {
    annotation: ours.metadata.annotations['example.com/owner'],
    extra: config.data['THEIRS'],
    held: [held(ours.metadata.managedFields), held(config.metadata.managedFields)],
  };
}

test('what others put beside ours, and into ours, leaves the plan empty', async () => {
  await world.ends(0, 'apply --local --yes');
  const { etag, bindings = [] } = await policy();
  await world.google('POST', `/v3/projects/${project}:setIamPolicy`, {
    policy: { etag, version: 3, bindings: [...bindings, theirs] },
  });
  const { resourceLabels, labelFingerprint } = await world.google<Json & { resourceLabels: Json }>('GET', cluster);
  await world.google('POST', `${cluster}:setResourceLabels`, {
    resourceLabels: { ...resourceLabels, team: 'blue' },
    labelFingerprint,
  });
  const { settings } = await world.google<{ settings: { userLabels: Json; settingsVersion: string } }>('GET', instance);
  const userLabels = { ...settings.userLabels, team: 'red' };
  await world.google('PATCH', instance, { settings: { userLabels, settingsVersion: settings.settingsVersion } });
  const make = async (plural: string, body: object): Promise<unknown> =>
    world.kube('POST', `${namespace}/${plural}`, { apiVersion: 'v1', metadata: { name: 'theirs' }, ...body });
  await make('configmaps', { kind: 'ConfigMap', data: { key: 'value' } });
  await make('secrets', { kind: 'Secret', type: 'Opaque', data: { key: 'dmFsdWU=' } });
  const metadata = { name: 'hello-world', annotations: { 'example.com/owner': 'platform' } };
  await world.kube(
    'PATCH',
    `${deployment}?fieldManager=stranger`,
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata },
    applyPatch,
  );
  await world.kube(
    'PATCH',
    `${namespace}/configmaps/hello-world?fieldManager=stranger`,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'hello-world' }, data: { THEIRS: 'kept' } },
    applyPatch,
  );
  await eventually('the labels to be there', async () => {
    const found = await foreign();
    return found['clusterLabel'] === 'blue' && found['instanceLabel'] === 'red';
  });
  await world.ends(0, 'plan --local --detailed-exitcode');
});

test('an apply that changes the objects beside and around them leaves them byte for byte', async () => {
  const before = [await foreign(), await foreignFields()];
  world.write(smallStack.replace('Hello World', 'Hello Moon').replace('replicas: 1', 'replicas: 2'));
  await world.ends(0, 'apply --local --yes');
  assert.deepEqual([await foreign(), await foreignFields()], before);
  assert.deepEqual(changesOf(await world.plan()), {});
});

test('labels of ours that were taken away come back, and a foreign label stays', async () => {
  const { labelFingerprint } = await world.google('GET', cluster);
  const before = await foreign();
  await world.google('POST', `${cluster}:setResourceLabels`, {
    resourceLabels: { 'managed-by': 'hello', 'hello-app': 'hello-world', team: 'blue', more: 'x' },
    labelFingerprint,
  });
  await world.ends(0, 'apply --local --yes');
  assert.deepEqual(await foreign(), before);
});

test('destroy keeps what holds the things of others, says so, and removes the rest', async () => {
  const before = await foreign();
  const ran = await world.ends(0, 'destroy --local --yes --allow-data-loss hello-world-db');
  assert.match(
    ran.stdout,
    /= kubernetes\.namespace\/hello-world .*\(kept: it holds what is not ours: ConfigMap hello-world\/theirs and 1 more\)/,
  );
  assert.match(ran.stdout, /= google\.cluster\/hello-world-cluster .*\(kept: /);
  assert.deepEqual(JSON.stringify(await world.kube('GET', `${namespace}/configmaps/theirs`)), before['configMap']);
  assert.deepEqual(JSON.stringify(await world.kube('GET', `${namespace}/secrets/theirs`)), before['secret']);
  const { resourceLabels } = await world.google<{ resourceLabels: Json }>('GET', cluster);
  assert.equal(resourceLabels['team'], 'blue');
  assert.deepEqual(await grantsOf(theirs.role), theirs.members);
  assert.deepEqual(await grantsOf('roles/cloudsql.client'), []);
  assert.equal((await world.google('GET', instances))['items'], undefined);
  const left = await world.kube<{ items: Json[] }>('GET', '/apis/apps/v1/namespaces/hello-world/deployments');
  assert.deepEqual(left.items, []);
});

test('once they have taken their things away, destroy removes the namespace and the cluster', async () => {
  await world.kube('DELETE', `${namespace}/configmaps/theirs`);
  await world.kube('DELETE', `${namespace}/secrets/theirs`);
  await world.ends(0, 'destroy --local --yes');
  assert.deepEqual(await world.google('GET', clusters), {});
  assert.deepEqual(await grantsOf(theirs.role), theirs.members);
});
