import { hasChanges } from '../../model/change.ts';
import { carryOut } from '../carry-out.ts';
import { dataLossFlag, flag, jsonFlag, localFlag, yesFlag, type Command } from '../command.ts';
import { protectedFlag, specFlags } from '../spec-flags.ts';
import { runFlags } from './apply.ts';

export const destroyCommand: Command = {
  flags: [...specFlags, localFlag, jsonFlag, yesFlag, dataLossFlag, protectedFlag, ...runFlags],
  examples: [
    ['destroy', 'show what would go; refuses while data would be lost'],
    ['destroy --allow-data-loss hello-world-db', 'with the database named, ask and remove'],
    ['destroy --stage prod --allow-protected prod', 'a protected stage has to be named, too'],
  ],
  async run(values, io) {
    const { exit, prepared, emit } = await carryOut('destroy', values, io, async () => undefined);
    if (exit === 0 && hasChanges(prepared.plan) && !flag(values, 'json')) io.say('Destroyed what was ours.');
    emit({ type: 'result', exit_code: exit });
    return exit;
  },
};
