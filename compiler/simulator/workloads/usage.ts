import { readdirSync, readFileSync } from 'node:fs';
import type { ContainerUsage } from '../parts.ts';

/** What a process group uses. Of its memory that which is its own: files that it maps are not counted. */
export type Usage = Omit<ContainerUsage, 'name'>;

/** Measures process groups. */
export interface UsageMeter {
  /** Measures a group until the returned function is called; `seen` is called with its memory each time. */
  watch(group: number, seen: (memoryBytes: number) => void): () => void;
  /** Undefined until it has been measured twice, and for ever where the system does not tell (it does on Linux). */
  of(group: number): Usage | undefined;
  stop(): void;
}

/** What was measured of a group at one moment. */
interface Sample {
  readonly atMs: number;
  /** Of all its processes since they started, those that have ended included. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** How often it is looked. A limit on memory is so kept within a second, where a kernel keeps it at once. */
const everyMs = 1_000;
/** CPU is averaged over this long, so that a metric neither lags nor jumps. */
const windowMs = 5_000;
/** The unit of CPU time in /proc, on every Linux that there is: proc_pid_stat(5). */
const ticksPerSecond = 100;

/** One meter serves all the containers of a node: each look is a single pass over /proc. */
export function usageMeter(): UsageMeter {
  const groups = new Map<number, { samples: readonly Sample[]; readonly seen: (memoryBytes: number) => void }>();
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = Date.now();
    for (const [group, { cpuSeconds, memoryBytes }] of measure(groups)) {
      const known = groups.get(group);
      if (!known) continue;
      known.samples = [...known.samples, { atMs: now, cpuSeconds, memoryBytes }].filter(
        (sample, index, all) => index >= all.length - 2 || now - sample.atMs <= windowMs,
      );
      known.seen(memoryBytes);
    }
  };
  return {
    watch(group, seen) {
      if (process.platform !== 'linux') return () => undefined;
      groups.set(group, { samples: [], seen });
      timer ??= setInterval(look, everyMs).unref();
      return () => {
        groups.delete(group);
        if (groups.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    of: (group) => usageFrom(groups.get(group)?.samples ?? []),
    stop: () => clearInterval(timer),
  };
}

function usageFrom(samples: readonly Sample[]): Usage | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last || last.atMs <= first.atMs) return undefined;
  const span = last.atMs - first.atMs;
  const cpu = Math.max(0, (last.cpuSeconds - first.cpuSeconds) / (span / 1000));
  return { cpu, memoryBytes: last.memoryBytes, atMs: last.atMs, windowMs: span };
}

function measure(groups: ReadonlyMap<number, unknown>): Map<number, { cpuSeconds: number; memoryBytes: number }> {
  const totals = new Map<number, { cpuSeconds: number; memoryBytes: number }>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const [, , group = 0] = fields;
      if (!groups.has(group)) continue;
      // Its own time and that of the children that it has waited for: user and system each.
      const ticks = fields.slice(11, 15).reduce((sum, each) => sum + each, 0);
      const total = totals.get(group) ?? { cpuSeconds: 0, memoryBytes: 0 };
      totals.set(group, {
        cpuSeconds: total.cpuSeconds + ticks / ticksPerSecond,
        memoryBytes: total.memoryBytes + ownMemory(pid),
      });
    } catch {
      // It has ended between the two looks.
    }
  }
  return totals;
}

/** proc_pid_status(5): in kB. */
function ownMemory(pid: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].reduce((sum, [, kb]) => sum + Number(kb) * 1024, 0);
}
