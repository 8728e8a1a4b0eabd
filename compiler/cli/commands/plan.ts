import { exitOf } from '../../base/diagnostic.ts';
import { hasChanges } from '../../model/change.ts';
import { guardedStage, refusedByStage } from '../../protection.ts';
import { renderPlan } from '../../render/plan-text.ts';
import { painter } from '../../render/style.ts';
import { adoptFlag, dataLossFlag, flag, forceFlag, jsonFlag, localFlag, text, type Command } from '../command.ts';
import { openRun } from '../open-run.ts';
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
    { flags: '--full', help: 'every field of what is created, and what is unchanged' },
    { flags: '--detailed-exitcode', help: 'exit with 2 when there are changes' },
  ],
  examples: [
    ['plan', 'against Google Cloud'],
    ['plan --local --detailed-exitcode', 'against the local cloud, for a script'],
    ['plan --json', 'as data'],
  ],
  async run(values, io) {
    const { session, spec } = await openRun(values, io);
    const { plan } = await session.prepare(flag(values, 'destroy') ? 'destroy' : 'apply');
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
