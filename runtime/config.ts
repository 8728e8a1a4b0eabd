import { hostname } from 'node:os';
import * as z from 'zod';

/** How to reach PostgreSQL: the variables that libpq has, so that psql works with the same environment. */
export interface DatabaseConfig {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Absent where the server or a proxy in front of it does not ask for one. */
  readonly password: string | undefined;
  /** Most connections that this replica opens. All replicas together must stay below the server's limit. */
  readonly poolMax: number;
}

/** Everything that the app can be told. Read once, at the start. */
export interface Config {
  readonly port: number;
  /** Address to listen on. Absent: all of them, as a container needs it. */
  readonly host: string | undefined;
  /** The text of greeting 1. */
  readonly greeting: string;
  /** Name of this copy of the app: the pod's name in a cluster. */
  readonly replica: string;
  /** Absent without PGHOST: the greeting then comes from memory. */
  readonly database: DatabaseConfig | undefined;
  /** After a stop signal, requests are still taken for this long, so that load balancers can notice. */
  readonly shutdownDelayMs: number;
  /** Then requests in flight get this long before their connections are cut. */
  readonly shutdownGraceMs: number;
}

/** The environment is unusable; the message names every wrong variable and no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Parses the environment. An empty variable counts as unset. Throws a ConfigError that lists all that is wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = envSchema.safeParse(given);
  const lines = [
    ...(parsed.error?.issues ?? []).map((issue) => `${String(issue.path[0])} ${issue.message}`),
    ...halfADatabase(given),
  ];
  if (parsed.data === undefined || lines.length > 0) {
    throw new ConfigError(`The environment of the app is wrong:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
  const read = parsed.data;
  return {
    port: read.PORT,
    host: read.HOST,
    greeting: read.GREETING,
    replica: read.POD_NAME ?? hostname(),
    database: databaseOf(read),
    shutdownDelayMs: read.SHUTDOWN_DELAY_MS,
    shutdownGraceMs: read.SHUTDOWN_GRACE_MS,
  };
}

/** A whole number. The value is repeated in the message, so this is not for secrets. */
function wholeNumber(min: number, max: number, initial: number) {
  return z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: (issue) => `must be a whole number from ${min} to ${max}, but is ${JSON.stringify(issue.input)}`,
    })
    .transform(Number)
    .default(initial);
}

/** What can be in an HTTP header: the replica's name is sent with each answer. */
const headerText = z
  .string()
  .regex(/^[\x21-\x7e]{1,253}$/, 'must be 1 to 253 visible ASCII characters without a space');

const envSchema = z.object({
  PORT: wholeNumber(0, 65_535, 5000),
  HOST: z.string().optional(),
  GREETING: z.string().max(10_000, 'must be at most 10000 characters').default('Hello World'),
  POD_NAME: headerText.optional(),
  PGHOST: z.string().optional(),
  PGPORT: wholeNumber(1, 65_535, 5432),
  PGDATABASE: z.string().optional(),
  PGUSER: z.string().optional(),
  PGPASSWORD: z.string().optional(),
  DB_POOL_MAX: wholeNumber(1, 1000, 5),
  SHUTDOWN_DELAY_MS: wholeNumber(0, 600_000, 500),
  SHUTDOWN_GRACE_MS: wholeNumber(0, 600_000, 8000),
});

/** Half a database configuration must not start an app that silently runs without its data. */
function halfADatabase(given: Readonly<Record<string, string | undefined>>): string[] {
  if (given['PGHOST'] === undefined) {
    const others = ['PGDATABASE', 'PGUSER', 'PGPASSWORD'].filter((name) => given[name] !== undefined);
    return others.length === 0 ? [] : [`PGHOST is missing; ${others.join(', ')} would be ignored`];
  }
  return ['PGDATABASE', 'PGUSER']
    .filter((name) => given[name] === undefined)
    .map((name) => `${name} is missing; PGHOST needs it`);
}

function databaseOf(env: z.output<typeof envSchema>): DatabaseConfig | undefined {
  const { PGHOST: host, PGDATABASE: database, PGUSER: user } = env;
  if (host === undefined || database === undefined || user === undefined) return undefined;
  return { host, port: env.PGPORT, database, user, password: env.PGPASSWORD, poolMax: env.DB_POOL_MAX };
}
