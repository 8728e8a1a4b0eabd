import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Json, Ran } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { runningWorld } from '../support/running-app.ts';

const world = runningWorld();
const linesOf = (ran: Ran): Json[] =>
  ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
test('its app is applied', async () => {
  await world.ends(0, 'apply --local --yes');
});

test('prints the logs of all replicas of all services, in the order of their times', async () => {
  const lines = linesOf(await world.ends(0, 'logs --local --json --tail all'));
  assert.deepEqual(
    new Set(lines.map(({ pod }) => pod)),
    new Set([...(await world.podsOf('web')), ...(await world.podsOf('worker'))]),
  );
  const times = lines.map(({ time }) => String(time));
  assert.deepEqual(times, times.toSorted());
  assert.ok(lines.some(({ service, text }) => service === 'web' && text === 'listening in red'));
  assert.ok(lines.some(({ service, text }) => service === 'worker' && text === 'tick 1'));
});

test('prints so many lines, or what is young enough, of one service or job', async () => {
  const two = linesOf(await world.ends(0, 'logs worker --local --json --tail 2'));
  assert.equal(two.length, 2);
  const young = linesOf(await world.ends(0, 'logs worker --local --json --since 2s'));
  assert.ok(young.length > 0);
  for (const { time } of young) assert.ok(Date.parse(String(time)) > Date.now() - 30_000);
  assert.match((await world.ends(0, 'logs migrate --local')).stdout, /^migrate-\S+ migrated$/m);
  const stamped = await world.ends(0, 'logs migrate --local --timestamps');
  assert.match(stamped.stdout, /^migrate-\S+ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*Z migrated$/m);
});

test('prints the logs of another container, and names it', async () => {
  const ran = await world.ends(0, 'logs web --local --container cloud-sql-proxy');
  assert.match(ran.stdout, /^web-\S+\/cloud-sql-proxy .*ready for new connections/m);
});

test('colours the pods only where colours are taken', async () => {
  const plain = await world.ends(0, 'logs web --local --tail 1');
  assert.equal(stripVTControlCharacters(plain.stdout), plain.stdout);
  const colourful = await world.ends(0, 'logs web --local --tail 1', { FORCE_COLOR: '1' });
  assert.notEqual(stripVTControlCharacters(colourful.stdout), colourful.stdout);
  assert.match(stripVTControlCharacters(colourful.stdout), /^web-/);
});

test('follows what is written, new pods included, until it is interrupted', async () => {
  const running = world.start('logs web --local --follow --tail 1');
  await eventually('both pods to be told of', () => running.output().match(/listening in red/g)?.length === 2);
  await fetch(`${await world.url()}hello`);
  await eventually('the request to be told of', () => running.output().includes('asked for /hello'));
  const before = await world.podsOf('web');
  await world.ends(0, 'restart web --local');
  const now = await world.podsOf('web');
  assert.ok(now.every((name) => !before.includes(name)));
  for (const name of now)
    // oxlint-disable-next-line no-await-in-loop -- both have to come
    await eventually(`${name} to join in`, () => running.output().includes(`${name} listening in red`));
  assert.equal(running.output().match(/asked for \/hello/g)?.length, 1);
  running.process.kill('SIGINT');
  assert.equal((await running.ended).code, 130);
});

test('follows a container over its restart, and tells nothing twice', async () => {
  const running = world.start('logs worker --local --follow --json --tail 1');
  await eventually('it to tick', () => running.output().includes('tick'));
  const { processes } = await world.status();
  const worker = processes.find(({ what }) => what.includes('shop/worker-'));
  assert.ok(worker);
  process.kill(-worker.pid, 'SIGKILL');
  await eventually('the next run to tick', () => /"tick 5"/.test(running.output().split('"tick 1"')[1] ?? ''), 60_000);
  running.process.kill('SIGINT');
  const { stdout, code } = await running.ended;
  assert.equal(code, 130);
  const told = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { text: string }).text);
  const next = told.lastIndexOf('tick 1');
  assert.deepEqual(
    told.slice(next, next + 5),
    [1, 2, 3, 4, 5].map((count) => `tick ${count}`),
  );
  assert.equal(new Set(told.slice(0, next)).size, next);
  assert.match((await world.ends(0, 'logs worker --local --previous --tail 1')).stdout, /tick \d+/);
});

test('ends without a word when the reader of the logs has gone', async () => {
  const line = `"${process.execPath}" "${resolve('bin/hello.js')}" logs worker --local --follow | head -n 1`;
  const env = { PATH: dirname(process.execPath), HOME: world.folder, HELLO_LOCAL_SPEED: '1000' };
  const ran = spawnSync('/bin/sh', ['-c', `PATH="$PATH:/usr/bin:/bin"; ${line}`], {
    cwd: world.folder,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.match(ran.stdout, /^worker-\S+ tick \d+\n$/);
  assert.equal(ran.stderr, '');
});
