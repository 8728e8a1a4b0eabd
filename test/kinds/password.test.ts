import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { changesOf, project, stackWorld, succeeded, type StackWorld } from '../support/stack-world.ts';
import { eventually } from '../support/eventually.ts';
import { query, type DatabaseEnv } from '../support/postgres.ts';
import { objectPaths } from './contract/kubernetes-drifts.ts';

// The database password: set at Cloud SQL, recorded in a Secret, and known to nobody else.

const userId = 'google.sql-user/hello-world-db/hello';
const secretId = 'kubernetes.secret/hello-world-db';
const deploymentId = 'kubernetes.deployment/hello-world';
const secretPath = objectPaths['kubernetes.secret'] ?? '';
let world: StackWorld;
const passwords: string[] = [];

before(async () => {
  world = await stackWorld();
  succeeded(await world.hello().apply());
  await connects();
});
after(async () => world.stop());

test('a Secret that was deleted by hand comes back with a new password, and the pods roll once', async () => {
  const [old, revision] = [await recorded(), await revisionOf()];
  await world.kube('DELETE', secretPath);
  succeeded(await world.hello().apply());
  assert.notEqual(await recorded(), old);
  assert.equal(await revisionOf(), revision + 1);
  await connects();
  assert.deepEqual(changesOf(await world.hello().plan()), {});
});

test('a user that was deleted by hand comes back with the recorded password, and no pod rolls', async () => {
  const [old, revision] = [await recorded(), await revisionOf()];
  await query(await connection(), 'DROP TABLE IF EXISTS greetings CASCADE');
  await world.changed('DELETE', `/v1/projects/${project}/instances/hello-world-db/users?name=hello`);
  const run = world.hello();
  const plan = await run.plan();
  assert.deepEqual(changesOf(plan), { [userId]: 'create' });
  succeeded(await run.apply(plan));
  assert.equal(await recorded(), old);
  assert.equal(await revisionOf(), revision);
  // Sessions of the user that was dropped stay what they are: who deleted it by hand restarts the pods by hand, too.
  await restartPods();
  await connects();
});

test('a run that ends between setting a password and recording it is completed by the next', async () => {
  await world.kube('DELETE', secretPath);
  const end = new AbortController();
  const dying = world.hello({
    signal: end.signal,
    onEvent: (event) => {
      if (event.type === 'step_complete' && event.address === userId) end.abort();
    },
  });
  assert.equal((await dying.apply()).exit, 130);
  const claimed = await recorded();
  const next = world.hello();
  const plan = await next.plan();
  assert.deepEqual(Object.keys(changesOf(plan)).toSorted(), [userId, secretId, deploymentId].toSorted());
  succeeded(await next.apply(plan));
  assert.equal(await recorded(), claimed);
  await connects();
  assert.deepEqual(changesOf(await world.hello().plan()), {});
});

test('a password that someone writes over is set at the database, and the pods roll onto it', async () => {
  const written = Buffer.from('written-by-hand').toString('base64');
  await world.kube('PATCH', secretPath, { data: { PGPASSWORD: written } }, 'application/merge-patch+json');
  succeeded(await world.hello().apply());
  assert.equal(await recorded(), 'written-by-hand');
  await connects();
});

test('no plan, event, output or error has told a password', () => {
  assert.ok(passwords.length >= 4, 'there were not enough passwords to look for');
  const told = world.told.join('\n');
  for (const password of passwords) {
    assert.ok(!told.includes(password), 'a password was told');
    assert.ok(!told.includes(Buffer.from(password).toString('base64')), 'a password was told in base64');
  }
});

async function restartPods(): Promise<void> {
  const pods = '/api/v1/namespaces/hello-world/pods';
  const { items } = await world.kube<{ items: readonly { metadata: { name: string } }[] }>('GET', pods);
  for (const { metadata } of items) await world.kube('DELETE', `${pods}/${metadata.name}`);
}

async function recorded(): Promise<string> {
  const { data } = await world.kube<{ data: { PGPASSWORD: string } }>('GET', secretPath);
  const password = Buffer.from(data.PGPASSWORD, 'base64').toString();
  if (!passwords.includes(password)) passwords.push(password);
  return password;
}

async function revisionOf(): Promise<number> {
  const path = objectPaths['kubernetes.deployment'] ?? '';
  const { metadata } = await world.kube<{ metadata: { annotations: Record<string, string> } }>('GET', path);
  return Number(metadata.annotations['deployment.kubernetes.io/revision']);
}

async function connection(): Promise<DatabaseEnv> {
  const [server] = world.cloud.status().sql;
  assert.ok(server);
  const { port } = server;
  const PGPASSWORD = await recorded();
  return { PGHOST: '127.0.0.1', PGPORT: String(port), PGDATABASE: 'hello_world_db', PGUSER: 'hello', PGPASSWORD };
}

/** Both who knows the recorded password and the app itself reach the database. */
async function connects(): Promise<void> {
  assert.deepEqual(await query(await connection(), 'SELECT 1 AS one'), [{ one: 1 }]);
  const [port] = world.cloud.status().publicPorts;
  assert.ok(port);
  // An app whose tables went with the user makes them again by itself; it takes a moment.
  const url = `http://127.0.0.1:${port.hostPort}/readyz`;
  const isReady = async (): Promise<boolean> => {
    const answer = await fetch(url, { headers: { connection: 'close' } }).catch(() => undefined);
    return answer?.ok === true;
  };
  await eventually('the app is ready', isReady, 60_000);
}
