import { execFile, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { signal, startOf, waitUntil, type ProcessList } from '../processes.ts';
import type { Binaries } from './binaries.ts';
import { handOver, type Unprivileged } from './unprivileged.ts';

/** What every PostgreSQL of this local cloud has in common. */
export interface Installation {
  readonly binaries: Binaries;
  readonly unprivileged: Unprivileged;
  readonly processes: ProcessList;
}

/** A running server. */
export interface Postgres {
  readonly port: number;
  /** Fast shutdown: sessions are ended, nothing committed is lost. */
  stop(): Promise<void>;
  /** Settles when the server is gone, asked for or not. */
  readonly gone: Promise<void>;
}

export const ADMIN = 'cloudsqladmin';

/**
 * Makes the data folder unless one is there. The superuser is `cloudsqladmin`, as in Cloud SQL. It is made beside and
 * moved into place whole: an initdb whose daemon was killed may go on for a second, and must not meet the next one.
 */
export async function makeData(installation: Installation, folder: string, password: string): Promise<void> {
  const data = join(folder, 'data');
  for (const name of readdirSync(folder).filter((each) => each.startsWith('new-'))) {
    rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  if (existsSync(data)) return;
  const fresh = mkdtempSync(join(folder, 'new-'));
  try {
    mkdirSync(join(fresh, 'data'), { mode: 0o700 });
    handOver(join(fresh, 'data'), installation.unprivileged);
    writeFileSync(join(fresh, 'password'), `${password}\n`, { mode: 0o600 });
    await initdb(installation, fresh);
    renameSync(join(fresh, 'data'), data);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function initdb(installation: Installation, fresh: string): Promise<void> {
  const { binaries, unprivileged, processes } = installation;
  const auth = [`--username=${ADMIN}`, `--pwfile=${join(fresh, 'password')}`, '--auth=scram-sha-256'];
  const rest = ['--encoding=UTF8', '--locale=C', '--no-instructions', '-D', join(fresh, 'data')];
  const [program = '', ...args] = [...unprivileged.prefix, binaries.initdb, ...auth, ...rest];
  const running = promisify(execFile)(program, args, { cwd: fresh, env: serverEnv() });
  const { pid } = running.child;
  if (pid !== undefined) processes.remember(pid, `initdb in ${fresh}`, false);
  try {
    await running;
  } catch (error) {
    throw new Error(`PostgreSQL's initdb failed: ${outputOf(error)}`, { cause: error });
  } finally {
    if (pid !== undefined) processes.forget(pid);
  }
}

function outputOf(error: unknown): string {
  const stderr = (error as { stderr?: unknown }).stderr;
  return typeof stderr === 'string' && stderr.trim() !== '' ? stderr.trim() : String(error);
}

/** Nothing of our own environment steers the server: no PGDATA, no secrets of the user in a long-lived process. */
function serverEnv(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** Starts the server of a data folder and waits until it takes connections. Throws with the end of its log. */
export async function startPostgres(
  installation: Installation,
  folder: string,
  port: number,
  what: string,
): Promise<Postgres> {
  const data = join(folder, 'data');
  await stopOrphan(data);
  handOver(data, installation.unprivileged);
  const logFile = join(folder, 'postgres.log');
  const log = openSync(logFile, 'w', 0o600);
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'shared_buffers=32MB'];
  const more = ['max_connections=100', 'password_encryption=scram-sha-256', 'log_min_error_statement=panic'];
  const flags = [...settings, ...more].flatMap((setting) => ['-c', setting]);
  const [program = '', ...args] = [
    ...installation.unprivileged.prefix,
    installation.binaries.postgres,
    '-D',
    data,
    ...flags,
  ];
  // Its own group: Ctrl-C in a terminal must reach the daemon alone, which then stops the servers after the pods.
  const child = spawn(program, args, { cwd: folder, env: serverEnv(), stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  let ended = false;
  const end = (): void => {
    ended = true;
    if (child.pid !== undefined) installation.processes.forget(child.pid);
    resolve();
  };
  child.once('exit', end).once('error', end);
  if (child.pid !== undefined) installation.processes.remember(child.pid, what, false);
  const stop = async (): Promise<void> => {
    child.kill('SIGINT');
    if (!(await waitUntil(() => ended, 8000))) child.kill('SIGKILL');
    await gone;
  };
  if (!(await answers(port, () => ended))) {
    await stop();
    throw new Error(`PostgreSQL did not start: ${lastLines(logFile)}`);
  }
  return { port, stop, gone };
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-5).join('\n');
}

/** Start-up after a crash replays the log, so this is generous; a server that exits ends the wait at once. */
async function answers(port: number, ended: () => boolean): Promise<boolean> {
  const deadline = Date.now() + 60_000;
  while (!ended() && Date.now() < deadline) {
    if (await speaks(port)) return !ended();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return false;
}

/**
 * Asks as any client does whether TLS is spoken: a server that is not ready yet refuses the start-up message, but
 * it answers this one, so a listener alone proves little. An SSLRequest followed by a start-up message tells apart.
 */
async function speaks(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  const parameters = Buffer.from(`user\0${ADMIN}\0database\0postgres\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(parameters.length + 8, 0);
  head.writeInt32BE(196_608, 4); // protocol 3.0
  socket.once('connect', () => socket.write(Buffer.concat([head, parameters])));
  // 'R' asks for the password: it is up. 'E' is "the database system is starting up".
  socket.once('data', (data) => resolve(data[0] === 0x52));
  socket.once('error', () => resolve(false)).once('close', () => resolve(false));
  socket.setTimeout(2000, () => resolve(false));
  const up = await promise;
  socket.destroy();
  return up;
}

/** A daemon that was killed leaves its server running on the data: ends it, by the pid that the server keeps beside them. */
async function stopOrphan(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const [first, folder] = readFileSync(file, 'utf8').split('\n');
  const pid = Number(first);
  if (!Number.isInteger(pid) || pid <= 1 || folder !== data || !isPostgres(pid)) return;
  const started = startOf(pid);
  const over = (): boolean => started === undefined || startOf(pid) !== started;
  for (const name of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (over()) return;
    signal({ pid, group: false }, name);
    await waitUntil(over, 4000);
  }
}

/** The pid may be anyone's by now. Where there is no /proc, PostgreSQL's own check of the lock file has to do. */
function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
  } catch {
    return false;
  }
}
