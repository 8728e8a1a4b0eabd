import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { localCloud } from '../compiler/simulator/daemon.ts';

/** Each example that has a config and a golden plan, on a local cloud of its own, as its README says. */
const root = resolve('.');
const names = readdirSync('examples').filter((name) => existsSync(join('examples', name, 'plan.txt')));
const folder = mkdtempSync(join(tmpdir(), 'hello-examples-'));
const dir = join(folder, 'local');
const env = { PATH: process.env['PATH'], HOME: folder, HELLO_LOCAL_DIR: dir, HELLO_LOCAL_SPEED: '1000' };

after(async () => {
  await localCloud({ dir }).reset();
  rmSync(folder, { recursive: true, force: true });
});

function hello(name: string, ...args: string[]): string {
  const cwd = join(root, 'examples', name);
  return execFileSync(process.execPath, [join(root, 'bin', 'hello.js'), ...args, '--local'], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

for (const name of names) {
  test(`the example ${name} plans as it says, applies, and then plans nothing`, async () => {
    await localCloud({ dir }).reset();
    if (name === 'existing-cluster') await makeHost();
    const plan = hello(name, 'plan');
    const golden = join('examples', name, 'plan.txt');
    if (process.env['UPDATE_GOLDENS']) writeFileSync(golden, plan);
    assert.equal(plan, readFileSync(golden, 'utf8'));
    const url = hello(name, 'apply', '--yes').trim().split('\n').at(-1) ?? '';
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    assert.equal((await fetch(new URL('/healthz', url))).status, 200);
    assert.match(hello(name, 'plan'), /No changes\./);
  });
}

/** The cluster that the example finds, made behind hello's back. */
async function makeHost(): Promise<void> {
  const other = join(folder, 'host');
  cpSync(join('examples', 'no-database'), other, { recursive: true });
  const config = 'name: host\ncluster: host\nservices: {}\n';
  writeFileSync(join(other, 'hello.config.yaml'), config);
  execFileSync(process.execPath, [join(root, 'bin', 'hello.js'), 'apply', '--local', '--yes'], {
    cwd: other,
    env,
    stdio: 'pipe',
  });
}
