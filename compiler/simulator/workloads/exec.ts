import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { PassThrough } from 'node:stream';
import type { Execution } from '../parts.ts';
import { signal, type ProcessList } from '../processes.ts';
import type { Target } from './probes.ts';
import { behindTerminal, resizeTerminal } from './terminal.ts';

/** Starts a command beside the process of a container: in its folder, with its environment, and behind a terminal if asked. */
export function execIn(
  target: Target,
  { command, tty = false }: { readonly command: readonly string[]; readonly tty?: boolean },
  processes: ProcessList,
  what: string,
): Execution {
  const [first = '', ...args] = command;
  const line = [first === 'node' ? process.execPath : first, ...args];
  const terminal = tty ? behindTerminal(line) : undefined;
  const [program = '', ...words] = terminal ?? line;
  const env = terminal ? { TERM: 'xterm', ...target.env } : target.env;
  const child = spawn(program, words, { cwd: target.cwd, env, stdio: 'pipe', detached: true });
  const { promise: ended, resolve } = Promise.withResolvers<Awaited<Execution['ended']>>();
  const { pid } = child;
  if (pid !== undefined) processes.remember(pid, what, true);
  child.once('error', (error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'executable file not found in $PATH' : error.message;
    if (pid === undefined) resolve({ refusal: `exec: "${first}": ${why}` });
  });
  child.once('exit', () => {
    if (pid !== undefined) processes.forget(pid);
  });
  child.once('close', (code, name) => resolve({ code: code ?? 128 + (name ? constants.signals[name] : 0) }));
  // Its input may break at any moment: that is no failure of ours.
  child.stdin.on('error', () => undefined);
  return {
    stdin: child.stdin,
    // What is not read when a process ends is thrown away: it has to wait elsewhere for the one who asked.
    stdout: child.stdout.pipe(new PassThrough()),
    stderr: child.stderr.pipe(new PassThrough()),
    ended,
    resize(columns, rows) {
      if (terminal && pid !== undefined) void resizeTerminal(pid, columns, rows);
    },
    kill() {
      if (pid !== undefined && child.exitCode === null) signal({ pid, group: true }, 'SIGKILL');
    },
  };
}
