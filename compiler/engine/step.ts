import type { Change } from '../model/change.ts';
import { readyWithinMsDefault, type AnyKind } from '../model/kind.ts';
import type { Operation } from '../model/ports.ts';
import type { Resource, ResourceId } from '../model/resource.ts';
import type { Outputs } from './observe.ts';
import type { Run } from './run.ts';
import { waitForOperation } from './wait.ts';

/** One resource on its way to what is wanted. */
export interface Step {
  readonly run: Run;
  readonly resource: Resource;
  readonly kind: AnyKind;
  /** What the plan said would be done. */
  readonly planned: Change;
  /** Outputs of what it needs, all known by now. */
  outputsOf(id: ResourceId): Outputs | undefined;
  /** Names what the cloud is doing for this step now, for the report of an interrupted run. */
  inFlight(what: string | undefined): void;
}

/** How long the resource of a step may take to become ready, in milliseconds. */
export function patienceMs({ run, kind }: Pick<Step, 'run' | 'kind'>): number {
  return run.readyWithinMs ?? kind.readyWithinMs ?? readyWithinMsDefault;
}

/** Waits for an operation that a step has started or found, if there is one. */
export async function finish(step: Step, operation: Operation | void): Promise<void> {
  if (!operation) return step.inFlight(undefined);
  const { run, resource } = step;
  const start = run.host.now();
  step.inFlight(`operation ${operation.name}`);
  await waitForOperation(operation, {
    host: run.host,
    signal: run.signal,
    deadlineMs: patienceMs(step),
    progress: (message) =>
      run.emit({ type: 'step_progress', address: resource.id, message, elapsed_ms: run.host.now() - start }),
  });
  step.inFlight(undefined);
}
