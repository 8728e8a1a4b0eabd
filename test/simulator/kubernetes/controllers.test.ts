import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  condition,
  deployment,
  deployments,
  settled,
  startCluster,
  startKubelet,
  until,
  type Json,
} from './cluster.ts';

test('a Deployment becomes a ReplicaSet with a revision, and pods that belong to it', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  await cluster.apply(`${deployments}/web`, deployment('web'));
  const live = await settled(cluster, 'web');
  assert.equal(live.metadata.annotations['deployment.kubernetes.io/revision'], '1');
  assert.equal(live.metadata.generation, 1);
  assert.equal(condition(live, 'Available').reason, 'MinimumReplicasAvailable');
  assert.equal(condition(live, 'Progressing').reason, 'NewReplicaSetAvailable');
  const [set] = cluster.objects.list('replicasets', 'default') as Json[];
  const hash = set.metadata.labels['pod-template-hash'];
  assert.equal(set.metadata.name, `web-${hash}`);
  const pods = cluster.objects.list('pods', 'default') as Json[];
  assert.equal(pods.length, 2);
  for (const pod of pods) {
    assert.equal(pod.metadata.labels['pod-template-hash'], hash);
    assert.deepEqual(pod.metadata.ownerReferences[0].uid, set.metadata.uid);
    assert.ok(pod.spec.nodeName);
    assert.equal(condition(pod, 'PodScheduled').status, 'True');
  }
  const events = cluster.objects.list('events', 'default').map((event) => event['message']);
  assert.ok(events.includes(`Scaled up replica set web-${hash} from 0 to 2`));
});

test('scaling down takes the pods that are not ready first', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  await cluster.apply(`${deployments}/web`, deployment('web', { replicas: 3 }));
  await settled(cluster, 'web');
  const [sick] = cluster.objects.list('pods', 'default') as Json[];
  const conditions = sick.status.conditions.map((each: Json) =>
    each.type === 'Ready' ? { ...each, status: 'False' } : each,
  );
  cluster.objects.setStatus('pods', sick.metadata.name, 'default', { ...sick.status, conditions }, 'kubelet');
  await cluster.apply(`${deployments}/web`, deployment('web', { replicas: 2 }));
  await settled(cluster, 'web');
  await until('the pod is gone', () => cluster.objects.get('pods', sick.metadata.name, 'default') === undefined);
});

test('a deleted Deployment takes its ReplicaSets and pods along; an orphaning one leaves them', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  await cluster.apply(`${deployments}/web`, deployment('web'));
  await settled(cluster, 'web');
  await cluster.ask('DELETE', `${deployments}/web`, { body: { propagationPolicy: 'Orphan' } });
  await until('the Deployment is gone', () => cluster.objects.get('deployments', 'web', 'default') === undefined);
  assert.equal(cluster.objects.list('pods', 'default').length, 2);
  const [orphan] = cluster.objects.list('replicasets', 'default') as Json[];
  assert.equal(orphan.metadata.ownerReferences, undefined);
  await cluster.apply(`${deployments}/web`, deployment('web'));
  const live = await settled(cluster, 'web');
  const [adopted] = cluster.objects.list('replicasets', 'default') as Json[];
  assert.equal(adopted.metadata.uid, orphan.metadata.uid);
  assert.equal(adopted.metadata.ownerReferences[0].uid, live.metadata.uid);
  await cluster.ask('DELETE', `${deployments}/web`, { body: { propagationPolicy: 'Foreground' } });
  await until('nothing is left', () =>
    ['pods', 'replicasets', 'deployments'].every((plural) => cluster.objects.list(plural, 'default').length === 0),
  );
});

test('a deleted namespace refuses new content, empties itself, and goes', async (t) => {
  const cluster = await startCluster(t);
  await cluster.ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
  await until(
    'the namespace is furnished',
    () =>
      cluster.objects.get('serviceaccounts', 'default', 'shop') &&
      cluster.objects.get('configmaps', 'kube-root-ca.crt', 'shop'),
  );
  await cluster.apply('/apis/apps/v1/namespaces/shop/deployments/web', {
    ...deployment('web'),
    metadata: { name: 'web' },
  });
  await until(
    'pods are bound',
    () => cluster.objects.list('pods', 'shop').filter((pod) => (pod as Json).spec.nodeName).length === 2,
  );
  const deleted = await cluster.ask('DELETE', '/api/v1/namespaces/shop');
  assert.equal(deleted.json.status.phase, 'Terminating');
  const refused = await cluster.ask('POST', '/api/v1/namespaces/shop/configmaps', {
    body: { metadata: { name: 'a' } },
  });
  assert.equal(refused.code, 403);
  assert.equal(refused.json.details.causes[0].reason, 'NamespaceTerminating');
  startKubelet(t, cluster.objects);
  await until('the namespace is gone', () => cluster.objects.get('namespaces', 'shop') === undefined);
  assert.deepEqual(cluster.objects.list('pods', 'shop'), []);
});

test('a Service gets an address, node ports and the ready pods as endpoints', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  const body = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
  };
  const made = await cluster.apply('/api/v1/namespaces/default/services/web', body);
  assert.match(made.json.spec.clusterIP, /^34\.118\./);
  assert.ok(made.json.spec.ports[0].nodePort >= 30_000);
  assert.deepEqual(made.json.status, { loadBalancer: {} });
  const again = await cluster.apply('/api/v1/namespaces/default/services/web', body);
  assert.equal(again.json.metadata.resourceVersion, made.json.metadata.resourceVersion);
  await cluster.apply(`${deployments}/web`, deployment('web'));
  const slice = await until('both pods are endpoints', () => {
    const [found] = (cluster.objects.list('endpointslices', 'default') as Json[]).filter(
      (each) => each.metadata.labels['kubernetes.io/service-name'] === 'web',
    );
    return found?.endpoints?.filter((each: Json) => each.conditions.ready).length === 2 && found;
  });
  assert.deepEqual(
    slice.ports.map((port: Json) => port.port),
    [8080],
  );
});

test('controllers go on after a restart where they were', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hello-cluster-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const before = await startCluster(t, join(folder, 'store'));
  await before.apply(`${deployments}/web`, deployment('web'));
  await before.server.stop();
  const after = await startCluster(t, join(folder, 'store'));
  startKubelet(t, after.objects);
  const live = await settled(after, 'web');
  assert.equal(live.status.readyReplicas, 2);
  after.server.erase();
});

test('an autoscaler brings the replicas within its bounds, through the scale', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  const { replicas: _none, ...spec } = deployment('web').spec;
  await cluster.apply(`${deployments}/web`, { ...deployment('web'), spec });
  await cluster.apply('/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/web', {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 3,
      maxReplicas: 5,
    },
  });
  const live = await until('three replicas are ready', () => {
    const found = cluster.objects.get('deployments', 'web', 'default') as Json;
    return found.status.readyReplicas === 3 && found;
  });
  assert.ok(live.metadata.managedFields.some((entry: Json) => entry.subresource === 'scale'));
  const again = await cluster.apply(`${deployments}/web`, { ...deployment('web'), spec });
  assert.equal(again.json.spec.replicas, 3);
  const autoscaler = cluster.objects.get('horizontalpodautoscalers', 'web', 'default');
  assert.equal(condition(autoscaler, 'AbleToScale').status, 'True');
});

test('a disruption budget says how many pods may go', async (t) => {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  await cluster.apply('/apis/policy/v1/namespaces/default/poddisruptionbudgets/web', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
  await cluster.apply(`${deployments}/web`, deployment('web'));
  const budget = await until('one pod may go', () => {
    const found = cluster.objects.get('poddisruptionbudgets', 'web', 'default') as Json;
    return found.status.disruptionsAllowed === 1 && found.status.expectedPods === 2 && found;
  });
  assert.equal(budget.status.observedGeneration, budget.metadata.generation);
  assert.equal(condition(budget, 'DisruptionAllowed').status, 'True');
});
