import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import type { Change } from '../model/change.ts';
import type { Resource } from '../model/resource.ts';
import { decide } from './decide.ts';
import { notReady, openHealth } from './health.ts';
import type { Seen } from './observe.ts';
import { finish, patienceMs, type Step } from './step.ts';
import { pollDelayMs } from './wait.ts';

/** Looks until live stands still: nothing that would refuse a write, and ready once there is nothing left to change. */
export async function settle(step: Step, desired: object, isDone: (change: Change) => boolean): Promise<Seen> {
  const { run, kind, resource } = step;
  const start = run.host.now();
  const health = openHealth(step, desired);
  for (let attached = false; ;) {
    run.signal.throwIfAborted();
    const seen = (await kind.observe(run.look('close'), desired)) as Seen;
    if (seen.is === 'unreachable') throw isUnreachable(resource, seen.because);
    if (seen.is !== 'present' || seen.readiness.is === 'ready') return seen;
    const done = isDone(decide(resource, kind, seen, run.policy));
    if (seen.readiness.is === 'failed') {
      if (!done) return seen;
      throw await notReady(step, desired, seen.readiness.why);
    }
    if (!seen.readiness.busy && !done) return seen;
    const { why, operation } = seen.readiness;
    if (operation && !attached) {
      attached = true;
      run.emit({ type: 'step_reattached', address: resource.id, message: `waiting for ${operation.name}` });
      await finish(step, operation);
      continue;
    }
    const elapsedMs = run.host.now() - start;
    if (elapsedMs > patienceMs(step)) throw await notReady(step, desired, why, health.last());
    await health.look(elapsedMs);
    if (health.isHopeless(elapsedMs)) throw await notReady(step, desired, why, health.last());
    await pause(step, desired, why, elapsedMs);
  }
}

function isUnreachable(resource: Resource, because: string): Refusal {
  return new Refusal(
    problem('HELLO2008', `${resource.title} cannot be looked at: ${because}`, { resource: resource.id }),
  );
}

async function pause(step: Step, desired: object, why: string, elapsedMs: number): Promise<void> {
  const { run, kind, resource } = step;
  step.inFlight(why);
  run.emit({ type: 'step_progress', address: resource.id, message: why, elapsed_ms: elapsedMs });
  const over = new AbortController();
  const stop = AbortSignal.any([over.signal, run.signal]);
  const waits = [run.host.sleep(pollDelayMs(elapsedMs), run.signal)];
  if (kind.nextChange) waits.push(kind.nextChange(run.look('close'), desired, stop));
  try {
    await Promise.race(waits);
  } finally {
    over.abort();
  }
}
