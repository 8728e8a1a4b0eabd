import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { isCloudError } from '../../compiler/base/errors.ts';
import { systemHost } from '../../compiler/base/host.ts';
import { googleApi } from '../../compiler/cloud/google/client.ts';
import { kubernetesApi } from '../../compiler/cloud/kubernetes/client.ts';
import { connectGke } from '../../compiler/cloud/kubernetes/connect.ts';
import type { KubeType, Operation } from '../../compiler/model/ports.ts';
import { scaledClock } from '../../compiler/simulator/clock.ts';
import { createClusterServer } from '../../compiler/simulator/kubernetes/cluster-server.ts';
import { openStore } from '../../compiler/simulator/store.ts';
import { eventually } from '../support/eventually.ts';
import { project, serve, token } from '../simulator/google/served.ts';

// The simulator knows nothing of these clients, nor they of it: what they agree on, both took from the real APIs.

const hosts = {
  CONTAINER: 'container',
  SQL: 'sqladmin',
  IAM: 'iam',
  SERVICEUSAGE: 'serviceusage',
  CLOUDRESOURCEMANAGER: 'cloudresourcemanager',
  SERVICENETWORKING: 'servicenetworking',
};

async function openGoogle(t: TestContext) {
  const served = await serve();
  t.after(async () => served.stop());
  const env = Object.fromEntries(
    Object.entries(hosts).map(([api, host]) => [
      `CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`,
      `${served.root}/${host}.googleapis.com/`,
    ]),
  );
  const host = systemHost({ ...env, CLOUDSDK_AUTH_ACCESS_TOKEN: token });
  return { served, api: googleApi(host, { project }) };
}

async function done(operation: Operation): Promise<void> {
  const status = await eventually('the operation ends', async () => {
    const now = await operation.poll();
    return now.done && now;
  });
  assert.equal(status.error, undefined);
}

test('makes, labels, finds and deletes a cluster', async (t) => {
  const { api, served } = await openGoogle(t);
  const parent = `projects/${project}/locations/us-central1`;
  const name = `${parent}/clusters/web`;
  const container = await api.container();
  await assert.rejects(container.getCluster(name), (error) => isCloudError(error, 'api-disabled'));
  await served.enable('container');
  await assert.rejects(container.getCluster(name), (error) => isCloudError(error, 'not-found'));
  await done(
    await container.createCluster(parent, { name: 'web', autopilot: { enabled: true }, resourceLabels: { a: 'b' } }),
  );
  await assert.rejects(container.createCluster(parent, { name: 'web', autopilot: { enabled: true } }), (error) =>
    isCloudError(error, 'exists'),
  );
  const made = await container.getCluster(name);
  assert.equal(made.status, 'RUNNING');
  await done(await container.setLabels(name, { ...made.resourceLabels, c: 'd' }, made.labelFingerprint ?? ''));
  assert.deepEqual((await container.getCluster(name)).resourceLabels?.['c'], 'd');
  await assert.rejects(container.setLabels(name, {}, 'stale'), (error) => isCloudError(error, 'conflict'));
  assert.equal(await container.runningOperation(name), undefined);
  await done(await container.deleteCluster(name));
  await assert.rejects(container.deleteCluster(name), (error) => isCloudError(error, 'not-found'));
});

test('makes and reads a service account, and says what it may not do', async (t) => {
  const { api, served } = await openGoogle(t);
  await served.enable('iam');
  const accounts = `/v1/projects/${project}/serviceAccounts`;
  const email = `web-runner@${project}.iam.gserviceaccount.com`;
  await api.rest({
    service: 'iam',
    method: 'POST',
    path: accounts,
    body: { accountId: 'web-runner', serviceAccount: { description: 'x' } },
  });
  const again = api.rest({ service: 'iam', method: 'POST', path: accounts, body: { accountId: 'web-runner' } });
  await assert.rejects(again, (error) => isCloudError(error, 'exists'));
  const account = await eventually('the account is visible', async () =>
    api
      .rest<{ email: string }>({ service: 'iam', method: 'GET', path: `${accounts}/${encodeURIComponent(email)}` })
      .catch(() => undefined),
  );
  assert.equal(account.email, email);
  const wrong = api.rest({ service: 'iam', method: 'POST', path: accounts, body: { acountId: 'x' } });
  await assert.rejects(wrong, (error) => isCloudError(error, 'invalid'));
});

test('applies, conflicts, watches and deletes in a cluster', async (t) => {
  const podRuntime = {
    usage: () => undefined,
    logs: () => undefined,
    follow: () => () => undefined,
    exec: () => undefined,
    hostPort: () => undefined,
  };
  const server = await createClusterServer({
    id: `projects/${project}/locations/r/clusters/c`,
    store: openStore(),
    clock: scaledClock(1000),
    token,
    podRuntime,
  });
  t.after(async () => server.stop());
  const connection = connectGke({
    endpoint: server.endpoint,
    caBase64: Buffer.from(server.caPem).toString('base64'),
    token: async () => token,
  });
  const open = (survey: boolean) => kubernetesApi(connection, systemHost({}), { survey });
  const namespaces: KubeType = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
  const configMaps: KubeType = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
  const labels = { 'app.kubernetes.io/managed-by': 'hello' };
  const map = (value: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'm', namespace: 'web', labels },
    data: { key: value },
  });
  const api = open(false);
  await assert.rejects(api.apply(configMaps, map('1'), {}), (error) => isCloudError(error, 'not-found'));
  await api.apply(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } }, {});
  const dry = await api.apply(configMaps, map('1'), { dryRun: true });
  assert.equal(dry.data?.['key'], '1');
  assert.equal(await api.find(configMaps, 'm', 'web'), undefined);
  const made = await api.apply(configMaps, map('1'), {});
  assert.equal(made.metadata.managedFields?.[0]?.manager, 'hello');
  assert.equal((await open(true).find(configMaps, 'm', 'web'))?.metadata.uid, made.metadata.uid);
  await assert.rejects(api.apply(configMaps, { ...map('1'), nope: 1 } as typeof made, {}), (error) =>
    isCloudError(error, 'invalid'),
  );
  const seen: (string | undefined)[] = [];
  for await (const object of api.watch(configMaps, 'm', 'web', AbortSignal.timeout(20_000))) {
    seen.push(object.data?.['key']);
    if (seen.length === 1) await api.apply(configMaps, map('2'), {});
    if (seen.length === 2) await api.remove(configMaps, object);
    if (seen.length === 3) break;
  }
  assert.deepEqual(seen, ['1', '2', '2']);
  await api.remove(configMaps, made);
  assert.equal(await api.find(configMaps, 'm', 'web'), undefined);
});
