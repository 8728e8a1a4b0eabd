import { problem } from '../base/diagnostic.ts';
import { CloudError, isCloudError, Refusal } from '../base/errors.ts';
import type { Change, FieldChange } from '../model/change.ts';
import type { Present } from '../model/kind.ts';
import { resolve } from '../model/resource.ts';
import { decide } from './decide.ts';
import { notReady } from './health.ts';
import { desiredFrom, type Outputs, type Seen } from './observe.ts';
import { settle } from './settle.ts';
import { finish, type Step } from './step.ts';

/** Fields may need one request each; races and slow propagation need a few more looks. */
const roundsMax = 24;
/** How often in a row a write may meet something that is about to pass. */
const racesMax = 16;

/**
 * The only loop that changes anything: look; decide; stop when the decision is worse than the plan's; act once; wait;
 * look again, until nothing differs. So a change that the service did not take is found at once and named, "exists" on
 * create and "conflict" on update are only reasons to look again, and an operation that runs already is waited for.
 */
export async function converge(step: Step): Promise<Outputs> {
  let last: string | undefined;
  let races = 0;
  let made = false;
  const desired = desiredFrom(step.resource, (id) => step.outputsOf(id));
  for (let round = 0; round < roundsMax; round += 1) {
    try {
      const seen = await settle(step, desired, (change) => change.action === 'noop');
      if (made && seen.is === 'present' && seen.readiness.is === 'failed')
        throw await notReady(step, desired, seen.readiness.why);
      if (seen.is === 'unserved') throw notServedYet(step);
      const change = decide(step.resource, step.kind, seen, step.run.policy);
      if (change.action === 'noop' && seen.is === 'present') return seen.outputs;
      stopIfWorse(step, change);
      const signature = JSON.stringify(change);
      if (signature === last) throw change.action === 'create' ? notVisibleYet(step) : didNotTake(step, change);
      await act(step, desired, change, seen);
      made ||= change.action === 'create';
      [last, races] = [signature, 0];
    } catch (error) {
      races += 1;
      await letPass(step, error, races);
    }
  }
  throw didNotTake(step, step.planned);
}

/** Deletes, and waits until it is gone. What is gone already, or not ours any more, needs nothing. */
export async function removeFully(step: Step): Promise<void> {
  let races = 0;
  const desired = resolve<object>(step.resource.desired, () => undefined);
  for (let round = 0; round < roundsMax; round += 1) {
    try {
      const seen = await settle(step, desired, () => false);
      if (seen.is !== 'present' || seen.owner !== 'us') return;
      const foreign = await step.kind.holdsForeign?.(step.run.look('close'), desired);
      if (foreign) throw isKept(step, foreign);
      await finish(step, await step.kind.remove?.(step.run.look('close'), desired, seen));
      races = 0;
    } catch (error) {
      races += 1;
      await letPass(step, error, races);
    }
  }
  throw didNotTake(step, step.planned);
}

async function act(step: Step, desired: object, change: Change, seen: Seen): Promise<void> {
  const { kind } = step;
  const ctx = step.run.look('close');
  // Whoever interrupts now cannot know whether the request has arrived.
  step.inFlight(`${seen.is === 'absent' ? 'create' : change.action} was asked for`);
  if (seen.is === 'absent') return finish(step, await kind.create(ctx, desired));
  const present = seen as Present<object, Outputs>;
  if (change.action === 'replace') return finish(step, await kind.remove?.(ctx, desired, present));
  const fields: readonly FieldChange[] = 'fields' in change ? change.fields : [];
  return finish(step, await kind.update?.(ctx, desired, fields, present));
}

/** Failures that only mean that the world moved or is not caught up: waits a little, to look again. Others are thrown. */
async function letPass(step: Step, error: unknown, races: number): Promise<void> {
  const passes = isCloudError(
    error,
    'exists',
    'conflict',
    'not-found',
    'busy',
    'not-yet',
    'unavailable',
    'api-disabled',
  );
  if (!passes || races > racesMax) throw error;
  const why = error.reason === 'api-disabled' ? 'its API is not on everywhere yet' : error.message;
  const message = `${why}; looking again`;
  step.run.emit({ type: 'step_progress', address: step.resource.id, message, elapsed_ms: 0 });
  await step.run.host.sleep(Math.min(15_000, 125 * 2 ** races), step.run.signal);
}

function isKept(step: Step, foreign: string): Refusal {
  return new Refusal(
    problem('HELLO5002', `${step.resource.title} is kept: ${foreign}`, { resource: step.resource.id }),
  );
}

/**
 * Nothing is done that the plan did not show: no replacement, no taking over, no field that live has moved since. A
 * resource that the plan would make may turn out to be half made by a run that was cut off; that is still making it.
 */
function stopIfWorse(step: Step, change: Change): void {
  if (change.action === 'refuse') throw new Refusal(change.problem);
  const { planned } = step;
  const shown = 'fields' in planned ? new Set(planned.fields.map((field) => field.path)) : new Set<string>();
  const making = planned.action === 'create' || planned.action === 'replace' || planned.action === 'adopt';
  const worse =
    (change.action === 'replace' && planned.action !== 'replace') ||
    (change.action === 'adopt' && planned.action !== 'adopt') ||
    (change.action === 'update' && !making && change.fields.some((field) => !shown.has(field.path)));
  if (!worse) return;
  throw new Refusal(
    problem('HELLO4001', `${step.resource.title} changed while the plan was waiting: it now needs "${change.action}"`, {
      fix: 'run plan again and look at what it says',
      resource: step.resource.id,
    }),
  );
}

/** Some services show what they have made only after a while; making it again would only say that it exists. */
function notVisibleYet(step: Step): CloudError {
  return new CloudError(`${step.resource.title} is not visible yet`, {
    reason: 'not-yet',
    service: step.resource.kind,
  });
}

/** The plan would make it, so the cluster is to have its type: a new one gets that a moment after it is up. */
function notServedYet(step: Step): CloudError {
  return new CloudError(`the cluster does not know of ${step.resource.title} yet`, {
    reason: 'not-yet',
    service: step.resource.kind,
  });
}

function didNotTake(step: Step, change: Change): Refusal {
  const paths = 'fields' in change ? change.fields.map((field) => field.path).join(', ') : change.action;
  return new Refusal(
    problem('HELLO9002', `${step.resource.title}: the service accepted the change and live still differs: ${paths}`, {
      fix: 'this is a bug in hello; please report it with the output of `hello plan --json`',
      resource: step.resource.id,
    }),
  );
}
