import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { constants as osConstants } from 'node:os';
import { delimiter, join } from 'node:path';
import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import type { Io } from './io.ts';

/** Where a program is on PATH. Throws a Refusal that says how to get it. */
export async function findProgram(name: string, env: Io['env'], install: string): Promise<string> {
  const names = process.platform === 'win32' ? [`${name}.exe`] : [name];
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((each) => each !== '');
  for (const file of folders.flatMap((folder) => names.map((each) => join(folder, each)))) {
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  throw new Refusal(problem('HELLO2010', `${name} is not on PATH`, { fix: install }));
}

/** Runs a program in the foreground, on the terminal of this one, and with some variables more; its exit code. */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  io: Io,
): Promise<number> {
  const take = io.leaveInterrupts();
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  const end = (): void => void child.kill('SIGTERM');
  io.signal.addEventListener('abort', end, { once: true });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject);
  child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? osConstants.signals[signal] : 0)));
  try {
    return await promise;
  } finally {
    io.signal.removeEventListener('abort', end);
    take();
  }
}
