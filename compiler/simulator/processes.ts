import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Store, Table } from './store.ts';

/** A child process that must not outlive the local cloud. */
export interface ProcessRecord {
  readonly pid: number;
  /** When the system says it started: a pid that was given out again has another. */
  readonly started: string;
  /** For people: `pod hello/web-1 container app`. */
  readonly what: string;
  /** Whether the whole process group goes with it. */
  readonly group: boolean;
}

/**
 * The start time of a process in the system's own words, or undefined when there is none (a zombie counts as none).
 * Linux tells it in /proc; elsewhere `ps` does.
 */
export function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
    }
    const out = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return out === '' || out.startsWith('Z') ? undefined : out.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

/** Sends a signal to a process or its group; false when nothing was there to take it. */
export function signal(record: Pick<ProcessRecord, 'pid' | 'group'>, name: NodeJS.Signals): boolean {
  try {
    return process.kill(record.group ? -record.pid : record.pid, name);
  } catch {
    return false;
  }
}

/** Waits until a condition holds; false when the deadline passed first. */
export async function waitUntil(holds: () => boolean, msMax: number, everyMs = 20): Promise<boolean> {
  const deadline = Date.now() + msMax;
  while (!holds()) {
    if (Date.now() > deadline) return false;
    await delay(everyMs);
  }
  return true;
}

export interface ProcessList {
  /** Remembers a child until `forget`. */
  remember(pid: number, what: string, group: boolean): void;
  forget(pid: number): void;
  list(): readonly ProcessRecord[];
}

/** Children of this local cloud, on disk, so that what a killed daemon left behind can be ended by the next one. */
export function processList(store: Store): ProcessList {
  const table: Table<ProcessRecord> = store.table('processes');
  return {
    remember(pid, what, group) {
      table.set(String(pid), { pid, started: startOf(pid) ?? 'unknown', what, group });
    },
    forget: (pid) => table.delete(String(pid)),
    list: () => [...table.entries()].map(([, record]) => record),
  };
}

function running(record: ProcessRecord): boolean {
  return startOf(record.pid) === record.started;
}

/**
 * Ends what an earlier daemon started and could not end itself: asks first, then kills. A pid that belongs to
 * something else by now is left alone. Returns what was ended, for the log.
 */
export async function endLeftovers(store: Store, graceMs = 3000): Promise<readonly string[]> {
  const processes = processList(store);
  const records = processes.list();
  const left = records.filter(running);
  // SIGINT is PostgreSQL's fast shutdown; with SIGTERM it would wait for its clients. Pods take the usual SIGTERM.
  for (const record of left) signal(record, record.group ? 'SIGTERM' : 'SIGINT');
  await waitUntil(() => !left.some(running), graceMs);
  for (const record of left.filter(running)) signal(record, 'SIGKILL');
  await waitUntil(() => !left.some(running), 2000);
  for (const record of records) {
    // The leader may be gone while something that it started is still in its group.
    if (record.group && left.includes(record)) signal(record, 'SIGKILL');
    processes.forget(record.pid);
  }
  return left.map((record) => record.what);
}
