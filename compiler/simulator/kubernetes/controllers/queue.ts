import type { Cluster } from '../cluster.ts';
import type { Change } from '../change-log.ts';

/** A loop that brings the world to what an object says. It is called again whenever something it named has changed. */
export interface Controller {
  readonly name: string;
  /** Which keys a change concerns. */
  keysOf(change: Change): readonly string[];
  /** Does the next step for a key. Returns after how many milliseconds to look again, when time alone may change things. */
  reconcile(key: string): number | undefined;
}

/** Failures in a row after which a key is left alone until it changes again; delays double up to the last. */
const attemptsMax = 12;
const delayMs = { first: 10, last: 10_000 };

/** Runs controllers on what exists and on each change of a cluster, one key at a time, never inside a writer's call. */
export function runControllers(
  cluster: Cluster,
  controllers: readonly Controller[],
  existing: readonly Change[],
): { stop(): void } {
  const pending = new Map<string, { readonly controller: Controller; readonly key: string }>();
  const timers = new Map<string, NodeJS.Timeout>();
  const failures = new Map<string, number>();
  let running: NodeJS.Immediate | undefined;

  const enqueue = (controller: Controller, key: string): void => {
    pending.set(`${controller.name} ${key}`, { controller, key });
    running ??= setImmediate(drain);
  };
  const later = (controller: Controller, key: string, ms: number): void => {
    const id = `${controller.name} ${key}`;
    clearTimeout(timers.get(id));
    const timer = setTimeout(() => {
      timers.delete(id);
      enqueue(controller, key);
    }, ms);
    timers.set(id, timer.unref());
  };
  const step = (id: string, controller: Controller, key: string): void => {
    try {
      const again = controller.reconcile(key);
      failures.delete(id);
      if (again !== undefined) later(controller, key, again);
    } catch {
      // Refused by the API, as when a namespace is going away: tried again, as the real controllers do.
      const count = (failures.get(id) ?? 0) + 1;
      failures.set(id, count);
      if (count < attemptsMax) later(controller, key, Math.min(delayMs.last, delayMs.first * 2 ** count));
      else failures.delete(id);
    }
  };
  /** What was waiting at the start of a turn; requests come in between turns. */
  const drain = (): void => {
    running = undefined;
    const batch = [...pending];
    pending.clear();
    for (const [id, { controller, key }] of batch) step(id, controller, key);
  };
  const look = (change: Change): void => {
    for (const controller of controllers) for (const key of controller.keysOf(change)) enqueue(controller, key);
  };
  for (const change of existing) look(change);
  const unsubscribe = cluster.storage.subscribe(look);
  return {
    stop() {
      unsubscribe();
      if (running) clearImmediate(running);
      for (const timer of timers.values()) clearTimeout(timer);
      pending.clear();
    },
  };
}
