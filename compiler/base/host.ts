import { setTimeout as delay } from 'node:timers/promises';

/** What a run takes from its machine. Injected, so that tests own time and chance. */
export interface Host {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The real clock, the real chance, and the environment of this process. */
export function systemHost(env: Host['env'] = process.env): Host {
  return {
    now: Date.now,
    sleep: async (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
    random: Math.random,
    env,
  };
}
