import { problem } from '../../base/diagnostic.ts';
import { Refusal } from '../../base/errors.ts';
import type { LogLine, LogsAsk } from '../../operate/logs.ts';
import type { Spec, Workload } from '../../spec/spec.ts';
import { logText } from '../../render/log-text.ts';
import { painter } from '../../render/style.ts';
import { flag, text, type Command, type Values } from '../command.ts';
import { secondsIn } from '../duration.ts';
import type { Io } from '../io.ts';
import { appFlags } from '../open-app.ts';
import { openRun } from '../open-run.ts';

/** Without being asked for more: as much as one looks at. */
const tailLinesDefault = 100;

export const logsCommand: Command = {
  words: [{ name: '[service]', help: 'a service or a job (default: all services)' }],
  flags: [
    ...appFlags,
    { flags: '-f, --follow', help: 'go on with what is written, new pods included, until Ctrl-C' },
    { flags: '--since <duration>', help: 'only what is younger: 90s, 10m, 1h30m, 2d' },
    {
      flags: '--tail <lines>',
      help: `last lines of each pod, or all (default: ${tailLinesDefault}; all with --since)`,
    },
    { flags: '--container <name>', help: "a container beside the app's own, such as cloud-sql-proxy" },
    { flags: '--previous', help: 'of the run before the last restart' },
    { flags: '--timestamps', help: 'begin each line with its time' },
  ],
  examples: [
    ['logs', 'the last lines of every pod of every service'],
    ['logs web --follow --since 10m', 'ten minutes of web, and on'],
    ['logs migrate', 'what the migration said'],
    ['logs web --previous', 'what it said before it crashed'],
    ['logs --json | jq .text', 'a line of JSON each'],
  ],
  async run(values, io) {
    const { spec, session } = await openRun(values, io);
    const ask = await askOf(values, spec);
    const cluster = await session.cluster();
    const take = writer(values, io);
    const note = (words: string): void => (flag(values, 'json') ? undefined : io.say(words));
    if (flag(values, 'follow')) {
      const { followLogs } = await import('../../operate/follow-logs.ts');
      await followLogs(cluster, spec, ask, io.signal, { take, note });
      return 130;
    }
    const { readLogs } = await import('../../operate/logs.ts');
    for await (const line of readLogs(cluster, spec, ask, io.signal, note)) await take(line);
    return 0;
  },
};

async function askOf(values: Values, spec: Spec): Promise<LogsAsk> {
  const since = text(values, 'since');
  const container = text(values, 'container');
  const tailLines = tailOf(text(values, 'tail'), since !== undefined);
  if (flag(values, 'previous') && flag(values, 'follow')) {
    throw new Refusal(
      problem('HELLO1010', '--previous and --follow exclude each other', { fix: 'A run that is over writes no more.' }),
    );
  }
  return {
    workloads: await workloadsOf(values, spec),
    previous: flag(values, 'previous'),
    ...(container !== undefined && { container }),
    ...(tailLines !== undefined && { tailLines }),
    ...(since !== undefined && { sinceSeconds: secondsIn('--since', since) }),
  };
}

async function workloadsOf(values: Values, spec: Spec): Promise<readonly Workload[]> {
  const name = text(values, 'service');
  if (name === undefined) return spec.services;
  const { workloadNamed } = await import('../../operate/pods.ts');
  return [workloadNamed(spec, name)];
}

function tailOf(given: string | undefined, hasSince: boolean): number | undefined {
  if (given === undefined) return hasSince ? undefined : tailLinesDefault;
  if (given === 'all') return undefined;
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new Refusal(
    problem('HELLO1010', `--tail takes a number of lines, not "${given}"`, { fix: 'Write --tail 50, or --tail all.' }),
  );
}

function writer(values: Values, io: Io): (line: LogLine) => Promise<void> {
  if (flag(values, 'json')) return async (line) => io.write(`${JSON.stringify(line)}\n`);
  const container = text(values, 'container') !== undefined;
  const shown = logText(painter(io.colour.out), { timestamps: flag(values, 'timestamps'), container });
  return async (line) => io.write(shown(line));
}
