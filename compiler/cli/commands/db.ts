import { once } from 'node:events';
import type { Database } from '../../operate/database.ts';
import {
  flag,
  jsonFlag,
  list,
  localFlag,
  text,
  type CommandGroup,
  type NamedCommand,
  type Values,
} from '../command.ts';
import type { Io } from '../io.ts';
import { openApp } from '../open-app.ts';
import { specFlags } from '../spec-flags.ts';

const database = { name: '[database]', help: 'which (default: the only one)' };

const psql: NamedCommand = {
  name: 'psql',
  summary: 'open psql on the database; the password goes from the cluster to it, and is never shown',
  words: [database],
  rest: { name: '[args...]', help: 'arguments for psql' },
  flags: [...specFlags, localFlag],
  examples: [
    ['psql', 'a session, as the user of the app'],
    ['psql -- -c "select count(*) from orders"', 'one query; the exit code of psql is passed on'],
    ['psql audit < script.sql', 'a script, on one of several databases'],
  ],
  async run(values, io) {
    const [{ databaseNamed, openTunnel, passwordOf }, { findProgram, runProgram }] = await Promise.all([
      import('../../operate/database.ts'),
      import('../programs.ts'),
    ]);
    const program = await findProgram('psql', io.env, installPsql);
    const { cluster, spec } = await openApp(values, io);
    const { name, user } = databaseNamed(spec, text(values, 'database'));
    const PGPASSWORD = await passwordOf(cluster, spec);
    const tunnel = await openTunnel(cluster, spec, 0, io.signal, io.say);
    const where = { PGHOST: '127.0.0.1', PGPORT: String(tunnel.port), PGUSER: user, PGDATABASE: name, PGPASSWORD };
    try {
      // The proxy encrypts on its way to the database; to the proxy it is one machine's loopback.
      return { passed: await runProgram(program, list(values, 'rest'), { ...where, PGSSLMODE: 'disable' }, io) };
    } finally {
      await tunnel.close();
    }
  },
};

const installPsql =
  'Install the client of PostgreSQL: apt-get install postgresql-client, brew install libpq, or from https://www.postgresql.org/download/. Or open a port for another client: hello db proxy';

const proxy: NamedCommand = {
  name: 'proxy',
  summary: 'open a port of this machine that leads to the database, until Ctrl-C',
  words: [database],
  flags: [
    ...specFlags,
    localFlag,
    jsonFlag,
    { flags: '--port <n>', help: 'which port (default: one that is free)', number: 'count' },
    {
      flags: '--passfile <file>',
      help: 'write a password file for libpq, readable to you alone, and remove it at the end',
    },
  ],
  examples: [
    ['proxy --port 5433', 'for a client that asks for the password itself'],
    ['proxy --port 5433 --passfile ./pass', 'for one that reads it: PGPASSFILE=./pass psql -h 127.0.0.1 -p 5433 …'],
  ],
  async run(values, io) {
    const { databaseNamed, openTunnel, passwordOf } = await import('../../operate/database.ts');
    const { cluster, spec } = await openApp(values, io);
    const found = databaseNamed(spec, text(values, 'database'));
    const port = typeof values['port'] === 'number' ? values['port'] : 0;
    const tunnel = await openTunnel(cluster, spec, port, io.signal, io.say);
    const passfile = text(values, 'passfile');
    const { writePassfile } = await import('../passfile.ts');
    const remove =
      passfile === undefined
        ? undefined
        : await writePassfile(passfile, { ...found, port: tunnel.port, password: await passwordOf(cluster, spec) }, io);
    try {
      tell(values, io, found, tunnel.port, tunnel.pod, passfile);
      if (!io.signal.aborted) await once(io.signal, 'abort');
      return 130;
    } finally {
      await remove?.();
      await tunnel.close();
    }
  },
};

function tell(values: Values, io: Io, found: Database, port: number, pod: string, passfile: string | undefined): void {
  const { instance, name, user } = found;
  if (flag(values, 'json')) {
    const told = { host: '127.0.0.1', port, database: name, user, instance, pod, ...(passfile && { passfile }) };
    return io.out(`${JSON.stringify(told)}\n`);
  }
  const how = `psql "host=127.0.0.1 port=${port} user=${user} dbname=${name} sslmode=disable"`;
  io.out(`127.0.0.1:${port} leads to the database ${name} of ${instance}, through the pod ${pod}.\n`);
  io.say(`  ${passfile === undefined ? how : `PGPASSFILE=${passfile} ${how}`}`);
  if (passfile === undefined)
    io.say(
      'The password is in the cluster alone; --passfile writes it where clients read it, `hello db psql` needs none.',
    );
  io.say('Ctrl-C closes it.');
}

export const dbCommands: CommandGroup = { commands: [psql, proxy] };
