import { namespaceOf } from '../../kinds/names.ts';
import type { Status } from '../../model/status.ts';
import { renderStatus, statusLine } from '../../render/status-text.ts';
import { painter } from '../../render/style.ts';
import { flag, jsonFlag, localFlag, type Command, type Values } from '../command.ts';
import type { Io } from '../io.ts';
import { openRun, type OpenRun } from '../open-run.ts';
import { specFlags } from '../spec-flags.ts';

export const statusCommand: Command = {
  flags: [
    ...specFlags,
    localFlag,
    jsonFlag,
    { flags: '-w, --watch', help: 'go on showing it until Ctrl-C; without a terminal, a line for each change' },
  ],
  examples: [
    ['status --local', 'of the app on the local cloud'],
    ['status --watch', 'while something is rolled out'],
    ['status --json', 'as data; with --watch, a line each time it is another'],
  ],
  async run(values, io) {
    const open = await openRun(values, io);
    if (flag(values, 'watch')) return watch(open, values, io);
    const { readStatus } = await import('../../operate/status.ts');
    const told = await withUrl(open, await readStatus(open.session, open.spec));
    if (flag(values, 'json')) io.out(`${JSON.stringify(told)}\n`);
    else io.out(renderStatus(told, painter(io.colour.out)));
    return 0;
  },
};

type Told = Status & { readonly url?: string };

async function withUrl({ spec, target }: OpenRun, status: Status): Promise<Told> {
  const { entrance } = status;
  const url = entrance && (await target.publicUrl({ namespace: namespaceOf(spec), ...entrance }));
  return { ...status, ...(url && { url }) };
}

async function watch(open: OpenRun, values: Values, io: Io): Promise<130> {
  const { watchStatus } = await import('../../operate/watch-status.ts');
  const teller = await tellerFor(values, io);
  try {
    for await (const status of watchStatus(open.session, open.spec, io.signal))
      teller.tell(await withUrl(open, status));
  } finally {
    teller.end();
  }
  return 130;
}

interface Teller {
  tell(status: Told): void;
  end(): void;
}

async function tellerFor(values: Values, io: Io): Promise<Teller> {
  const nothing = (): void => undefined;
  if (flag(values, 'json')) return { tell: (status) => io.out(`${JSON.stringify(status)}\n`), end: nothing };
  if (process.stdout.isTTY && io.env['TERM'] !== 'dumb') {
    const { openScreen } = await import('../screen.ts');
    const screen = openScreen();
    let last = '';
    return {
      tell(status) {
        last = renderStatus(status, painter(io.colour.out));
        screen.show(last);
      },
      end() {
        screen.close();
        io.out(last);
      },
    };
  }
  let said = '';
  return {
    tell(status) {
      const line = statusLine(status);
      if (line !== said) io.out(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
      said = line;
    },
    end: nothing,
  };
}
