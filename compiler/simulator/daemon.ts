import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EXIT_LOCKED, isLocked, takeLock } from './daemon-lock.ts';
import { FILES, readLocalState, type LocalState, type LocalStatus } from './local-state.ts';
import { endLeftovers, signal, startOf, waitUntil } from './processes.ts';
import { openStore } from './store.ts';

/** How to reach a running local cloud. */
export interface Connection {
  readonly url: string;
  readonly token: string;
  readonly project: string;
  /** Path of a kubeconfig with a context for each running cluster. */
  readonly kubeconfig: string;
}

export type StartResult =
  | { readonly is: 'started' | 'running'; readonly connection: Connection; readonly version: string }
  /** A daemon of another version of this program runs there. Nothing was changed. */
  | { readonly is: 'other-version'; readonly version: string; readonly pid: number };

export interface StartOptions {
  /** Of this program. */
  readonly version: string;
  /** How much faster than the real service. Default 100. */
  readonly speed?: number;
  /** The project that is there from the start. Default `hello-local`. */
  readonly project?: string;
}

/** The local cloud of one folder, from outside: a background process and its files. */
export interface LocalCloudControl {
  /** Starts it, or finds it running. Throws with the end of its log when it does not come up. */
  start(options: StartOptions): Promise<StartResult>;
  /** Stops it and all its processes, also those that a killed daemon left. False when nothing ran. State stays. */
  stop(): Promise<boolean>;
  /** What runs in it; undefined when it does not run or does not answer. */
  status(): Promise<LocalStatus | undefined>;
  /** Stops it and removes all that it has kept. */
  reset(): Promise<void>;
  /** Undefined when it does not run. */
  connection(): Connection | undefined;
  /** Variables that point gcloud, kubectl and hello at it; undefined when it does not run. Holds no secret. */
  environment(): Readonly<Record<string, string>> | undefined;
}

const START_MS_MAX = 90_000;
const STOP_MS_MAX = 25_000;
const LOG_BYTES_MAX = 5_000_000;

export function localCloud({ dir }: { readonly dir: string }): LocalCloudControl {
  const connection = (): Connection | undefined => {
    const state = readLocalState(dir);
    return state && connectionOf(dir, state);
  };
  return {
    connection,
    start: async (options) => start(dir, options),
    stop: async () => stop(dir),
    async status() {
      const state = readLocalState(dir);
      return state && ask(state);
    },
    async reset() {
      // A journal that cannot be read any more is a reason to reset, not one against it.
      await stop(dir).catch(() => false);
      rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
    environment() {
      const state = readLocalState(dir);
      return state && environment(dir, state);
    },
  };
}

function connectionOf(dir: string, state: LocalState): Connection {
  return { url: state.url, token: state.token, project: state.project, kubeconfig: join(dir, FILES.kubeconfig) };
}

async function ask(state: LocalState): Promise<LocalStatus | undefined> {
  try {
    const headers = { authorization: `Bearer ${state.token}` };
    const response = await fetch(`${state.url}/_local/status`, { headers, signal: AbortSignal.timeout(5000) });
    return response.ok ? ((await response.json()) as LocalStatus) : undefined;
  } catch {
    return undefined;
  }
}

async function start(dir: string, options: StartOptions): Promise<StartResult> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = readLocalState(dir);
  if (found && (await ask(found))) return running(dir, found, options, 'running');
  // It is there and does not answer: it is asked to go, and what it leaves is ended by the new one.
  if (found) await endDaemon(found);
  const logFile = join(dir, FILES.log);
  if (existsSync(logFile) && statSync(logFile).size > LOG_BYTES_MAX) truncateSync(logFile);
  const out = openSync(logFile, 'a', 0o600);
  const began = statSync(logFile).size;
  const child = spawn(process.execPath, commandLine(dir, options), { detached: true, stdio: ['ignore', out, out] });
  closeSync(out);
  child.unref();
  const ended: { code?: number | null } = {};
  child.once('exit', (code) => (ended.code = code)).once('error', () => (ended.code = null));
  const deadline = Date.now() + START_MS_MAX;
  while (Date.now() < deadline) {
    const state = readLocalState(dir);
    if (state && (await ask(state))) {
      if (state.pid === child.pid) return running(dir, state, options, 'started');
      // Someone else's was faster. Ours must not wake up later, when that one may have been stopped again.
      child.kill('SIGKILL');
      await waitUntil(() => ended.code !== undefined, 5000);
      return running(dir, state, options, 'running');
    }
    // Locked: someone else starts it at the same moment, and we wait for theirs.
    const lost = ended.code !== undefined && ended.code !== EXIT_LOCKED;
    const orphaned = ended.code === EXIT_LOCKED && !isLocked(join(dir, FILES.lock)) && !readLocalState(dir);
    if (lost || orphaned)
      throw new Error(`The local cloud did not start. ${logFile} ends with:\n${lastLines(logFile, began)}`);
    await delay(50);
  }
  if (child.pid !== undefined) signal({ pid: child.pid, group: false }, 'SIGTERM');
  throw new Error(
    `The local cloud did not answer within ${START_MS_MAX / 1000} s. ${logFile} ends with:\n${lastLines(logFile, began)}`,
  );
}

function running(dir: string, state: LocalState, options: StartOptions, is: 'started' | 'running'): StartResult {
  if (state.version !== options.version) return { is: 'other-version', version: state.version, pid: state.pid };
  return { is, connection: connectionOf(dir, state), version: state.version };
}

/** In a checkout it is TypeScript, in the package JavaScript: as this file. */
function commandLine(dir: string, { version, speed = 100, project = 'hello-local' }: StartOptions): string[] {
  const main = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url));
  return [main, '--dir', dir, '--version', version, '--speed', String(speed), '--project', project];
}

function lastLines(file: string, from: number): string {
  return readFileSync(file).subarray(from).toString().trim().split('\n').slice(-10).join('\n');
}

async function stop(dir: string): Promise<boolean> {
  if (!existsSync(dir)) return false;
  const state = readLocalState(dir);
  if (state) {
    await askToStop(state);
    await endDaemon(state);
  }
  // A daemon that was killed left its children; only who holds the lock may open its journal.
  const lock = await takeLock(join(dir, FILES.lock));
  if (!lock) return state !== undefined;
  try {
    const journal = join(dir, FILES.journal);
    const left = existsSync(journal) ? await endLeftovers(openStore(journal)) : [];
    rmSync(join(dir, FILES.state), { force: true });
    return state !== undefined || left.length > 0;
  } finally {
    lock.release();
  }
}

async function askToStop(state: LocalState): Promise<void> {
  const headers = { authorization: `Bearer ${state.token}` };
  try {
    await fetch(`${state.url}/_local/shutdown`, { method: 'POST', headers, signal: AbortSignal.timeout(3000) });
    await waitUntil(() => startOf(state.pid) !== state.started, STOP_MS_MAX, 50);
  } catch {
    // It does not answer: the signal that follows does not need it to.
  }
}

async function endDaemon(state: LocalState): Promise<void> {
  const gone = (): boolean => startOf(state.pid) !== state.started;
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    if (gone()) return;
    signal({ pid: state.pid, group: false }, name);
    await waitUntil(gone, name === 'SIGTERM' ? STOP_MS_MAX : 5000, 50);
  }
}

/**
 * gcloud's own variables. All APIs share one address, so the overrides are flat; Compute's must carry its path
 * (https://cloud.google.com/sdk/docs/properties). The token is handed over as a file.
 */
function environment(dir: string, state: LocalState): Record<string, string> {
  const apis = ['CONTAINER', 'SQL', 'IAM', 'SERVICEUSAGE', 'CLOUDRESOURCEMANAGER', 'SERVICENETWORKING'];
  const overrides = apis.map((api) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, `${state.url}/`]);
  return {
    ...Object.fromEntries(overrides),
    CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: `${state.url}/compute/v1/`,
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: join(dir, FILES.token),
    CLOUDSDK_CORE_ACCOUNT: 'you@local.invalid',
    CLOUDSDK_CORE_PROJECT: state.project,
    GOOGLE_CLOUD_PROJECT: state.project,
    CLOUDSDK_CONFIG: join(dir, 'gcloud'),
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
    KUBECONFIG: join(dir, FILES.kubeconfig),
  };
}
