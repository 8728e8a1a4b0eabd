import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import type { Host } from '../base/host.ts';
import type { Operation } from '../model/ports.ts';

/** How long to wait before looking again: 3 % of what has passed, so that a long wait is neither noisy nor late. */
export function pollDelayMs(elapsedMs: number): number {
  return Math.min(5_000, Math.max(250, elapsedMs * 0.03));
}

/** How a wait is bounded and ended. `deadlineMs` counts from its start; the signal ends it at once. */
export interface Patience {
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  progress(message: string): void;
}

/** Waits for an operation. Throws what it failed with, or a Refusal when the deadline passes. */
export async function waitForOperation(operation: Operation, patience: Patience): Promise<void> {
  const { host, signal, deadlineMs } = patience;
  const start = host.now();
  for (;;) {
    const status = await operation.poll();
    if (status.done) {
      if (status.error) throw status.error;
      return;
    }
    const elapsedMs = host.now() - start;
    if (elapsedMs > deadlineMs) throw overdue(operation, elapsedMs);
    if (status.progress) patience.progress(status.progress);
    await host.sleep(pollDelayMs(elapsedMs), signal);
  }
}

function overdue(operation: Operation, elapsedMs: number): Refusal {
  const message = `operation ${operation.name} still runs after ${Math.round(elapsedMs / 1000)} s`;
  return new Refusal(problem('HELLO3005', message, { fix: 'run apply again: it waits on for the same operation' }));
}
