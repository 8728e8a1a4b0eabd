import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startOf } from './processes.ts';

/** Exit code of a daemon that found another one in its folder. */
export const EXIT_LOCKED = 17;

/** Whoever holds it may touch the files of a local cloud. */
export interface Lock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly started: string;
}

/**
 * Takes a lock file, or returns undefined while a living process holds it. A hard link is the one way to make a file
 * that has its content from the first moment; one that a killed process left is moved away, which only one can do.
 */
export async function takeLock(file: string): Promise<Lock | undefined> {
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) ?? 'unknown' });
  const own = `${file}.${process.pid}`;
  for (let tries = 0; tries < 5; tries++) {
    writeFileSync(own, mine, { mode: 0o600 });
    const linked = link(own, file);
    rmSync(own, { force: true });
    if (linked) {
      // Someone who saw the stale lock of before us may be moving ours away just now.
      await delay(30);
      if (read(file) === mine) return { release: () => read(file) === mine && rmSync(file, { force: true }) };
      continue;
    }
    const found = read(file);
    if (found !== undefined && isAlive(found)) return undefined;
    moveAway(file, found);
  }
  return undefined;
}

/** Whether a living process holds the lock. */
export function isLocked(file: string): boolean {
  const found = read(file);
  return found !== undefined && isAlive(found);
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function moveAway(file: string, stale: string | undefined): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // another was faster
  }
  // What we moved may be the fresh lock of that other: it goes back.
  if (read(aside) !== stale) link(aside, file);
  rmSync(aside, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isAlive(text: string): boolean {
  try {
    const holder = JSON.parse(text) as Holder;
    return startOf(holder.pid) === holder.started;
  } catch {
    return false;
  }
}
