import { setTimeout as sleep } from 'node:timers/promises';

type Answer<T> = T | undefined | false;

/** Asks again and again until the answer is neither undefined nor false; fails with `what` when it takes too long. */
export async function eventually<T>(
  what: string,
  ask: () => Answer<T> | Promise<Answer<T>>,
  limitMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`It did not happen within ${limitMs} ms: ${what}`);
    await sleep(20);
  }
}
