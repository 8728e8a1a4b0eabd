import { namespaceOf } from '../../kinds/names.ts';
import { renderStatus } from '../../render/status-text.ts';
import { painter } from '../../render/style.ts';
import { flag, jsonFlag, localFlag, type Command } from '../command.ts';
import { openRun } from '../open-run.ts';
import { specFlags } from '../spec-flags.ts';

export const statusCommand: Command = {
  flags: [...specFlags, localFlag, jsonFlag],
  examples: [
    ['status --local', 'of the app on the local cloud'],
    ['status --json', 'as data'],
  ],
  async run(values, io) {
    const { session, spec, target } = await openRun(values, io);
    const { readStatus } = await import('../../status.ts');
    const status = await readStatus(session, spec);
    const { entrance } = status;
    const url = entrance && (await target.publicUrl({ namespace: namespaceOf(spec), ...entrance }));
    const told = { ...status, ...(url && { url }) };
    if (flag(values, 'json')) io.out(`${JSON.stringify(told)}\n`);
    else io.out(renderStatus(told, painter(io.colour.out)));
    return 0;
  },
};
