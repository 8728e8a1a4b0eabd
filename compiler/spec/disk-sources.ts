import { readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { FileAnswer, Sources } from './sources.ts';

/** A file that is put into a config is a page of text, as the config itself. */
const bytesMax = 1024 * 1024;

/** Reads what variables name: files from `folder`, none outside of it unless allowed, and git of that folder. */
export function diskSources(folder: string, { allowOutside = false } = {}): Sources {
  return {
    readFile: (path) => readWithin(folder, path, allowOutside),
    git: (what) => askGit(folder, what === 'sha' ? ['rev-parse', '--verify', 'HEAD'] : branchQuestion),
  };
}

const branchQuestion = ['symbolic-ref', '--quiet', '--short', 'HEAD'];

function readWithin(folder: string, path: string, allowOutside: boolean): FileAnswer {
  if (path.includes('\0')) return { is: 'unusable', why: 'its name holds a NUL byte' };
  const target = resolve(folder, path);
  if (!allowOutside && !isWithin(resolve(folder), target)) return { is: 'outside' };
  try {
    // A link may lead anywhere, so what counts is where it ends.
    const real = realpathSync(target);
    if (!allowOutside && !isWithin(realpathSync(folder), real)) return { is: 'outside' };
    const facts = statSync(real);
    if (facts.isDirectory()) return { is: 'unusable', why: 'it is a folder' };
    if (!facts.isFile()) return { is: 'unusable', why: 'it is no ordinary file' };
    if (facts.size > bytesMax) return { is: 'unusable', why: 'it is larger than 1 MiB' };
    return asText(readFileSync(real));
  } catch (error) {
    return whyUnreadable(error, target);
  }
}

function isWithin(folder: string, target: string): boolean {
  const way = relative(folder, target);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function asText(bytes: Buffer): FileAnswer {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? { is: 'unusable', why: 'it is not text' } : { is: 'text', text };
  } catch {
    return { is: 'unusable', why: 'it is not text in UTF-8' };
  }
}

function whyUnreadable(error: unknown, target: string): FileAnswer {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { is: 'missing', near: namesBeside(target) };
  if (code === 'EACCES' || code === 'EPERM') return { is: 'unusable', why: 'permission denied' };
  if (code === 'ELOOP') return { is: 'unusable', why: 'its links lead in a circle' };
  return { is: 'unusable', why: error instanceof Error ? error.message : String(error) };
}

function namesBeside(target: string): string[] {
  try {
    return readdirSync(dirname(target)).toSorted().slice(0, 1000);
  } catch {
    return [];
  }
}

/** Loaded when first asked for: few configs name git. */
function askGit(folder: string, question: readonly string[]): string | undefined {
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  try {
    const answer = execFileSync('git', question, {
      cwd: folder,
      encoding: 'utf8',
      timeout: 5000,
      maxBuffer: 64 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return answer.trim() || undefined;
  } catch {
    return undefined; // no git, no repository, no commit, or no branch: all the same to a variable
  }
}
