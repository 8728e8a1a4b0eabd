import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT_LOCKED, takeLock } from './daemon-lock.ts';
import { startLocalCloud } from './local-cloud.ts';
import { FILES } from './local-state.ts';

const STOP_MS_MAX = 15_000;
const FILES_CHECK_MS = 2000;

/** The background process of a local cloud. `daemon.ts` starts it with its output going to the log file. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      speed: { type: 'string', default: '100' },
      project: { type: 'string', default: 'hello-local' },
      version: { type: 'string', default: 'unknown' },
    },
  });
  const { dir } = values;
  if (dir === undefined) throw new Error('--dir is missing');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = await takeLock(join(dir, FILES.lock));
  if (!lock) process.exit(EXIT_LOCKED);
  const { project, version } = values;
  const state: { stopping?: boolean } = {};
  const onShutdown = (): void => stop(0);
  const starting = startLocalCloud({ dir, project, version, speed: Number(values.speed), log, onShutdown });
  const stop = (code: number): void => {
    if (state.stopping) return;
    state.stopping = true;
    // Whatever hangs, hangs no longer than this; what is left then is ended by the next start.
    setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
    void starting
      // Asked while it is still starting, it first has to know what it started.
      .then(async (cloud) => cloud.stop())
      .catch((error: unknown) => log(`stopping: ${String(error)}`))
      .then(() => {
        lock.release();
        return process.exit(code);
      });
  };
  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(0));
  process.on('SIGHUP', () => undefined);
  surviveMistakes();
  await starting;
  const stateFile = join(dir, FILES.state);
  setInterval(() => {
    if (existsSync(stateFile) || state.stopping) return;
    log('the folder of this local cloud was removed: stopping');
    stop(0);
  }, FILES_CHECK_MS).unref();
}

/**
 * One request that breaks must not take everybody's clusters and databases with it: all state is in the journal, change
 * by change, so nothing half-done is carried on with. The log says what broke.
 */
function surviveMistakes(): void {
  const broken = (error: unknown): void =>
    log(`broken: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.on('uncaughtException', broken);
  process.on('unhandledRejection', broken);
}

/** Its standard output is the log file that the starter opened. */
function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

try {
  await main();
} catch (error) {
  log(`did not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
