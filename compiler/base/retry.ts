import { CloudError, type CloudReason } from './errors.ts';
import type { Host } from './host.ts';

/** How often and how long something is tried. Delays are in milliseconds and double up to the largest. */
export interface RetryPolicy {
  readonly attemptsMax: number;
  readonly delayMsFirst: number;
  readonly delayMsMax: number;
  /** Only these are tried again; everything else is thrown at once. */
  readonly reasons: readonly CloudReason[];
}

/** Reads, and writes that may be repeated: up to half a minute of a bad moment. */
export const patientRead: RetryPolicy = {
  attemptsMax: 6,
  delayMsFirst: 200,
  delayMsMax: 10_000,
  reasons: ['unavailable', 'rate-limited'],
};

/**
 * Writes that may have acted: only what the service says it did not even look at. A busy service is not waited for
 * here: the engine does that, attached to what it is busy with.
 */
export const carefulWrite: RetryPolicy = {
  attemptsMax: 8,
  delayMsFirst: 500,
  delayMsMax: 15_000,
  reasons: ['rate-limited'],
};

/**
 * Calls `attempt` until it succeeds, fails for another reason than the policy's, or has used up its attempts.
 * Delays double with full jitter, and are never shorter than what the service asked for (Retry-After).
 */
export async function retry<T>(
  host: Host,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const again = error instanceof CloudError && policy.reasons.includes(error.reason) && tries < policy.attemptsMax;
      if (!again) throw error;
      const ceiling = Math.min(policy.delayMsMax, policy.delayMsFirst * 2 ** (tries - 1));
      const jittered = ceiling * (0.5 + host.random() / 2);
      await host.sleep(Math.max(jittered, error.parts.retryAfterMs ?? 0), signal);
    }
  }
}
