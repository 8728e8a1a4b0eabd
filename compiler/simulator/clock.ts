import { setTimeout as delay } from 'node:timers/promises';

/** Time of the local cloud: real waiting, divided by a speed. */
export interface Clock {
  /** Milliseconds since the epoch, for stamps in answers. */
  now(): number;
  /** RFC 3339 with milliseconds. */
  stamp(): string;
  /** Seconds of the real service's time, as milliseconds of ours. */
  scaled(seconds: number): number;
  /** Waits for so many seconds of the real service's time; returns early, without error, when aborted. */
  wait(seconds: number, signal?: AbortSignal): Promise<void>;
}

/** `speed` 100: what takes the real service 5 minutes takes 3 seconds here. */
export function scaledClock(speed: number): Clock {
  const scaled = (seconds: number): number => (seconds * 1000) / speed;
  return {
    now: Date.now,
    stamp: () => new Date().toISOString(),
    scaled,
    async wait(seconds, signal) {
      await delay(scaled(seconds), undefined, signal ? { signal } : {}).catch(() => undefined);
    },
  };
}
