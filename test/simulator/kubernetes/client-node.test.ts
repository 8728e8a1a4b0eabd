import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  Watch,
  makeInformer,
  setHeaderOptions,
  type V1ConfigMap,
} from '@kubernetes/client-node';
import { deployment, startCluster, startKubelet, token, until, type TestCluster } from './cluster.ts';

function configOf({ server }: TestCluster): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      { name: 'c', server: `https://${server.endpoint}`, caData: Buffer.from(server.caPem).toString('base64') },
    ],
    users: [{ name: 'u', token }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u', namespace: 'default' }],
    currentContext: 'x',
  });
  return config;
}

async function start(t: TestContext): Promise<{ readonly cluster: TestCluster; readonly config: KubeConfig }> {
  const cluster = await startCluster(t);
  return { cluster, config: configOf(cluster) };
}

test('the official client creates, reads, lists and deletes', async (t) => {
  const { config } = await start(t);
  const core = config.makeApiClient(CoreV1Api);
  await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'a' }, data: { x: '1' } } });
  const read = await core.readNamespacedConfigMap({ namespace: 'default', name: 'a' });
  assert.equal(read.data?.['x'], '1');
  assert.ok(read.metadata?.creationTimestamp instanceof Date);
  const list = await core.listNamespacedConfigMap({ namespace: 'default', fieldSelector: 'metadata.name=a' });
  assert.equal(list.items.length, 1);
  await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'a' });
  await assert.rejects(core.readNamespacedConfigMap({ namespace: 'default', name: 'a' }), { code: 404 });
});

test('the official client applies a Deployment and sees it become available', async (t) => {
  const { cluster, config } = await start(t);
  startKubelet(t, cluster.objects);
  const apps = config.makeApiClient(AppsV1Api);
  const target = { name: 'web', namespace: 'default', fieldManager: 'client', force: true };
  const headers = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply);
  const made = await apps.patchNamespacedDeployment({ ...target, body: deployment('web') }, headers);
  assert.equal(made.spec?.replicas, 2);
  await until('it is available', async () => {
    const live = await apps.readNamespacedDeployment({ name: 'web', namespace: 'default' });
    return live.status?.availableReplicas === 2;
  });
  const scale = await apps.readNamespacedDeploymentScale({ name: 'web', namespace: 'default' });
  assert.equal(scale.status?.replicas, 2);
});

test('the official client watches, and its informer keeps up', async (t) => {
  const { config } = await start(t);
  const core = config.makeApiClient(CoreV1Api);
  const seen: string[] = [];
  const watch = await new Watch(config).watch(
    '/api/v1/namespaces/default/configmaps',
    {},
    (type, object: V1ConfigMap) => seen.push(`${type} ${object.metadata?.name}`),
    () => undefined,
  );
  t.after(() => watch.abort());
  const informer = makeInformer(config, '/api/v1/namespaces/default/configmaps', () =>
    core.listNamespacedConfigMap({ namespace: 'default' }),
  );
  informer.on('error', () => undefined);
  await informer.start();
  t.after(() => informer.stop());
  await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'a' } } });
  await until('both have it', () => seen.includes('ADDED a') && informer.get('a', 'default') !== undefined);
  await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'a' });
  await until('both lost it', () => seen.includes('DELETED a') && informer.get('a', 'default') === undefined);
});
