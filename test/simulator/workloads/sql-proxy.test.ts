import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pgPromise from 'pg-promise';
import { portPool } from '../../../compiler/simulator/free-port.ts';
import { waitUntil } from '../../../compiler/simulator/processes.ts';
import { createSqlServers } from '../../../compiler/simulator/sql/sql-servers.ts';
import { openStore } from '../../../compiler/simulator/store.ts';
import type { ContainerSpec } from '../../../compiler/simulator/workloads/pod-types.ts';
import { readProxyFlags } from '../../../compiler/simulator/workloads/sql-proxy-flags.ts';
import { nodeWorld, ready, SERVER, waitsFor, type NodeWorld } from './node-world.ts';

const ID = 'my-project:us-central1:main';
const IMAGE = 'gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.25.3';
const pgp = pgPromise({ noWarnings: true });

function sidecar(args: readonly string[]): ContainerSpec {
  return {
    name: 'cloud-sql-proxy',
    image: IMAGE,
    restartPolicy: 'Always',
    args: [...args, ID],
    startupProbe: { httpGet: { path: '/startup', port: 9801 }, periodSeconds: 1, failureThreshold: 60 },
  };
}

const FLAGS = [
  '--private-ip',
  '--structured-logs',
  '--health-check',
  '--http-address=0.0.0.0',
  '--http-port=9801',
  '--port=5432',
  '--exit-zero-on-sigterm',
];

function deploy(world: NodeWorld): void {
  const image = world.app('web', SERVER);
  const metadata = {
    name: 'web',
    namespace: 'default',
    annotations: { 'iam.gke.io/gcp-service-account': 'web@my-project.iam.gserviceaccount.com' },
  };
  world.objects.create('serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata }, 'test');
  const env = [
    { name: 'PORT', value: '8080' },
    { name: 'PGPORT', value: '5432' },
  ];
  const app = { name: 'app', image, env, readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 } };
  world.pod('web', {
    serviceAccountName: 'web',
    terminationGracePeriodSeconds: 5,
    initContainers: [sidecar(FLAGS)],
    containers: [app],
  });
}

async function connectBy(port: number): Promise<number> {
  const db = pgp({
    host: '127.0.0.1',
    port,
    user: 'app',
    password: 'secret',
    database: 'postgres',
    connectionTimeoutMillis: 3000,
  });
  const connection = await db.connect({ direct: true, onLost: () => undefined });
  try {
    return (await connection.one<{ n: number }>('SELECT 1 AS n')).n;
  } finally {
    await connection.done();
  }
}

test('an app reaches its database through the proxy while its identity may, and not when it may not', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'hello-proxy-'));
  const sql = createSqlServers({
    dir,
    store: openStore(join(dir, 'journal')),
    ports: portPool(),
    log: () => undefined,
  });
  t.after(async () => {
    await sql.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  const asked: unknown[] = [];
  let why: string | undefined = 'missing roles/cloudsql.client';
  const refusal = (ask: unknown): string | undefined => {
    asked.push(ask);
    return why;
  };
  const world = nodeWorld(t, { sqlServers: sql, identities: { refusal } });
  deploy(world);
  const pod = await world.until('web', ready);
  assert.equal(pod.status?.initContainerStatuses?.[0]?.started, true);
  const port = world.node.pods()[0]?.ports['5432'] ?? 0;
  const logs = (): string =>
    world.node.podRuntime.logs({ namespace: 'default', pod: 'web', container: 'cloud-sql-proxy' }) ?? '';

  await assert.rejects(connectBy(port));
  assert.match(logs(), /"severity":"ERROR".*missing roles\/cloudsql\.client/);
  const googleServiceAccount = 'web@my-project.iam.gserviceaccount.com';
  assert.deepEqual(asked[0], {
    project: 'my-project',
    namespace: 'default',
    serviceAccount: 'web',
    googleServiceAccount,
    role: 'roles/cloudsql.client',
  });

  why = undefined;
  await assert.rejects(connectBy(port));
  assert.match(logs(), /does not exist or is not running/);

  await sql.start(ID);
  await sql.setUser(ID, 'app', 'secret');
  assert.equal(await connectBy(port), 1);

  world.objects.remove('pods', 'web', 'default');
  assert.ok(await waitUntil(() => world.find('web') === undefined, 10_000));
  await assert.rejects(connectBy(port));
});

test('a proxy with a flag that it does not know fails as the real one, and holds the app back', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('web', SERVER);
  const env = [{ name: 'PORT', value: '8080' }];
  world.pod('web', { initContainers: [sidecar(['--prot=5432'])], containers: [{ name: 'app', image, env }] });
  const pod = await world.until(
    'web',
    (each) => each.status?.initContainerStatuses?.[0]?.state.waiting?.reason === 'CrashLoopBackOff',
  );
  assert.equal(pod.status?.initContainerStatuses?.[0]?.lastState.terminated?.exitCode, 1);
  assert.equal(waitsFor(pod), 'PodInitializing');
  assert.equal(pod.status?.phase, 'Pending');
  const ask = { namespace: 'default', pod: 'web', container: 'cloud-sql-proxy', previous: true };
  assert.match(world.node.podRuntime.logs(ask) ?? '', /unknown flag: --prot/);
});

test('a proxy that tests its connection ends when it is refused, and holds the app back', async (t) => {
  const world = nodeWorld(t, { identities: { refusal: () => 'missing roles/cloudsql.client' } });
  const image = world.app('web', SERVER);
  const env = [{ name: 'PORT', value: '8080' }];
  const proxy = sidecar(['--run-connection-test', '--structured-logs', ID]);
  world.pod('web', { initContainers: [proxy], containers: [{ name: 'app', image, env }] });
  const pod = await world.until(
    'web',
    (each) => each.status?.initContainerStatuses?.[0]?.state.waiting?.reason === 'CrashLoopBackOff',
  );
  assert.equal(pod.status?.initContainerStatuses?.[0]?.started, false);
  assert.equal(waitsFor(pod), 'PodInitializing');
  const ask = { namespace: 'default', pod: 'web', container: 'cloud-sql-proxy', previous: true };
  const lines = (world.node.podRuntime.logs(ask) ?? '')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).message);
  assert.match(lines.at(-1), /terminal error: \[.*\] failed to connect to instance: missing roles\/cloudsql\.client$/);
});

function problemOf(args: readonly string[]): string {
  const flags = readProxyFlags(args);
  assert.ok(typeof flags === 'string');
  return flags;
}

test('the arguments of the proxy are read as it reads them', () => {
  const flags = readProxyFlags([
    '-p',
    '6000',
    '--health-check=true',
    '--structured-logs=false',
    '--max-sigterm-delay=1m30s',
    ID,
    'p:r:other?port=7000',
  ]);
  assert.deepEqual(flags, {
    instances: [
      { id: ID, port: 6000 },
      { id: 'p:r:other', port: 7000 },
    ],
    healthCheck: true,
    httpPort: 9090,
    structuredLogs: false,
    exitZeroOnSigterm: false,
    quiet: false,
    connectionTest: false,
    sigtermDelaySeconds: 90,
  });
  assert.deepEqual(readProxyFlags([], { CSQL_PROXY_INSTANCE_CONNECTION_NAME: ID, CSQL_PROXY_PORT: '6001' }), {
    ...(flags as object),
    healthCheck: false,
    sigtermDelaySeconds: 0,
    instances: [{ id: ID, port: 6001 }],
  });
  assert.equal(readProxyFlags(['--nope', ID]), 'unknown flag: --nope');
  assert.match(problemOf([]), /missing instance_connection_name/);
  assert.match(problemOf(['main']), /invalid instance connection name: main/);
  assert.match(problemOf(['--port=many', ID]), /invalid value/);
});

test('a proxy beside a job ends after it, and does not hold it up', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('work', `console.log('migrated');`);
  world.pod('job', {
    restartPolicy: 'Never',
    initContainers: [sidecar(FLAGS)],
    containers: [{ name: 'main', image }],
  });
  const pod = await world.until('job', (each) => each.status?.phase === 'Succeeded');
  assert.equal(pod.status?.initContainerStatuses?.[0]?.state.terminated?.exitCode, 0);
  assert.equal(pod.status?.containerStatuses?.[0]?.state.terminated?.exitCode, 0);
  assert.equal(world.node.podRuntime.logs({ namespace: 'default', pod: 'job', container: 'main' }), 'migrated\n');
});
