import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import type { Io } from './io.ts';

/** What a line of a password file says. */
export interface Login {
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Writes a password file for libpq, readable to its owner alone; gives the way to remove it. Never writes over a file.
 * https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export async function writePassfile(file: string, login: Login, io: Io): Promise<() => Promise<void>> {
  const path = resolve(io.cwd, file);
  const { port, name, user, password } = login;
  const fields = ['127.0.0.1', String(port), name, user, password];
  const line = fields.map((each) => each.replaceAll(/[\\:]/g, String.raw`\$&`)).join(':');
  try {
    await writeFile(path, `${line}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal(
      problem('HELLO1010', `cannot write the password file: ${why}`, { fix: 'Name a file that is not there yet.' }),
    );
  }
  return async () => rm(path, { force: true });
}
