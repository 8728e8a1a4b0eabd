import { exitOf, problem } from '../../base/diagnostic.ts';
import { Refusal } from '../../base/errors.ts';
import { hasChanges, type Plan } from '../../model/change.ts';
import { guardedStage, refusedByStage } from '../../protection.ts';
import { renderPlan } from '../../render/plan-text.ts';
import { painter } from '../../render/style.ts';
import {
  adoptFlag,
  dataLossFlag,
  flag,
  forceFlag,
  jsonFlag,
  localFlag,
  text,
  type Command,
  type Values,
} from '../command.ts';
import type { Io } from '../io.ts';
import { requireSpec } from '../load-spec.ts';
import type { Spec } from '../../spec/spec.ts';
import { refusedExit } from '../refused.ts';
import { protectedFlag, specFlags } from '../spec-flags.ts';

export const planCommand: Command = {
  flags: [
    ...specFlags,
    localFlag,
    jsonFlag,
    adoptFlag,
    dataLossFlag,
    protectedFlag,
    forceFlag,
    { flags: '--destroy', help: 'show what destroy would do' },
    { flags: '--offline', help: 'look at nothing: show everything as it would be created' },
    { flags: '--full', help: 'every field of what is created, and what is unchanged' },
    { flags: '--detailed-exitcode', help: 'exit with 2 when there are changes' },
  ],
  examples: [
    ['plan', 'against Google Cloud'],
    ['plan --local --detailed-exitcode', 'against the local cloud, for a script'],
    ['plan --offline --full', 'every field of everything, without credentials'],
    ['plan --json', 'as data'],
  ],
  async run(values, io) {
    const { spec, plan } = flag(values, 'offline') ? await planAlone(values, io) : await planLive(values, io);
    if (flag(values, 'json')) io.out(`${JSON.stringify(plan)}\n`);
    else io.out(renderPlan(plan, { paint: painter(io.colour.out), full: flag(values, 'full') }));
    const refused = refusedExit(plan);
    if (refused !== 0) return refused;
    const guarded = refusedByStage(guardedStage(spec, text(values, 'allowProtected')), plan);
    if (guarded) {
      io.diagnose([guarded]);
      return exitOf([guarded]);
    }
    return flag(values, 'detailedExitcode') && hasChanges(plan) ? 2 : 0;
  },
};

interface Planned {
  readonly spec: Spec;
  readonly plan: Plan;
}

async function planLive(values: Values, io: Io): Promise<Planned> {
  const { openRun } = await import('../open-run.ts');
  const { session, spec } = await openRun(values, io);
  const { plan } = await session.prepare(flag(values, 'destroy') ? 'destroy' : 'apply');
  return { spec, plan };
}

/** Neither a cloud nor its client is loaded. */
async function planAlone(values: Values, io: Io): Promise<Planned> {
  const other = ['local', 'destroy'].find((name) => flag(values, name));
  if (other !== undefined) {
    const fix = `Leave out --offline to plan with --${other}.`;
    throw new Refusal(
      problem('HELLO1010', `\`--offline\` looks at nothing, and \`--${other}\` is about what is there`, { fix }),
    );
  }
  const { spec } = await requireSpec(values, io, io.env);
  const { compile } = await import('../../engine/compile.ts');
  const { planOffline } = await import('../../engine/plan.ts');
  const { registry } = await import('../../kinds/registry.ts');
  const policy = { adopt: false, allowDataLoss: [], forceConflicts: false };
  const ask = { mode: 'apply', app: spec.name, project: spec.project, policy } as const;
  if (!flag(values, 'json')) io.say('Offline: nothing was looked at, so everything counts as missing.');
  return { spec, plan: planOffline(compile(spec, registry), registry, ask) };
}
