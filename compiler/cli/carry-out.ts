import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import type { ExitCode } from '../base/exit.ts';
import type { Applied } from '../engine/apply.ts';
import type { Prepared } from '../engine/plan.ts';
import { countActions, hasChanges, type Plan } from '../model/change.ts';
import type { Emit } from '../model/event.ts';
import { guardedStage, refusedByStage } from '../protection.ts';
import { renderPlan } from '../render/plan-text.ts';
import { painter } from '../render/style.ts';
import { approval } from './approval.ts';
import { flag, text, type Values } from './command.ts';
import type { Io } from './io.ts';
import { openRun, type OpenRun } from './open-run.ts';
import { refusedExit } from './refused.ts';
import { tellEvents } from './tell-events.ts';

export interface Carried {
  readonly open: OpenRun;
  readonly prepared: Prepared;
  readonly applied?: Applied;
  readonly exit: ExitCode;
  readonly emit: Emit;
}

/** Plan, approval, apply: what apply and destroy have in common. `before` runs once it is approved. */
export async function carryOut(
  mode: 'apply' | 'destroy',
  values: Values,
  io: Io,
  before: (open: OpenRun) => Promise<void>,
): Promise<Carried> {
  const { emit, stop } = await tellEvents(values, io);
  try {
    const open = await openRun(values, io, emit);
    const prepared = await open.session.prepare(mode);
    const { plan } = prepared;
    tellPlan(plan, values, io, emit);
    const refused = refusedExit(plan);
    if (refused !== 0) {
      if (!flag(values, 'json')) io.say('Nothing was done: the plan is refused where it says "!".');
      return { open, prepared, exit: refused, emit };
    }
    const guarded = refusedByStage(guardedStage(open.spec, text(values, 'allowProtected')), plan);
    if (guarded) throw new Refusal(guarded);
    checkHash(plan, values);
    if (hasChanges(plan)) await approve(plan, values, io);
    await before(open);
    const applied = await open.session.apply(prepared);
    stop();
    tellProblems(applied, values, io, emit);
    return { open, prepared, applied, exit: applied.exit, emit };
  } finally {
    stop();
  }
}

function tellPlan(plan: Plan, values: Values, io: Io, emit: Emit): void {
  if (!flag(values, 'json')) io.out(renderPlan(plan, { paint: painter(io.colour.out), full: false }));
  for (const change of plan.changes) emit({ type: 'planned_change', change });
  emit({ type: 'change_summary', hash: plan.hash, ...countActions(plan.changes) });
}

function checkHash(plan: Plan, values: Values): void {
  const expected = text(values, 'expect');
  if (expected === undefined || (expected.length >= 8 && plan.hash.startsWith(expected))) return;
  throw new Refusal(
    problem('HELLO4003', `the plan is not the one that was approved: its hash is ${plan.hash}`, {
      fix: 'look at the plan again; the config or what is live has changed since',
    }),
  );
}

async function approve(plan: Plan, values: Values, io: Io): Promise<void> {
  await approval(plan.mode, plan.mode === 'apply' ? 'yes' : plan.app, values, io);
}

function tellProblems(applied: Applied, values: Values, io: Io, emit: Emit): void {
  for (const diagnostic of applied.problems) emit({ type: 'diagnostic', diagnostic });
  if (!io.signal.aborted || flag(values, 'json')) return;
  io.say('Interrupted. Nothing new was started; run the same command again and it continues.');
  for (const each of applied.inFlight) io.say(`  still in flight: ${each}`);
}
