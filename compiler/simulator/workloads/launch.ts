import { spawn } from 'node:child_process';
import { signal, waitUntil, type ProcessList } from '../processes.ts';
import type { CommandLine } from './command-line.ts';
import type { RunLog } from './container-logs.ts';

/** How a container ended, as its status says it. */
export interface Exit {
  readonly code: number;
  readonly signal?: number;
  readonly reason: 'Completed' | 'Error' | 'StartError' | 'OOMKilled';
  readonly message?: string;
}

/** One run of a container. */
export interface Running {
  /** Its process group; undefined for what is no process of its own, or did not start. */
  readonly group?: number;
  readonly exited: Promise<Exit>;
  /** Asks it to end: SIGTERM. */
  terminate(): void;
  /** Ends it: SIGKILL. */
  kill(): void;
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

/** Starts a container as a process in a group of its own, so that what it starts ends with it. */
export function launch(ask: {
  readonly line: CommandLine;
  readonly env: Readonly<Record<string, string>>;
  readonly log: RunLog;
  readonly what: string;
  readonly processes: ProcessList;
}): Running {
  const { line, processes } = ask;
  const child = spawn(line.program, line.args, {
    cwd: line.cwd,
    env: ask.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  const { pid } = child;
  if (pid !== undefined) processes.remember(pid, ask.what, true);
  child.stdout.on('data', (chunk: Buffer) => ask.log.write(chunk));
  child.stderr.on('data', (chunk: Buffer) => ask.log.write(chunk));
  child.once('error', (error) => {
    if (pid === undefined) resolve({ code: 128, reason: 'StartError', message: startError(line, error) });
  });
  child.once('exit', (code, name) => {
    void settle(code, name);
  });
  const settle = async (code: number | null, name: NodeJS.Signals | null): Promise<void> => {
    if (pid === undefined) return;
    // The container is over when its first process is: what is left of the group goes with it.
    signal({ pid, group: true }, 'SIGKILL');
    // What it wrote last is still in the pipes.
    await waitUntil(() => child.stdout.readableEnded && child.stderr.readableEnded, 1000);
    processes.forget(pid);
    resolve(exitOf(code, name));
  };
  const send = (name: NodeJS.Signals): void => {
    if (pid !== undefined) signal({ pid, group: true }, name);
  };
  return {
    ...(pid !== undefined && { group: pid }),
    exited,
    terminate: () => send('SIGTERM'),
    kill: () => send('SIGKILL'),
  };
}

function exitOf(code: number | null, name: NodeJS.Signals | null): Exit {
  if (name === null) return { code: code ?? 0, reason: code === 0 ? 'Completed' : 'Error' };
  const number = SIGNALS[name] ?? 0;
  return { code: 128 + number, signal: number, reason: 'Error' };
}

function startError(line: CommandLine, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') {
    return `exec: "${line.program}": executable file not found in $PATH, or there is no folder ${line.cwd}`;
  }
  return `exec: "${line.program}": ${error.message}`;
}
