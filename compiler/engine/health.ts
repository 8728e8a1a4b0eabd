import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import type { Trouble } from '../model/kind.ts';
import type { WrittenKey } from './run.ts';
import type { Step } from './step.ts';

/** Asking why costs a few requests: not in the first moment, and then at the pace of the waiting. */
const askEveryMs = 1_000;
/** A change of words is told again only after this long: log lines of a crashing program never repeat themselves. */
const tellEveryMs = 15_000;
/** What waiting will not mend is waited for no longer than this: long enough for a registry or a secret to catch up. */
const stuckMsMax = 60_000;

/** What is known of why a step's resource is not ready. */
export interface Health {
  /** Asks the kind, if it is time to, and tells what is new. */
  look(elapsedMs: number): Promise<void>;
  /** Whether nothing but waiting is left, and waiting is pointless. */
  isHopeless(elapsedMs: number): boolean;
  /** The last trouble that was seen. */
  last(): Trouble | undefined;
}

/** Follows the health of what is waited for: each trouble is told once, with the key of the config to look at. */
export function openHealth(step: Step, desired: object): Health {
  const { run, resource } = step;
  let due = askEveryMs;
  let stuckSinceMs: number | undefined;
  let last: Trouble | undefined;
  let told: { readonly why: string; readonly key: string | undefined; readonly atMs: number } | undefined;
  const tell = (trouble: Trouble, elapsedMs: number): void => {
    const where = whereOf(step, trouble);
    const isNews =
      !told || told.key !== where?.key || (told.why !== trouble.why && elapsedMs - told.atMs >= tellEveryMs);
    if (!isNews) return;
    told = { why: trouble.why, key: where?.key, atMs: elapsedMs };
    run.emit({ type: 'health', address: resource.id, message: trouble.why, ...where });
  };
  return {
    async look(elapsedMs) {
      if (elapsedMs < due) return;
      due = elapsedMs + Math.max(askEveryMs, elapsedMs * 0.03);
      const trouble = await explained(step, desired);
      if (trouble && trouble.state !== 'starting') {
        last = trouble;
        tell(trouble, elapsedMs);
      }
      stuckSinceMs = trouble?.state === 'stuck' ? (stuckSinceMs ?? elapsedMs) : undefined;
    },
    last: () => last,
    isHopeless: (elapsedMs) => stuckSinceMs !== undefined && elapsedMs - stuckSinceMs >= stuckMsMax,
  };
}

/**
 * That it is not ready and why, with the place in the config to look at. A program that crashes runs well in between:
 * the last trouble counts when nothing is to be seen now.
 */
export async function notReady(step: Step, desired: object, why: string, last?: Trouble): Promise<Refusal> {
  const { resource } = step;
  const now = await explained(step, desired);
  const trouble = now && now.state !== 'starting' ? now : (last ?? now);
  const where = trouble && whereOf(step, trouble);
  const look = where ? `look at \`${where.key}\`, mend it` : 'mend what it says';
  return new Refusal(
    problem('HELLO3005', `${resource.title} is not ready: ${trouble?.why ?? why}`, {
      fix: `${look} and run apply again; it continues from here`,
      resource: resource.id,
      ...(where?.at && { at: where.at }),
    }),
  );
}

function whereOf({ run }: Step, { look }: Trouble): WrittenKey | undefined {
  return look && run.whereIs?.(look);
}

/** An explanation is a courtesy: whoever fails to give one says nothing. */
async function explained(step: Step, desired: object): Promise<Trouble | undefined> {
  const { kind, run, resource } = step;
  return kind.explain?.(run.look('close'), desired, resource.path).catch(() => undefined);
}
