import { setTimeout as sleep } from 'node:timers/promises';
import pgPromise from 'pg-promise';
import type { DatabaseConfig } from '../config.ts';
import { HttpError } from '../http.ts';
import { describeError } from '../log.ts';
import type { Log } from '../log.ts';
import { greetingsTable } from './greetings.ts';
import type { Store } from './store.ts';

const CONNECT_TIMEOUT_MS = 2000;
const STATEMENT_TIMEOUT_MS = 5000;
const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 5000;
const UNDEFINED_TABLE = '42P01';

// One instance a process, as pg-promise asks for. Its warnings go to the console, past the structured log.
const pgp = pgPromise({ noWarnings: true });

/**
 * Opens a pool on PostgreSQL and sets the tables up in the background, with back-off for as long as the server does not
 * answer: a replica may well start before its database or the proxy to it. Until then every use is "unavailable".
 */
export function openDatabase(config: DatabaseConfig, firstGreeting: string, log: Log): Store {
  const { poolMax, password, ...where } = config;
  const db = pgp({
    ...where,
    ...(password !== undefined && { password }),
    max: poolMax,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    // The server's own limit above does not help when the server is gone without a word.
    query_timeout: STATEMENT_TIMEOUT_MS + 1000,
    keepAlive: true,
    application_name: 'hello',
  });
  // The server ends idle connections when it restarts. Without a listener that would end this process, too.
  db.$pool.on('error', (error) => log('WARNING', 'lost an idle database connection', describeError(error)));

  const table = greetingsTable(db);
  const stop = new AbortController();
  let ready = false;
  async function setUp(): Promise<void> {
    await table.setUp(firstGreeting);
    ready = true;
    log('INFO', 'the database is set up');
  }
  let settingUp = untilItWorks(setUp, stop.signal, log);

  async function use<T>(work: () => Promise<T>): Promise<T> {
    if (!ready) throw new HttpError(503, 'the database is not set up yet');
    try {
      return await work();
    } catch (error) {
      if (isUnavailable(error)) throw new HttpError(503, 'the database does not answer', { cause: error });
      if (codeOf(error) !== UNDEFINED_TABLE) throw error;
      // Someone made the database anew under the running app. Of many requests that notice, one sets it up.
      if (ready) settingUp = untilItWorks(setUp, stop.signal, log);
      ready = false;
      throw new HttpError(503, 'the database is being set up again', { cause: error });
    }
  }

  return {
    greetings: { find: (id) => use(() => table.find(id)) },
    check: () => use(() => table.find(1).then(() => undefined)),
    async close() {
      stop.abort();
      await settingUp;
      await db.$pool.end();
    },
  };
}

/** Ends when it worked, or with the signal. Jittered, so that replicas do not come back all at once. */
async function untilItWorks(work: () => Promise<void>, signal: AbortSignal, log: Log): Promise<void> {
  for (let waitMs = RETRY_MS_MIN; !signal.aborted; waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
    try {
      await work();
      return;
    } catch (error) {
      log('WARNING', 'could not set the database up; trying again', describeError(error));
    }
    await sleep(waitMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Whether the database could not be asked, as opposed to having refused. An error without an SQLSTATE comes from the
 * network or the pool; its code, if any, has no digit (EPIPE). Classes: 08 connection, 28 login, 3D no such database, 53 out of resources, 57 shut down or
 * cancelled, 58 system error (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  return code === undefined || !/^(?=.*\d)[0-9A-Z]{5}$/.test(code) || /^(08|28|3D|53|57|58)/.test(code);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
