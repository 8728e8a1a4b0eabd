import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import pgPromise from 'pg-promise';
import { portPool } from '../../../compiler/simulator/free-port.ts';
import { waitUntil } from '../../../compiler/simulator/processes.ts';
import { createSqlServers, type LocalSqlServers } from '../../../compiler/simulator/sql/sql-servers.ts';
import { openStore } from '../../../compiler/simulator/store.ts';

const pgp = pgPromise({ noWarnings: true });
const ID = 'my-project:us-central1:main';

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'hello-sql-'));
  chmodSync(dir, 0o700);
  t.after(async () => {
    await Promise.all(started.splice(0).map(async (sql) => sql.stop()));
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  return dir;
}

/** Hooks run in the order of their making, so the folder's own stops what runs in it. */
const started: LocalSqlServers[] = [];

function servers(dir: string): LocalSqlServers {
  const store = openStore(join(dir, 'journal'));
  const made = createSqlServers({ dir, store, ports: portPool(), log: () => undefined });
  started.push(made);
  return made;
}

async function ask<T>(
  sql: LocalSqlServers,
  user: string,
  password: string,
  query: string,
  database = 'postgres',
): Promise<T> {
  const address = sql.address(ID);
  assert.ok(address);
  const db = pgp({ ...address, user, password, database, connectionTimeoutMillis: 5000 });
  const connection = await db.connect({ direct: true, onLost: () => undefined });
  try {
    return await connection.one<T>(query);
  } finally {
    await connection.done();
  }
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => assert.fail('this was to be refused'),
    (error: unknown) => (error as Error).message,
  );
}

test('a user that was made logs in with its password only, and makes tables in a database of the instance', async (t) => {
  const sql = servers(folder(t));
  await sql.start(ID);
  await sql.createDatabase(ID, 'odd "name"; drop');
  await sql.setUser(ID, "o'brien", "p'a$$\\word");
  const made = await ask<{ n: number }>(
    sql,
    "o'brien",
    "p'a$$\\word",
    'CREATE TABLE t (n int); SELECT 1 AS n',
    'odd "name"; drop',
  );
  assert.equal(made.n, 1);
  assert.match(await refusal(ask(sql, "o'brien", 'wrong', 'SELECT 1')), /password authentication failed/);
  assert.match(await refusal(ask(sql, 'postgres', '', 'SELECT 1')), /password/);
});

test('a Cloud SQL user is no superuser', async (t) => {
  const sql = servers(folder(t));
  await sql.start(ID);
  await sql.setUser(ID, 'app', 'secret-1');
  const role = await ask<object>(
    sql,
    'app',
    'secret-1',
    'SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user',
  );
  assert.deepEqual(role, { rolsuper: false, rolcreatedb: true });
});

test('a password that is set again replaces the old one', async (t) => {
  const sql = servers(folder(t));
  await sql.start(ID);
  await sql.setUser(ID, 'app', 'first');
  await sql.setUser(ID, 'app', 'second');
  assert.deepEqual(await ask(sql, 'app', 'second', 'SELECT 1 AS n'), { n: 1 });
  assert.match(await refusal(ask(sql, 'app', 'first', 'SELECT 1')), /password authentication failed/);
});

test("dropping what is in use is refused with the server's message", async (t) => {
  const sql = servers(folder(t));
  await sql.start(ID);
  await sql.createDatabase(ID, 'db');
  await sql.setUser(ID, 'app', 'secret');
  const address = sql.address(ID);
  assert.ok(address);
  const db = await pgp({ ...address, user: 'app', password: 'secret', database: 'db' }).connect({ direct: true });
  await db.none('CREATE TABLE t (n int)');
  assert.match(await refusal(sql.dropDatabase(ID, 'db')), /being accessed by other users/);
  await db.done();
  assert.match(await refusal(sql.dropUser(ID, 'app')), /cannot be dropped/);
  await sql.dropDatabase(ID, 'db');
  await sql.dropUser(ID, 'app');
});

test('data, users and the port are the same after a stop and a start', async (t) => {
  const dir = folder(t);
  const first = servers(dir);
  await first.start(ID);
  await first.setUser(ID, 'app', 'secret');
  const before = first.address(ID);
  await first.stop();
  assert.equal(first.address(ID), undefined);
  const second = servers(dir);
  await second.resume();
  assert.deepEqual(second.address(ID), before);
  assert.deepEqual(await ask(second, 'app', 'secret', 'SELECT 1 AS n'), { n: 1 });
});

test('a server that is killed comes back by itself', async (t) => {
  const dir = folder(t);
  const sql = servers(dir);
  await sql.start(ID);
  await sql.setUser(ID, 'app', 'secret');
  const file = join(dir, 'sql', 'my-project_us-central1_main', 'data', 'postmaster.pid');
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  assert.ok(await waitUntil(() => sql.address(ID) === undefined, 5000));
  assert.ok(await waitUntil(() => sql.address(ID) !== undefined, 20_000));
  assert.deepEqual(await ask(sql, 'app', 'secret', 'SELECT 1 AS n'), { n: 1 });
});

test('a start that is killed while it makes the data does not spoil the next one', async (t) => {
  const dir = folder(t);
  const at = (path: string): string =>
    JSON.stringify(new URL(`../../../compiler/simulator/${path}`, import.meta.url).href);
  const script = `
import { portPool } from ${at('free-port.ts')};
import { createSqlServers } from ${at('sql/sql-servers.ts')};
import { openStore } from ${at('store.ts')};
const dir = process.argv[1];
const store = openStore(dir + '/journal');
await createSqlServers({ dir, store, ports: portPool(), log: () => {} }).start('${ID}');
`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dir], { stdio: 'ignore' });
  const instance = join(dir, 'sql', 'my-project_us-central1_main');
  const isMaking = (): boolean => existsSync(instance) && readdirSync(instance).some((name) => name.startsWith('new-'));
  assert.ok(await waitUntil(isMaking, 10_000));
  child.kill('SIGKILL');
  const sql = servers(dir);
  await sql.start(ID);
  await sql.setUser(ID, 'app', 'secret');
  assert.deepEqual(await ask(sql, 'app', 'secret', 'SELECT 1 AS n'), { n: 1 });
});

test('two instances keep their data apart, and removing one leaves the other', async (t) => {
  const sql = servers(folder(t));
  const other = 'my-project:us-central1:other';
  await Promise.all([sql.start(ID), sql.start(ID), sql.start(other)]);
  assert.notEqual(sql.address(ID)?.port, sql.address(other)?.port);
  await sql.setUser(other, 'app', 'secret');
  await sql.remove(other);
  assert.equal(sql.address(other), undefined);
  assert.match(await refusal(sql.setUser(other, 'app', 'x')), /not running/);
  assert.match(await refusal(ask(sql, 'app', 'secret', 'SELECT 1')), /password authentication failed/);
});
