import { exitOf } from '../base/diagnostic.ts';
import type { ExitCode } from '../base/exit.ts';
import type { Plan } from '../model/change.ts';

/** The exit code of a plan that cannot be carried out as it is; 0 for one that can. */
export function refusedExit(plan: Plan): ExitCode {
  return exitOf(plan.changes.flatMap((change) => (change.action === 'refuse' ? [change.problem] : [])));
}
