import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import pgPromise from 'pg-promise';
import { changesOf, eventsOf } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { runningConfig, runningWorld } from '../support/running-app.ts';

const world = runningWorld();

test('before anything is applied, each says that there is no cluster', async () => {
  for (const line of ['logs', 'restart', 'releases', 'rollback --yes', 'open', 'db proxy', 'exec web -- ls']) {
    const [own = '', rest] = line.split(' --');
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const ran = await world.ends(4, `${own} --local${rest === undefined ? '' : ` --${rest}`}`);
    assert.match(ran.stderr, /HELLO2008: the cluster shop-cluster is not there/);
  }
});

test('its app is applied', async () => {
  await world.ends(0, 'apply --local --yes');
});

test('says what was meant when there is no such service, container, duration or number', async () => {
  const said = async (line: string): Promise<string> => (await world.ends(3, line)).stderr;
  assert.match(await said('logs workr --local'), /no service or job "workr"[^]*Did you mean `worker`/);
  assert.match(await said('logs web --local --container cloud-sql-prox'), /Did you mean `cloud-sql-proxy`/);
  assert.match(await said('logs --local --since yesterday'), /--since takes a duration/);
  assert.match(await said('logs --local --tail some'), /--tail takes a number/);
  assert.match(await said('logs --local --previous --follow'), /exclude each other/);
  assert.match(await said('restart webb --local'), /Did you mean `web`/);
  assert.match(await said('exec --local -- ls'), /Name one of: web, worker/);
  assert.match(await said('exec web --local'), /no command/);
  assert.match(await said('db proxy shp --local'), /Did you mean `shop`/);
  const none = await world.ends(4, 'logs web --local --previous');
  assert.match(none.stderr, /HELLO2009: web-\S+: previous terminated container "app".*not found/);
});

test('a restart replaces the pods, and the plan stays empty', async () => {
  const before = await world.podsOf('web');
  const events = eventsOf(await world.ends(0, 'restart --local --json'));
  assert.deepEqual(events.at(-1), { type: 'result', exit_code: 0 });
  assert.deepEqual(
    new Set(events.filter(({ type }) => type === 'step_complete').map((each) => each['address'])),
    new Set(['kubernetes.deployment/web', 'kubernetes.deployment/worker']),
  );
  const now = await world.podsOf('web');
  assert.equal(now.length, 2);
  assert.ok(now.every((name) => !before.includes(name)));
  assert.deepEqual(changesOf(await world.plan()), {});
});

test('says what went wrong when the cluster refuses, or is out of reach', async () => {
  const fails = async (code: number, fault: object): Promise<string> => {
    await world.google('POST', '/_local/kubernetes/faults', [fault]);
    const ran = await world.ends(code, 'logs web --local');
    await world.google('DELETE', '/_local/kubernetes/faults');
    return ran.stderr;
  };
  const listing = { match: '^GET .*/pods' };
  assert.match(
    await fails(4, { ...listing, named: 'forbidden', times: 9 }),
    /HELLO2003: [^]*cannot list resource "pods"[^]*fix: /,
  );
  assert.match(await fails(4, { ...listing, named: 'unauthorized', times: 9 }), /HELLO2002: [^]*fix: Log in again/);
  assert.match(await fails(4, { ...listing, named: 'reset', times: 9 }), /HELLO2008: the cluster cannot be reached/);
});

test('runs a command in a pod, with its input, both of its outputs and its exit code', async () => {
  const script = 'console.log(process.env.COLOR); console.error("oh"); process.exitCode = 7';
  const ran = await world.ends(7, ['exec', 'web', '--local', '--', 'node', '-e', script]);
  assert.deepEqual([ran.stdout, ran.stderr], ['red\n', 'oh\n']);
  const big = 'x'.repeat(3_000_000);
  const piped = await world.start(['exec', 'web', '--local', '--', 'cat'], {}, big).ended;
  assert.equal(piped.code, 0);
  assert.equal(piped.stdout, big);
  const missing = await world.ends(1, 'exec web --local -- no-such-program');
  assert.match(missing.stderr, /could not be started: .*executable file not found/);
});

test('in a terminal, keys go to the command as they are typed, and it sees the size of the screen', async (t) => {
  const has = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
  if (!has('script') || !has('stty') || process.platform !== 'linux') return t.skip('script is not on PATH');
  const line = `stty cols 71 rows 23; '${process.execPath}' '${resolve('bin/hello.js')}' exec web --local -- sh`;
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: world.folder, HELLO_LOCAL_SPEED: '1000' };
  const shell = spawn('script', ['-qefc', line, '/dev/null'], { cwd: world.folder, env, stdio: 'pipe' });
  let seen = '';
  shell.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  const says = async (text: RegExp): Promise<unknown> =>
    eventually(String(text), () => text.test(seen), 20_000).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${JSON.stringify(seen)}`);
    });
  const ended = new Promise((done) => void shell.once('close', done));
  await says(/[$#] $/);
  // The size comes on a way of its own, after the first prompt maybe.
  shell.stdin.write('until stty size | grep -q "23 71"; do sleep 0.1; done; echo the size, $COLOR\r');
  await says(/the size, red\s/);
  shell.stdin.write('sleep 100\r');
  await says(/sleep 100\s/);
  shell.stdin.write('\u0003');
  shell.stdin.write('exit 9\r');
  return assert.equal(await ended, 9);
});

test('psql gets to the database without anybody seeing the password', async (t) => {
  const none = join(world.folder, 'empty');
  mkdirSync(none);
  const without = await world.ends(4, 'db psql --local', { PATH: none });
  assert.match(without.stderr, /HELLO2010: psql is not on PATH[^]*apt-get install/);
  const psql = (process.env['PATH'] ?? '').split(':').find((folder) => existsSync(join(folder, 'psql')));
  if (psql === undefined) return t.skip('psql is not on PATH');
  const who = ['db', 'psql', '--local', '--', '-Atc', 'select current_user, current_database()'];
  assert.equal((await world.ends(0, who)).stdout, 'hello|shop\n');
  const failed = await world.ends(1, ['db', 'psql', '--local', '--', '-c', 'select 1/0']);
  return assert.match(failed.stderr, /division by zero/);
});

test('a local port leads to the database until it is interrupted, and over a restart', async () => {
  const running = world.start('db proxy --local --json --passfile pass');
  const told = await eventually('the port', () => {
    const [line] = running.output().split('\n');
    return line?.startsWith('{"host"') ? (JSON.parse(line) as { port: number; user: string; database: string }) : false;
  });
  const passfile = join(world.folder, 'pass');
  assert.equal(statSync(passfile).mode & 0o777, 0o600);
  const [host, port, database, user, password = ''] = readFileSync(passfile, 'utf8').trim().split(':');
  assert.deepEqual([host, Number(port), database, user], ['127.0.0.1', told.port, 'shop', 'hello']);
  const pgp = pgPromise();
  const ask = async (): Promise<unknown> => {
    const db = pgp({ host: '127.0.0.1', port: told.port, database: 'shop', user: 'hello', password, max: 1 });
    try {
      return await db.one("select repeat('x', 2000000) as text, current_user as who");
    } finally {
      await db.$pool.end();
    }
  };
  assert.deepEqual(await ask(), { text: 'x'.repeat(2_000_000), who: 'hello' });
  await world.ends(0, 'restart web --local');
  assert.deepEqual(await ask(), { text: 'x'.repeat(2_000_000), who: 'hello' });
  const taken = await world.ends(3, 'db proxy --local --passfile pass');
  assert.match(taken.stderr, /cannot write the password file/);
  running.process.kill('SIGINT');
  assert.equal((await running.ended).code, 130);
  assert.ok(!existsSync(passfile));
  assert.ok(password.length > 10 && !world.written.join('').includes(password));
});

test('opens the URL in the browser, and only prints it when asked to', async () => {
  const bin = join(world.folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'browser'), `#!/bin/sh\necho "$1" > "${world.folder}/opened"\n`, { mode: 0o755 });
  for (const name of ['sh', 'which', 'sed', 'grep', 'tr', 'cut', 'uname', 'cat', 'env']) {
    const found = ['/bin', '/usr/bin'].map((folder) => join(folder, name)).find((each) => existsSync(each));
    if (found !== undefined) symlinkSync(found, join(bin, name));
  }
  const env = { PATH: `${dirname(process.execPath)}:${bin}`, BROWSER: join(bin, 'browser') };
  const printed = (await world.ends(0, 'open --local --print', env)).stdout.trim();
  assert.ok(!existsSync(join(world.folder, 'opened')));
  assert.equal((await world.ends(0, 'open --local', env)).stdout.trim(), printed);
  await eventually('the browser to start', () => existsSync(join(world.folder, 'opened')));
  assert.equal(readFileSync(join(world.folder, 'opened'), 'utf8').trim(), printed);
  world.write(runningConfig('red').replace("    ports: ['80:8080']\n", ''));
  const without = await world.ends(3, 'open --local');
  assert.match(without.stderr, /no public port/);
  world.write(runningConfig('red'));
});
