import { hasChanges } from '../../model/change.ts';
import { renderPlan } from '../../render/plan-text.ts';
import { painter } from '../../render/style.ts';
import {
  adoptFlag,
  configFlag,
  dataLossFlag,
  flag,
  forceFlag,
  jsonFlag,
  localFlag,
  projectFlag,
  type Command,
} from '../command.ts';
import { openRun } from '../open-run.ts';
import { refusedExit } from '../refused.ts';

export const planCommand: Command = {
  name: 'plan',
  summary: 'show what apply would do, by looking at what is live',
  flags: [
    configFlag,
    projectFlag,
    localFlag,
    jsonFlag,
    adoptFlag,
    dataLossFlag,
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
    const { session } = await openRun(values, io);
    const { plan } = await session.prepare(flag(values, 'destroy') ? 'destroy' : 'apply');
    if (flag(values, 'json')) io.out(`${JSON.stringify(plan)}\n`);
    else io.out(renderPlan(plan, { paint: painter(io.colour.out), full: flag(values, 'full') }));
    const refused = refusedExit(plan);
    if (refused !== 0) return refused;
    return flag(values, 'detailedExitcode') && hasChanges(plan) ? 2 : 0;
  },
};
