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

test('on Autopilot requests are raised to what is legal for the whole pod, and to no more', () => {
  for (const top of [head, database]) {
    for (const resources of [
      '{}',
      "{ cpu: '2', memory: 512Mi }",
      '{ cpu: 100m, memory: 4Gi }',
      '{ cpu: 10m, memory: 16Mi }',
    ]) {
      const all = containersOf(withResources(resources, top)).map(requestsOf);
      const sum = (name: string): number =>
        all.reduce((total, each) => total + (parseQuantity(each[name]) ?? Number.NaN), 0);
      const [cpu, memory] = [sum('cpu'), sum('memory') / 2 ** 30];
      assert.ok(memory >= cpu && memory <= cpu * 6.5, `${resources}: ${cpu} CPU with ${memory} GiB`);
      assert.ok(all.every((each) => (parseQuantity(each['cpu']) ?? 0) >= 0.05));
      assert.ok(all.every((each) => (parseQuantity(each['memory']) ?? 0) >= 52 * 2 ** 20));
    }
  }
  const raised = withResources("{ cpu: '2', memory: 512Mi }").containers?.[0];
  assert.equal(requestsOf(raised)['cpu'], '2');
  assert.equal(requestsOf(raised)['memory'], '2048Mi');
});

test('what is legal stays as it was written, and in a cluster that is there already everything does', () => {
  const legal = requestsOf(withResources("{ cpu: '0.5', memory: 1Gi }").containers?.[0]);
  assert.deepEqual([legal['cpu'], legal['memory']], ['0.5', '1Gi']);
  const there = `${head}cluster: { existing: { context: kind } }\n`;
  const asked = requestsOf(withResources("{ cpu: '2', memory: 64Mi }", there).containers?.[0]);
  assert.deepEqual([asked['cpu'], asked['memory']], ['2', '64Mi']);
});

test('pods are spread over zones and nodes, each revision for itself', () => {
  const spread = podOf(`${head}app: { image: "a.b/c:1" }\n`).topologySpreadConstraints ?? [];
  assert.deepEqual(
    spread.map((each) => each.topologyKey),
    ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'],
  );
  for (const each of spread) assert.deepEqual(each.matchLabelKeys, ['pod-template-hash']);
});
