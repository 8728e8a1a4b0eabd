import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';

const NOBODY = 65_534;

/** Starts a server, makes a user, and stops it, in a process of its own. */
function script(): string {
  const at = (path: string): string =>
    JSON.stringify(new URL(`../../../compiler/simulator/${path}`, import.meta.url).href);
  return `
import { portPool } from ${at('free-port.ts')};
import { createSqlServers } from ${at('sql/sql-servers.ts')};
import { openStore } from ${at('store.ts')};
const dir = process.argv[1];
const store = openStore(dir + '/journal');
const sql = createSqlServers({ dir, store, ports: portPool(), log: () => {} });
await sql.start('p:r:i');
await sql.setUser('p:r:i', 'app', 'secret');
await sql.stop();
console.log('worked');
`;
}

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'hello-user-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function run(prefix: readonly string[], dir: string, path?: string): Promise<string> {
  const words = [...prefix, process.execPath, '--input-type=module', '-e', script(), dir];
  const [program = '', ...args] = words;
  const env = { ...process.env, PATH: path ?? process.env['PATH'] ?? '' };
  return (await promisify(execFile)(program, args, { env, cwd: '/', timeout: 60_000 })).stdout.trim();
}

function isRootWith(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

test('PostgreSQL runs below a folder that only root can enter', async (t) => {
  if (!isRootWith('unshare')) return t.skip('needs root and unshare');
  const closed = folder(t);
  chmodSync(closed, 0o700);
  mkdirSync(join(closed, 'project'), { mode: 0o700 });
  assert.equal(await run([], join(closed, 'project')), 'worked');
});

test('where user namespaces are forbidden root runs it as another user, on the same data', async (t) => {
  if (!isRootWith('setpriv')) return t.skip('needs root and setpriv');
  const closed = folder(t);
  chmodSync(closed, 0o700);
  const bin = join(closed, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const dir = join(closed, 'project');
  mkdirSync(dir);
  const without = `${bin}:${process.env['PATH']}`;
  assert.equal(await run([], dir, without), 'worked');
  assert.notEqual(statSync(join(dir, 'sql', 'p_r_i', 'data')).uid, 0);
  assert.equal(await run([], dir), 'worked');
  assert.equal(await run([], dir, without), 'worked');
});

test('an ordinary user runs it as it is', async (t) => {
  if (process.getuid?.() !== 0) {
    assert.equal(await run([], folder(t)), 'worked');
    return;
  }
  if (!isRootWith('setpriv')) return t.skip('root cannot become another user without setpriv');
  const dir = folder(t);
  chownSync(dir, NOBODY, NOBODY);
  const user = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
  const canRead = await promisify(execFile)(user[0] ?? '', [...user.slice(1), process.execPath, '-e', '0']).then(
    () => true,
    () => false,
  );
  if (!canRead) return t.skip('this checkout cannot be read by another user');
  assert.equal(await run(user, dir), 'worked');
});
