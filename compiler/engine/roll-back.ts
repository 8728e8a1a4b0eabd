import type { Resource, ResourceId } from '../model/resource.ts';
import { kindOf } from './compile.ts';
import { desiredFrom, type Outputs, type Seen } from './observe.ts';
import type { Prepared } from './plan.ts';
import type { Run } from './run.ts';
import { pollDelayMs } from './wait.ts';

/** What worked before takes no longer than this to work again, in milliseconds. */
const healthyWithinMs = 120_000;

/**
 * Puts back what worked before each change that failed, and what it reads when it starts; tells what was done, or why
 * nothing was. Nothing is remembered for it: live holds the release before, and the plan's own look what stood there.
 */
export async function rollBack(
  prepared: Prepared,
  run: Run,
  failed: Iterable<ResourceId>,
  outputs: ReadonlyMap<ResourceId, Outputs>,
): Promise<void> {
  for (const id of failed) {
    const resource = prepared.graph.resources.get(id);
    if (resource && kindOf(run.registry, resource.kind).rollBack) await rollBackOne(prepared, run, resource, outputs);
  }
}

async function rollBackOne(
  prepared: Prepared,
  run: Run,
  resource: Resource,
  outputs: ReadonlyMap<ResourceId, Outputs>,
): Promise<void> {
  const tell = (done: boolean, message: string): void =>
    run.emit({ type: 'rollback', address: resource.id, done, message });
  try {
    const kind = kindOf(run.registry, resource.kind);
    const desired = desiredFrom(resource, (id) => outputs.get(id));
    const needs = prepared.graph.needs.get(resource.id) ?? [];
    const first = async (): Promise<void> => {
      for (const id of needs) await putBack(prepared, run, id);
    };
    const answer = await kind.rollBack?.(run.look('close'), desired, first);
    if (!answer) return;
    const after = answer.done ? await health(run, resource, desired) : '';
    tell(answer.done, `${answer.message}${after}`);
  } catch (error) {
    if (run.signal.aborted) throw error;
    tell(false, `could not be rolled back: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Something that is read at a start, as it stood before this run changed it. */
async function putBack(prepared: Prepared, run: Run, id: ResourceId): Promise<void> {
  const resource = prepared.graph.resources.get(id);
  const kind = resource && kindOf(run.registry, resource.kind);
  const change = prepared.plan.changes.find((each) => each.id === id);
  const before = prepared.live.get(id);
  if (!kind?.goesBackToo || change?.action !== 'update' || before?.is !== 'present') return;
  const seen: Seen = await kind.observe(run.look('close'), before.live);
  if (seen.is === 'present') await kind.update?.(run.look('close'), before.live, change.fields, seen);
}

async function health(run: Run, resource: Resource, desired: object): Promise<string> {
  const kind = kindOf(run.registry, resource.kind);
  const start = run.host.now();
  for (;;) {
    const seen: Seen = await kind.observe(run.look('close'), desired);
    if (seen.is !== 'present') return '';
    if (seen.readiness.is === 'ready') return '; it is healthy';
    const elapsedMs = run.host.now() - start;
    if (elapsedMs > healthyWithinMs) return `; it is not healthy yet: ${seen.readiness.why}`;
    run.emit({ type: 'step_progress', address: resource.id, message: seen.readiness.why, elapsed_ms: elapsedMs });
    await run.host.sleep(pollDelayMs(elapsedMs), run.signal);
  }
}
