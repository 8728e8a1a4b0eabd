import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobPod, servicePod } from '../../../compiler/kinds/kubernetes/pod.ts';
import { parseQuantity } from '../../../compiler/kinds/kubernetes/quantity.ts';
import { specOf } from '../../support/spec.ts';

type Pod = ReturnType<typeof servicePod>;
type Container = NonNullable<Pod['containers']>[number];

const head = 'name: shop\nproject: test-project\n';
const database = `${head}db: {}\n`;

function podOf(text: string): Pod {
  const spec = specOf(text);
  const [service] = spec.services;
  assert.ok(service);
  return servicePod(spec, service);
}

function withResources(resources: string, top = head): Pod {
  return podOf(`${top}services:\n  web: { image: "a.b/c:1", resources: ${resources} }\n`);
}

function containersOf(pod: Pod): readonly Container[] {
  return [...(pod.initContainers ?? []), ...(pod.containers ?? [])];
}

function requestsOf(container: Container | undefined): Readonly<Record<string, string>> {
  return container?.resources?.requests ?? {};
}

test('a pod has time for its sleep, for the drain of the app and for that of the proxy', () => {
  const pod = podOf(`${database}app: { image: "a.b/c:1" }\n`);
  const sleep = pod.containers?.[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0;
  const args = pod.initContainers?.[0]?.args ?? [];
  const proxyDrain = Number(/--max-sigterm-delay=(\d+)s/.exec(args.join(' '))?.[1]);
  assert.ok(sleep >= 5 && proxyDrain > 0);
  const appDrain = (pod.terminationGracePeriodSeconds ?? 0) - sleep - proxyDrain;
  assert.ok(appDrain >= 20, `${appDrain} seconds are left to the app`);
});

test('the proxy is a native sidecar that ends with 0, and is never asked to end before the app', () => {
  const spec = specOf(`${database}jobs: { migrate: { image: "a.b/c:1" } }\n`);
  const [job] = spec.jobs;
  const pods = [podOf(`${database}app: { image: "a.b/c:1" }\n`), ...(job ? [jobPod(spec, job)] : [])];
  assert.equal(pods.length, 2);
  for (const pod of pods) {
    const [proxy] = pod.initContainers ?? [];
    assert.equal(proxy?.restartPolicy, 'Always');
    assert.match(proxy?.image ?? '', /cloud-sql-proxy:\d+\.\d+\.\d+$/);
    assert.ok(proxy?.args?.includes('--exit-zero-on-sigterm'));
    assert.ok(proxy?.args?.includes('--http-address=0.0.0.0'), 'the kubelet asks from outside the pod');
    assert.deepEqual([proxy?.lifecycle, proxy?.readinessProbe], [undefined, undefined]);
    assert.ok(proxy?.startupProbe?.httpGet && proxy.livenessProbe?.httpGet);
  }
});

test('every container has requests, a memory limit and no right that "restricted" forbids', () => {
  const pod = podOf(`${database}app: { image: "a.b/c:1" }\n`);
  assert.equal(pod.securityContext?.runAsNonRoot, true);
  assert.equal(pod.securityContext?.seccompProfile?.type, 'RuntimeDefault');
  for (const container of containersOf(pod)) {
    assert.deepEqual(Object.keys(requestsOf(container)).toSorted(), ['cpu', 'ephemeral-storage', 'memory']);
    assert.equal(container.resources?.limits?.['memory'], requestsOf(container)['memory']);
    assert.equal(container.securityContext?.allowPrivilegeEscalation, false);
    assert.deepEqual(container.securityContext?.capabilities?.drop, ['ALL']);
    assert.equal(container.securityContext?.readOnlyRootFilesystem, true);
  }
});

test('beside the proxy, whatever the app may ask for is legal on Autopilot for the whole pod', () => {
  for (const resources of [
    '{}',
    "{ cpu: '2', memory: 2Gi }",
    '{ cpu: 100m, memory: 665Mi }',
    '{ cpu: 50m, memory: 52Mi }',
  ]) {
    const all = containersOf(withResources(resources, database)).map(requestsOf);
    assert.equal(all.length, 2);
    const sum = (name: string): number =>
      all.reduce((total, each) => total + (parseQuantity(each[name]) ?? Number.NaN), 0);
    const [cpu, memory] = [sum('cpu'), sum('memory') / 2 ** 30];
    assert.ok(memory >= cpu && memory <= cpu * 6.5, `${resources}: ${cpu} CPU with ${memory} GiB`);
    assert.ok(all.every((each) => (parseQuantity(each['cpu']) ?? 0) >= 0.05));
    assert.ok(all.every((each) => (parseQuantity(each['memory']) ?? 0) >= 52 * 2 ** 20));
  }
});

test('pods are spread over zones and nodes, each revision for itself', () => {
  const spread = podOf(`${head}app: { image: "a.b/c:1" }\n`).topologySpreadConstraints ?? [];
  assert.deepEqual(
    spread.map((each) => each.topologyKey),
    ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'],
  );
  for (const each of spread) assert.deepEqual(each.matchLabelKeys, ['pod-template-hash']);
});
