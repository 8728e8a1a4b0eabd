import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { localCloud } from '../../../compiler/simulator/daemon.ts';
import { startOf, waitUntil } from '../../../compiler/simulator/processes.ts';
import { daemonWorld, PROJECT, VERSION } from './world.ts';

test('many starts at once make one daemon', async (t) => {
  const world = daemonWorld(t);
  const starts = await Promise.all(
    Array.from({ length: 4 }, async () => localCloud({ dir: world.dir }).start({ version: VERSION, project: PROJECT })),
  );
  const urls = new Set(starts.map((each) => (each.is === 'other-version' ? '' : each.connection.url)));
  assert.equal(urls.size, 1);
  assert.equal(starts.filter((each) => each.is === 'started').length, 1);
  const pid = (await world.status()).pid;
  const again = await world.cloud.start({ version: VERSION });
  assert.equal(again.is, 'running');
  assert.equal((await world.status()).pid, pid);
});

test('a daemon of another version is told, and left alone', async (t) => {
  const world = daemonWorld(t);
  await world.start();
  const { pid } = await world.status();
  const result = await world.cloud.start({ version: 'newer' });
  assert.deepEqual(result, { is: 'other-version', version: VERSION, pid });
});

test('a state file of a process that is gone, or of a stranger, does not hold up a start', async (t) => {
  const world = daemonWorld(t);
  mkdirSync(world.dir, { recursive: true });
  const stale = {
    version: VERSION,
    pid: process.pid,
    started: 'long ago',
    url: 'http://127.0.0.1:1',
    token: 'x',
    project: PROJECT,
  };
  writeFileSync(join(world.dir, 'local.json'), JSON.stringify(stale));
  writeFileSync(join(world.dir, 'daemon.lock'), JSON.stringify({ pid: process.pid, started: 'long ago' }));
  assert.equal(world.cloud.connection(), undefined);
  assert.notEqual((await world.start()).url, stale.url);
  assert.notEqual(startOf(process.pid), undefined);
});

test('what cannot start says why, with the end of its log', async (t) => {
  const world = daemonWorld(t);
  mkdirSync(join(world.dir, 'journal'), { recursive: true });
  await assert.rejects(world.cloud.start({ version: VERSION }), /did not start[^]*EISDIR/);
});

test('SIGTERM ends the daemon in good order', async (t) => {
  const world = daemonWorld(t);
  await world.start();
  await world.google('POST', `/v1/projects/${PROJECT}/services/sqladmin.googleapis.com:enable`, {});
  const { pid } = await world.status();
  process.kill(pid, 'SIGTERM');
  assert.ok(await waitUntil(() => startOf(pid) === undefined, 15_000));
  assert.match(readFileSync(join(world.dir, 'daemon.log'), 'utf8'), /the local cloud has stopped/);
});

test('no one but the owner can read what holds a secret, and nothing of it is in the environment or the log', async (t) => {
  const world = daemonWorld(t);
  const { token } = await world.start();
  for (const file of ['local.json', 'token', 'kubeconfig', 'journal', 'daemon.log']) {
    assert.equal(statSync(join(world.dir, file)).mode & 0o077, 0, file);
  }
  assert.equal(statSync(world.dir).mode & 0o077, 0);
  assert.ok(!JSON.stringify(world.cloud.environment()).includes(token));
  assert.ok(!JSON.stringify(await world.status()).includes(token));
  assert.ok(!readFileSync(join(world.dir, 'daemon.log'), 'utf8').includes(token));
});

test('a request without the token is refused', async (t) => {
  const world = daemonWorld(t);
  const { url } = await world.start();
  for (const [method, path] of [
    ['GET', 'status'],
    ['PUT', 'images'],
    ['POST', 'shutdown'],
    ['POST', 'kubernetes/faults'],
    ['PUT', 'projects'],
  ] as const) {
    const response = await fetch(`${url}/_local/${path}`, { method, headers: { authorization: 'Bearer wrong' } });
    assert.equal(response.status, 401, path);
  }
  assert.equal((await world.status()).url, url);
});

test('it stops by itself when its folder is removed', async (t) => {
  const world = daemonWorld(t);
  await world.start();
  const { pid } = await world.status();
  rmSync(world.dir, { recursive: true, force: true });
  assert.ok(await waitUntil(() => startOf(pid) === undefined, 15_000));
});

test('it survives the end of the terminal that it was started from', async (t) => {
  const world = daemonWorld(t);
  const daemon = new URL('../../../compiler/simulator/daemon.ts', import.meta.url).href;
  const script = `import { localCloud } from ${JSON.stringify(daemon)}; await localCloud({ dir: process.argv[1] }).start({ version: 'test' });`;
  const shell = spawn(process.execPath, ['--input-type=module', '-e', script, world.dir], {
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  assert.deepEqual(await once(shell, 'exit'), [0, null]);
  if (shell.pid !== undefined) {
    // The group of the shell is gone or goes now; the daemon is in another.
    try {
      process.kill(-shell.pid, 'SIGHUP');
    } catch {
      // Nothing is left in it.
    }
  }
  assert.ok(await world.status());
});

test('gcloud and kubectl work with the variables that it gives', async (t) => {
  const has = (program: string): boolean => {
    try {
      execFileSync('which', [program], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  if (!has('gcloud') || !has('kubectl')) return t.skip('gcloud and kubectl are not on PATH');
  const world = daemonWorld(t);
  await world.start();
  await world.makeCluster('one');
  await world.deploy('one', 'web', 1);
  const env = { PATH: process.env['PATH'] ?? '', HOME: world.dir, ...world.cloud.environment() };
  const run = (program: string, args: readonly string[]): string =>
    execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  assert.match(run('gcloud', ['container', 'clusters', 'list', '--format=value(name,status)']), /^one\s+RUNNING/);
  assert.match(run('kubectl', ['get', 'pods', '--no-headers']), /^web-\S+\s+1\/1\s+Running\s+0/);
  assert.match(run('kubectl', ['logs', 'deployment/web']), /listening/);
});
