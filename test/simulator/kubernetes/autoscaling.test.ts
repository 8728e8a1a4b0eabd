import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { scaledClock } from '../../../compiler/simulator/clock.ts';
import { behave, type ScaleHistory } from '../../../compiler/simulator/kubernetes/controllers/scale-behavior.ts';
import { propose } from '../../../compiler/simulator/kubernetes/controllers/pod-metrics.ts';
import type { Cluster } from '../../../compiler/simulator/kubernetes/cluster.ts';
import type { PodRuntime } from '../../../compiler/simulator/parts.ts';
import { metricTargets } from '../../../compiler/simulator/kubernetes/cells.ts';
import { clusterWithNode } from './cluster-with-node.ts';
import { type Json } from './cluster.ts';
import { each, prepare, web } from './kubectl-world.ts';

const condition = (object: Json, type: string): Json =>
  object?.status?.conditions?.find((row: Json) => row.type === type);

const cpuOf = (averageUtilization: number): object => ({
  type: 'ContainerResource',
  containerResource: { name: 'cpu', container: 'app', target: { type: 'Utilization', averageUtilization } },
});

/** How many cores a pod uses, if that is known, and whether it is ready. */
type Use = readonly [cores: number | undefined, ready?: boolean];

/** A Deployment of some pods, each of which requests 500m of CPU. */
function pods(...uses: readonly Use[]) {
  const requests = { cpu: '500m', memory: '1Gi' };
  const all = uses.map(([, ready = true], index) => ({
    kind: 'Pod',
    metadata: { name: `web-${index}`, namespace: 'default', labels: { app: 'web' } },
    spec: { containers: [{ name: 'app', resources: { requests } }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }));
  const deployment = {
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: all.length, selector: { matchLabels: { app: 'web' } } },
  };
  const cluster = { storage: { list: () => all } } as unknown as Cluster;
  const usage: PodRuntime['usage'] = (_namespace, pod) => {
    const cpu = uses[Number(pod.slice(4))]?.[0];
    return cpu === undefined ? undefined : [{ name: 'app', cpu, memoryBytes: 2 ** 28, atMs: 0, windowMs: 1000 }];
  };
  return { cluster, deployment: deployment as Json, usage };
}

function wanted(target: object, ...uses: readonly Use[]): number | string {
  const { cluster, deployment, usage } = pods(...uses);
  const proposal = propose(cluster, { usage }, deployment, target);
  return proposal.is === 'known' ? proposal.replicas : proposal.message;
}

test('as many pods are asked for as bring their use to the target, with a tolerance', () => {
  assert.equal(wanted(cpuOf(50), [0.5], [0.5]), 4);
  assert.equal(wanted(cpuOf(50), [0.27], [0.27]), 2);
  assert.equal(wanted(cpuOf(50), [0.05], [0.05], [0.05], [0.05]), 1);
});

test('pods that are not measured, or not ready, only ever hold a change back', () => {
  assert.equal(wanted(cpuOf(50), [0.5], [undefined]), 2);
  assert.equal(wanted(cpuOf(50), [0.1], [undefined], [undefined]), 3);
  assert.equal(wanted(cpuOf(50), [0.5], [0.5, false]), 2);
  assert.match(String(wanted(cpuOf(50), [undefined])), /no metrics returned/);
});

test('a target may be an amount, or of memory, and what is not served says so', () => {
  const amount = {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '100m' } },
  };
  assert.equal(wanted(amount, [0.25], [0.25]), 5);
  const memory = {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 50 } },
  };
  assert.equal(wanted(memory, [0], [0]), 1);
  assert.match(String(wanted({ type: 'External', external: {} }, [0])), /type External/);
});

test('a table shows what a metric is of what it should be', () => {
  const spec = { metrics: [cpuOf(80)] };
  assert.equal(metricTargets({ spec } as Json), 'cpu: <unknown>/80%');
  const containerResource = { name: 'cpu', container: 'app', current: { averageUtilization: 42 } };
  const status = { currentMetrics: [{ type: 'ContainerResource', containerResource }] };
  assert.equal(metricTargets({ spec, status } as Json), 'cpu: 42%/80%');
});

const hpa = (behavior: object): object => ({ spec: { behavior } });
const fresh = (): ScaleHistory => ({ recommendations: [], changes: [] });

test('growth is limited to four pods or twice as many at a time, shrinking waits for the highest of its window', () => {
  const clock = scaledClock(1);
  assert.deepEqual(behave(clock, {}, fresh(), { current: 1, wanted: 30 }), { replicas: 5, heldBack: 'limited' });
  assert.deepEqual(behave(clock, {}, fresh(), { current: 10, wanted: 30 }), { replicas: 20, heldBack: 'limited' });
  const history = fresh();
  behave(clock, {}, history, { current: 4, wanted: 4 });
  assert.deepEqual(behave(clock, {}, history, { current: 4, wanted: 1 }), { replicas: 4, heldBack: 'stabilized' });
  assert.deepEqual(behave(clock, {}, fresh(), { current: 4, wanted: 1 }), { replicas: 1 });
});

test('what was changed within a period counts against its policy', () => {
  const clock = scaledClock(1);
  const slow = hpa({ scaleUp: { policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] } });
  const history = fresh();
  assert.equal(behave(clock, slow, history, { current: 1, wanted: 9 }).replicas, 3);
  history.changes = [{ atMs: Date.now(), by: 2 }];
  assert.equal(behave(clock, slow, history, { current: 3, wanted: 9 }).replicas, 3);
  const off = hpa({ scaleDown: { selectPolicy: 'Disabled', stabilizationWindowSeconds: 0 } });
  assert.equal(behave(clock, off, fresh(), { current: 3, wanted: 1 }).replicas, 3);
});

const skip = process.platform === 'linux' ? false : 'CPU is measured on Linux alone';

test('pods that burn CPU become more, and fewer when they are idle', { skip }, async (t) => {
  const world = await clusterWithNode(t);
  const { objects } = world.cluster().server;
  const resources = { requests: { cpu: '250m', memory: '256Mi' } };
  const container = { name: 'app', image: 'work:1', args: ['burn'], resources };
  const labels = { app: 'web' };
  const metadata = { name: 'web', namespace: 'default' };
  const spec = {
    replicas: 1,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } },
  };
  objects.create('deployments', { metadata, spec }, 'test');
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const autoscaler = { scaleTargetRef, minReplicas: 1, maxReplicas: 2, metrics: [cpuOf(80)] };
  objects.create('horizontalpodautoscalers', { metadata, spec: autoscaler }, 'test');
  const live = (): Json => objects.get('horizontalpodautoscalers', 'web', 'default');
  const until = async (holds: () => boolean): Promise<void> => {
    const deadline = Date.now() + 40_000;
    while (!holds()) {
      assert.ok(Date.now() < deadline, JSON.stringify(live().status));
      await delay(50);
    }
  };
  await until(() => (objects.get('deployments', 'web', 'default') as Json).spec.replicas === 2);
  await until(() => condition(live(), 'ScalingActive')?.status === 'True');
  const [metric] = live().status.currentMetrics;
  assert.ok(metric.containerResource.current.averageUtilization >= 0);
  assert.match(metric.containerResource.current.averageValue, /^\d+m?$/);
  assert.ok(live().status.lastScaleTime);
  assert.match(metricTargets(live()), /^cpu: \d+%\/80%$/);
  await until(() => (objects.get('deployments', 'web', 'default') as Json).spec.replicas === 1);
  assert.ok(objects.list('events', 'default').some((event) => event['reason'] === 'SuccessfulRescale'));
  assert.equal(condition(live(), 'AbleToScale').status, 'True');
});

for (const { binary, name, options } of each) {
  test(`${name} shows what pods and nodes use`, { skip: options.skip || skip }, async (t) => {
    const { ok, run, file } = await prepare(t, binary);
    const none = await run('top', 'pods');
    assert.match(none.err + none.out, /No resources found/i);
    await ok('apply', '-f', await file('web', web()));
    await ok('rollout', 'status', 'deploy/web', '--timeout=50s');
    const deadline = Date.now() + 20_000;
    let shown = '';
    while (!/(web-\S+ +\d+m +\d+Mi\s+){2}/.test(shown)) {
      assert.ok(Date.now() < deadline, shown);
      await delay(500);
      shown = (await run('top', 'pods', '-l', 'app=web')).out;
    }
    assert.match(await ok('top', 'pods', '--containers'), /web-\S+ +app +\d+m +\d+Mi/);
    assert.match(await ok('top', 'nodes'), /gk3-\S+ +\d+m +\d+% +\d+Mi/);
    assert.match(await ok('get', '--raw', '/apis/metrics.k8s.io/v1beta1/namespaces/default/pods'), /"PodMetricsList"/);
    assert.match(
      await ok('api-resources', '--api-group=metrics.k8s.io'),
      /pods +metrics\.k8s\.io\/v1beta1 +true +PodMetrics/,
    );
  });
}
