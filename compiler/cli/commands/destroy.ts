import { hasChanges } from '../../model/change.ts';
import { carryOut } from '../carry-out.ts';
import { configFlag, dataLossFlag, flag, jsonFlag, localFlag, projectFlag, yesFlag, type Command } from '../command.ts';
import { runFlags } from './apply.ts';

export const destroyCommand: Command = {
  name: 'destroy',
  summary: 'remove what apply made; data only when it is named',
  flags: [configFlag, projectFlag, localFlag, jsonFlag, yesFlag, dataLossFlag, ...runFlags],
  examples: [
    ['destroy', 'show what would go; refuses while data would be lost'],
    ['destroy --allow-data-loss hello-world-db', 'with the database named, ask and remove'],
  ],
  async run(values, io) {
    const { exit, prepared, emit } = await carryOut('destroy', values, io, async () => undefined);
    if (exit === 0 && hasChanges(prepared.plan) && !flag(values, 'json')) io.say('Destroyed what was ours.');
    emit({ type: 'result', exit_code: exit });
    return exit;
  },
};
