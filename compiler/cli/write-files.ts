import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import type { OutputFile } from '../export/files.ts';

/** Writes files into a folder, which is made if need be; other files there stay. The paths, in the order of writing. */
export async function writeFiles(folder: string, cwd: string, files: readonly OutputFile[]): Promise<string[]> {
  const into = resolve(cwd, folder);
  try {
    await mkdir(into, { recursive: true });
    const paths = files.map(({ name }) => join(into, name));
    await Promise.all(files.map(async ({ name, text }) => writeFile(join(into, name), text)));
    return paths;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal(problem('HELLO1010', `cannot write to ${into}: ${why}`, { fix: 'Name another folder with -o.' }));
  }
}
