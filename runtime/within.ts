import { setTimeout as sleep } from 'node:timers/promises';

/** Whether `work` was done within the time. It goes on when not; its failure before the deadline is passed on. */
export async function within(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  const done = new AbortController();
  // A failure after the deadline has nobody left to tell.
  work.catch(() => undefined);
  const tooLate = sleep(limitMs, false, { signal: done.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), tooLate]);
  } finally {
    done.abort();
  }
}
