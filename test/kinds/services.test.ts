import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../compiler/engine/compile.ts';
import { registry } from '../../compiler/kinds/registry.ts';
import type { Graph } from '../../compiler/model/graph.ts';
import type { ResourceId } from '../../compiler/model/resource.ts';
import { specOf } from '../support/spec.ts';

const system = `name: shop
project: test-project
db: { databases: [orders, stock], tier: db-custom-1-3840 }
env: { REGION: eu }
services:
  web:
    image: example.com/web:1
    database: orders
    env: { COLOUR: blue }
    ports: ['80:5000', { port: 9000, target: 9000, name: admin, public: false }]
    replicas: { min: 2, max: 10, memory: 70 }
  worker:
    image: example.com/worker:1
    command: [node, worker.js]
    secrets: { API_KEY: payments/key }
    database: stock
jobs:
  migrate: { image: example.com/web:1, command: [node, migrate.js], database: orders }
  report: { image: example.com/web:1, database: false, schedule: '0 3 * * *' }
`;

function graphOf(text: string): Graph {
  return compile(specOf(text), registry);
}

function ids(graph: Graph, kind: string): string[] {
  return [...graph.resources.keys()].filter((id) => id.startsWith(`${kind}/`)).map((id) => id.slice(kind.length + 1));
}

interface Manifest {
  readonly spec: Record<string, unknown> & {
    readonly type?: string;
    readonly replicas?: number;
    readonly template?: {
      readonly spec: { readonly containers: readonly Record<string, unknown>[]; readonly initContainers?: unknown[] };
    };
  };
  readonly data?: Record<string, string>;
}

function manifest(graph: Graph, id: string): Manifest {
  const desired = graph.resources.get(id as ResourceId)?.desired;
  assert.ok(desired, `${id} is not there`);
  return desired as unknown as Manifest;
}

test('each service has its own pods, and only those with ports are served', () => {
  const graph = graphOf(system);
  assert.deepEqual(ids(graph, 'kubernetes.deployment'), ['web', 'worker']);
  assert.deepEqual(ids(graph, 'kubernetes.service'), ['web', 'web-internal']);
  assert.equal(manifest(graph, 'kubernetes.service/web').spec.type, 'LoadBalancer');
  assert.equal(manifest(graph, 'kubernetes.service/web-internal').spec.type, 'ClusterIP');
});

test('the short form compiles to what the long form of one service compiles to', () => {
  const short = graphOf(
    'name: web\nproject: test-project\ndb: {}\napp: { image: "a.b/c:1" }\nenv: { A: b }\nreplicas: 2\n',
  );
  const long = graphOf(
    'name: web\nproject: test-project\ndb: {}\nenv: { A: b }\nservices:\n  web: { image: "a.b/c:1", replicas: 2, ports: ["80:5000"] }\n',
  );
  const desired = (graph: Graph): unknown => [...graph.resources.values()].map(({ id, desired: each }) => [id, each]);
  assert.deepEqual(desired(short), desired(long));
});

test('with a range, the autoscaler owns the number of replicas', () => {
  const graph = graphOf(system);
  assert.deepEqual(ids(graph, 'kubernetes.autoscaler'), ['web']);
  assert.equal(manifest(graph, 'kubernetes.deployment/web').spec.replicas, undefined);
  assert.equal(manifest(graph, 'kubernetes.deployment/worker').spec.replicas, 3);
});

test('a worker has neither ports nor probes', () => {
  const [container] = manifest(graphOf(system), 'kubernetes.deployment/worker').spec.template?.spec.containers ?? [];
  assert.deepEqual(container?.['command'], ['node', 'worker.js']);
  for (const member of ['ports', 'readinessProbe', 'livenessProbe', 'startupProbe'])
    assert.equal(container?.[member], undefined);
});

test('each service gets the environment of the app, its own, and that of its database', () => {
  const graph = graphOf(system);
  assert.deepEqual(manifest(graph, 'kubernetes.config-map/web').data, {
    REGION: 'eu',
    COLOUR: 'blue',
    PGHOST: '127.0.0.1',
    PGPORT: '5432',
    PGDATABASE: 'orders',
    PGUSER: 'hello',
    DB_POOL_MAX: '3',
  });
  assert.equal(manifest(graph, 'kubernetes.config-map/worker').data?.['PGDATABASE'], 'stock');
});

test('a secret is a reference that the pod resolves', () => {
  const [container] = manifest(graphOf(system), 'kubernetes.deployment/worker').spec.template?.spec.containers ?? [];
  const env = container?.['env'] as { name: string; valueFrom?: unknown }[];
  assert.deepEqual(env.find((each) => each.name === 'API_KEY')?.valueFrom, {
    secretKeyRef: { name: 'payments', key: 'key' },
  });
});

test('several databases are on one instance', () => {
  assert.deepEqual(ids(graphOf(system), 'google.sql-database'), ['shop-db/orders', 'shop-db/stock']);
  assert.deepEqual(ids(graphOf(system), 'google.sql-instance'), ['shop-db']);
});

test('every rollout waits for the job that comes before it, and for no scheduled one', () => {
  const graph = graphOf(system);
  const [migrate] = ids(graph, 'kubernetes.job');
  assert.match(migrate ?? '', /^migrate-[0-9a-f]{8}$/);
  for (const name of ['web', 'worker']) {
    const needs = graph.needs.get(`kubernetes.deployment/${name}` as ResourceId) ?? [];
    assert.ok(needs.includes(`kubernetes.job/${migrate}` as ResourceId));
    assert.ok(!needs.some((id) => id.startsWith('kubernetes.cron-job/')));
  }
});

test('a job is another job when anything of it changes, and the same when something else does', () => {
  const jobOf = (text: string): string | undefined => ids(graphOf(text), 'kubernetes.job')[0];
  assert.notEqual(jobOf(system), jobOf(system.replace('migrate.js', 'migrate-2.js')));
  assert.notEqual(jobOf(system), jobOf(system.replace('REGION: eu', 'REGION: us')));
  assert.equal(jobOf(system), jobOf(system.replace('COLOUR: blue', 'COLOUR: red')));
});

test('only what uses the database has the proxy beside it', () => {
  const graph = graphOf(system);
  const report = manifest(graph, 'kubernetes.cron-job/report').spec as {
    jobTemplate?: { spec: { template: { spec: object } } };
  };
  assert.ok(!('initContainers' in (report.jobTemplate?.spec.template.spec ?? {})));
  assert.equal(manifest(graph, 'kubernetes.deployment/web').spec.template?.spec.initContainers?.length, 1);
});

test('an app without a public port has no load balancer', () => {
  const graph = graphOf('name: quiet\nproject: test-project\nservices:\n  worker: { image: "a.b/c:1" }\n');
  assert.deepEqual(ids(graph, 'kubernetes.service'), []);
});

test('a job has a time to be done in, and a schedule runs one at a time, begins within minutes and keeps few', () => {
  const graph = graphOf(system.replace("schedule: '0 3 * * *' }", "schedule: '0 3 * * *', timeout: 2h }"));
  const [migrate] = ids(graph, 'kubernetes.job');
  assert.equal(manifest(graph, `kubernetes.job/${migrate}`).spec['activeDeadlineSeconds'], 1800);
  const { jobTemplate, ...report } = manifest(graph, 'kubernetes.cron-job/report').spec as {
    jobTemplate?: { spec: { activeDeadlineSeconds: number } };
  };
  assert.equal(jobTemplate?.spec.activeDeadlineSeconds, 7200);
  assert.deepEqual(report, {
    schedule: '0 3 * * *',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: 300,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
  });
});

test('pods wait for who may reach them, for their budget and for their name in the cluster, not for a load balancer', () => {
  const needs = graphOf(system).needs.get('kubernetes.deployment/web' as ResourceId) ?? [];
  for (const id of ['network-policy/web', 'disruption-budget/web', 'service/web-internal'])
    assert.ok(needs.includes(`kubernetes.${id}` as ResourceId), id);
  assert.ok(!needs.includes('kubernetes.service/web' as ResourceId));
});
