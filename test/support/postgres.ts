import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pgPromise from 'pg-promise';
import { portPool } from '../../compiler/simulator/free-port.ts';
import { createDatabase, makeFirstRoles, setUser } from '../../compiler/simulator/sql/admin.ts';
import { findBinaries } from '../../compiler/simulator/sql/binaries.ts';
import { makeData, startPostgres } from '../../compiler/simulator/sql/postgres.ts';
import type { Postgres } from '../../compiler/simulator/sql/postgres.ts';
import { findUnprivileged } from '../../compiler/simulator/sql/unprivileged.ts';

/** The environment of an app, or of psql, that connects to one database. */
export type DatabaseEnv = Readonly<Record<'PGHOST' | 'PGPORT' | 'PGDATABASE' | 'PGUSER' | 'PGPASSWORD', string>>;

/** A real PostgreSQL in a folder of its own. */
export interface TestPostgres {
  /** An empty database, and a user of Cloud SQL's kind for it. */
  newDatabase(): Promise<DatabaseEnv>;
  /** Ends all sessions and the server; the data stay. */
  stop(): Promise<void>;
  /** On the same port as before. */
  start(): Promise<void>;
  /** Stops it for good and removes its folder. */
  remove(): Promise<void>;
}

const pgp = pgPromise({ noWarnings: true });
const superuserPassword = 'test-superuser';

export async function createPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'hello-postgres-'));
  const processes = { remember: () => undefined, forget: () => undefined, list: () => [] };
  const installation = { binaries: findBinaries(), unprivileged: await findUnprivileged(), processes };
  const port = await portPool().take();
  await makeData(installation, folder, superuserPassword);
  let server: Postgres | undefined;
  let databases = 0;
  const start = async (): Promise<void> => {
    server = await startPostgres(installation, folder, port, 'PostgreSQL of a test');
  };
  const stop = async (): Promise<void> => {
    await server?.stop();
    server = undefined;
  };
  await start();
  await makeFirstRoles({ port, password: superuserPassword });
  return {
    start,
    stop,
    async newDatabase() {
      databases += 1;
      const name = `app_${databases}`;
      const password = `canary-password-${databases}`;
      await createDatabase({ port, password: superuserPassword }, name);
      await setUser({ port, password: superuserPassword }, name, password);
      return { PGHOST: '127.0.0.1', PGPORT: String(port), PGDATABASE: name, PGUSER: name, PGPASSWORD: password };
    },
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs one statement as the app's user and returns the rows. */
export async function query(env: DatabaseEnv, statement: string): Promise<readonly Record<string, unknown>[]> {
  const { PGHOST: host, PGPORT: port, PGDATABASE: database, PGUSER: user, PGPASSWORD: password } = env;
  const db = pgp({ host, port: Number(port), database, user, password, max: 1 });
  try {
    return await db.any(statement);
  } finally {
    await db.$pool.end();
  }
}
