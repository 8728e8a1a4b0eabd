import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { takeLock } from './daemon-lock.ts';
import { startLocalCloud, type LocalCloud } from './local-cloud.ts';
import { FILES } from './local-state.ts';

/** Exit code when another daemon has this folder. */
export const EXIT_LOCKED = 17;

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
  const state: { cloud?: LocalCloud; stopping?: boolean } = {};
  const stop = (code: number): void => {
    if (state.stopping) return;
    state.stopping = true;
    // Whatever hangs, hangs no longer than this; what is left then is ended by the next start.
    setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
    void (state.cloud?.stop() ?? Promise.resolve())
      .catch((error: unknown) => log(`stopping: ${String(error)}`))
      .then(() => {
        lock.release();
        return process.exit(code);
      });
  };
  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(0));
  process.on('SIGHUP', () => undefined);
  const broken = (error: unknown): void => {
    log(`broken: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    stop(1);
  };
  process.on('uncaughtException', broken);
  process.on('unhandledRejection', broken);
  const { project, version } = values;
  const options = { dir, project, version, speed: Number(values.speed), log, onShutdown: () => stop(0) };
  state.cloud = await startLocalCloud(options);
  // Asked to stop while it was starting: there was nothing to stop yet.
  if (state.stopping) {
    await state.cloud.stop();
    return;
  }
  const stateFile = join(dir, FILES.state);
  setInterval(() => {
    if (existsSync(stateFile) || state.stopping) return;
    log('the folder of this local cloud was removed: stopping');
    stop(0);
  }, FILES_CHECK_MS).unref();
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
