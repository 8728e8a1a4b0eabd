import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../compiler/engine/compile.ts';
import { mainEntrance } from '../../compiler/kinds/kubernetes/service.ts';
import { registry } from '../../compiler/kinds/registry.ts';
import { read } from '../../compiler/spec/read.ts';
import { specOf } from '../support/spec.ts';

const head = 'name: shop\nproject: test-project\nservices:\n';
const web = `${head}  web:
    image: a.b/c:1
    ports:
      - '80:5000'
      - { port: 81, target: 5001, reach: vpc }
      - { port: 82, target: 5002, reach: cluster }
    metrics: { port: 9000 }
`;

interface Manifest {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly type?: string;
    readonly ingress?: readonly { from?: readonly unknown[]; ports: readonly { port: number }[] }[];
  };
}

function manifests(text: string, kind: string): Record<string, Manifest> {
  const resources = [...compile(specOf(text), registry).resources.values()];
  const found = resources.filter((each) => each.kind === kind);
  return Object.fromEntries(found.map(({ key, desired }) => [key, desired as unknown as Manifest]));
}

function problemsOf(text: string): string[] {
  const result = read(text, 'hello.config.yaml', {});
  return result.ok ? [] : result.problems.map((each) => `${each.code} ${each.message}`);
}

test('each reach has its Service: a load balancer, one inside the network, an address of the cluster', () => {
  const services = manifests(web, 'kubernetes.service');
  assert.deepEqual(Object.keys(services), ['web', 'web-vpc', 'web-internal']);
  assert.deepEqual(
    Object.values(services).map(({ spec }) => spec.type),
    ['LoadBalancer', 'LoadBalancer', 'ClusterIP'],
  );
  assert.deepEqual(
    Object.values(services).map(({ metadata }) => metadata.annotations),
    [undefined, { 'networking.gke.io/load-balancer-type': 'Internal' }, undefined],
  );
});

test('`public` says of a port what it always said', () => {
  const old = (value: string): string =>
    `${head}  web: { image: a.b/c:1, ports: [{ port: 80, target: 5000${value} }] }\n`;
  for (const [before, now] of [
    ['', ', reach: public'],
    [', public: true', ', reach: public'],
    [', public: false', ', reach: cluster'],
  ] as const)
    assert.deepEqual(manifests(old(before), 'kubernetes.service'), manifests(old(now), 'kubernetes.service'));
});

test('the pods let in what their ports say, from where they say it, and the collectors of metrics', () => {
  const ingress = manifests(web, 'kubernetes.network-policy')['web']?.spec.ingress ?? [];
  const rows = ingress.map(({ from, ports }) => [ports.map(({ port }) => port), JSON.stringify(from)]);
  assert.deepEqual(rows.slice(0, 2), [
    [[5000, 5001], undefined],
    [[5002], '[{"namespaceSelector":{}}]'],
  ]);
  assert.deepEqual(rows[2]?.[0], [9000]);
  assert.match(String(rows[2]?.[1]), /gmp-system/);
  assert.equal(rows.length, 3);
});

test('nothing reaches a worker or a job', () => {
  const text = `${head}  worker: { image: a.b/c:1 }\njobs: { once: { image: a.b/c:1 } }\n`;
  const policies = manifests(text, 'kubernetes.network-policy');
  assert.deepEqual(Object.keys(policies), ['worker', 'once']);
  for (const { spec } of Object.values(policies)) assert.equal(spec.ingress, undefined);
});

test('metrics are collected of those alone that say where they are', () => {
  const monitored = manifests(`${web}  worker: { image: a.b/c:1 }\n`, 'kubernetes.pod-monitoring');
  assert.deepEqual(Object.keys(monitored), ['web']);
  const short = 'name: web\nproject: test-project\napp: { image: a.b/c:1, metrics: /stats }\n';
  assert.match(JSON.stringify(manifests(short, 'kubernetes.pod-monitoring')), /"port":5000,"path":"\/stats"/);
});

test('the entrance is public where there is one, and else in the network', () => {
  assert.deepEqual(mainEntrance(specOf(web)), { service: 'web', port: 80 });
  const inside = web.replace("      - '80:5000'\n", '');
  assert.deepEqual(mainEntrance(specOf(inside)), { service: 'web', port: 81 });
});

test('contradictions about reach and metrics are named', () => {
  const both = `${head}  web: { image: a.b/c:1, ports: [{ port: 80, target: 1, public: false, reach: vpc }] }\n`;
  assert.deepEqual(problemsOf(both), ['HELLO1009 `services.web.ports[0]` says both `public` and `reach`']);
  const nowhere = `${head}  worker: { image: a.b/c:1, metrics: /metrics }\n`;
  assert.match(problemsOf(nowhere).join('\n'), /^HELLO1009 `services\.worker\.metrics` does not say on which port/);
  const taken = `${web}  web-vpc: { image: a.b/c:1, ports: ['80:5000'] }\n`;
  assert.deepEqual(problemsOf(taken), [
    'HELLO1009 web is served under the name web-vpc, too, which is another service',
  ]);
  const proxied = `name: shop\nproject: test-project\ndb: {}\nservices:\n  web: { image: a.b/c:1, metrics: { port: 9801 } }\n`;
  assert.match(problemsOf(proxied).join('\n'), /port 9801 of the pod is taken by the database proxy/);
});
