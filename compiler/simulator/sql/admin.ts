import pgPromise from 'pg-promise';
import { ADMIN } from './postgres.ts';

/** Where and how the superuser of one instance connects. */
export interface AdminAddress {
  readonly port: number;
  readonly password: string;
}

/** The role that every Cloud SQL user is a member of; not a superuser, as in Cloud SQL. */
export const SUPERUSER_GROUP = 'cloudsqlsuperuser';

const pgp = pgPromise({ noWarnings: true });
type Session = pgPromise.IBaseProtocol<object>;

const DUPLICATE_DATABASE = '42P04';

/** The roles that a new instance has: the group of its users, and `postgres`, which has no password until one is set. */
export async function makeFirstRoles(at: AdminAddress): Promise<void> {
  await session(at, async (db) => {
    if (!(await exists(db, SUPERUSER_GROUP)))
      await db.none('CREATE ROLE $1:name NOLOGIN CREATEDB CREATEROLE', SUPERUSER_GROUP);
    if (!(await exists(db, 'postgres'))) await db.none(createRole, { name: 'postgres', group: SUPERUSER_GROUP });
  });
}

/** Owned by the group, so that every user of the instance may make tables in it. Already there is fine. */
export async function createDatabase(at: AdminAddress, name: string): Promise<void> {
  await session(at, async (db) => {
    await db.none('CREATE DATABASE $1:name OWNER $2:name', [name, SUPERUSER_GROUP]).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== DUPLICATE_DATABASE) throw error;
    });
  });
}

export async function dropDatabase(at: AdminAddress, name: string): Promise<void> {
  await session(at, async (db) => db.none('DROP DATABASE IF EXISTS $1:name', name));
}

/** Makes the role, or lets the one that is there log in, with this password when one is given. */
export async function setUser(at: AdminAddress, name: string, password: string | undefined): Promise<void> {
  refuseReserved(name);
  await session(at, async (db) => {
    if (!(await exists(db, name))) await db.none(createRole, { name, group: SUPERUSER_GROUP });
    if (password !== undefined) await db.none('ALTER ROLE $1:name LOGIN PASSWORD $2', [name, password]);
  });
}

export async function dropUser(at: AdminAddress, name: string): Promise<void> {
  refuseReserved(name);
  await session(at, async (db) => db.none('DROP ROLE IF EXISTS $1:name', name));
}

const createRole = 'CREATE ROLE $<name:name> LOGIN CREATEDB CREATEROLE IN ROLE $<group:name>';

function refuseReserved(name: string): void {
  if (name === ADMIN || name === SUPERUSER_GROUP) throw new Error(`The role "${name}" belongs to the service.`);
}

async function exists(db: Session, role: string): Promise<boolean> {
  return (await db.oneOrNone('SELECT 1 FROM pg_roles WHERE rolname = $1', role)) !== null;
}

/** One connection of its own rather than a pool: a pool says that it has ended before the server has seen the end. */
async function session<T>(at: AdminAddress, use: (db: Session) => Promise<T>): Promise<T> {
  const db = pgp({
    host: '127.0.0.1',
    port: at.port,
    user: ADMIN,
    password: at.password,
    database: 'postgres',
    connectionTimeoutMillis: 10_000,
    application_name: 'cloudsql',
  });
  const connection = await db.connect({ direct: true, onLost: () => undefined });
  try {
    return await use(connection);
  } finally {
    await connection.done();
  }
}
