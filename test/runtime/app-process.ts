import { spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { eventually } from '../support/eventually.ts';

/** A line of the structured log; what is in it depends on the message. */
export interface LogLine {
  readonly severity: string;
  readonly message: string;
  readonly port?: number;
  readonly code?: string;
  readonly stack?: string;
}

/** The app as a process, as a pod runs it. */
export interface AppProcess {
  readonly url: string;
  /** All that it wrote so far, standard output and standard error. */
  readonly output: () => string;
  readonly lines: () => readonly LogLine[];
  readonly signal: (name: NodeJS.Signals) => void;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

function parse(line: string): LogLine {
  return JSON.parse(line);
}

const root = new URL('../../', import.meta.url);

/** Starts the command of the image with this environment and no other; it is killed when the test is over. */
export function spawnApp(t: TestContext, env: Readonly<Record<string, string>>): Omit<AppProcess, 'url'> {
  const child = spawn(process.execPath, ['runtime/start.js'], {
    cwd: root,
    env: { PATH: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const output = () => chunks.join('');
  return {
    output,
    // The last piece is not a whole line yet.
    lines: () => output().split('\n').slice(0, -1).map(parse),
    signal: (name) => void child.kill(name),
    ended,
  };
}

/** Starts the app on a free port and waits until it listens; the database may not be there yet. */
export async function startApp(t: TestContext, env: Readonly<Record<string, string>> = {}): Promise<AppProcess> {
  const app = spawnApp(t, { PORT: '0', HOST: '127.0.0.1', SHUTDOWN_DELAY_MS: '50', ...env });
  const port = await eventually(
    `the app listens; it wrote: ${app.output()}`,
    () => app.lines().find((line) => line.port !== undefined)?.port,
  );
  return { ...app, url: `http://127.0.0.1:${port}` };
}

/** Waits until `/readyz` says yes. */
export async function ready(app: AppProcess): Promise<void> {
  await eventually('the app is ready', async () => (await fetch(`${app.url}/readyz`)).status === 200);
}
