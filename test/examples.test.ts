import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { localCloud } from '../compiler/simulator/daemon.ts';

/**
 * Each example that has a golden plan, on a local cloud of its own, as its README says. The name of the plan says how it
 * is run: `plan.txt` without a stage, `plan.prod.txt` with HELLO_STAGE=prod.
 */
const root = resolve('.');
const runs = readdirSync('examples').flatMap((name) =>
  readdirSync(join('examples', name))
    .filter((file) => /^plan(\.\w+)?\.txt$/.test(file))
    .map((file) => ({ name, golden: join('examples', name, file), stage: file.split('.').slice(1, -1)[0] })),
);
const folder = mkdtempSync(join(tmpdir(), 'hello-examples-'));
const dir = join(folder, 'local');
const env = { PATH: process.env['PATH'], HOME: folder, HELLO_LOCAL_DIR: dir, HELLO_LOCAL_SPEED: '1000' };

after(async () => {
  await localCloud({ dir }).reset();
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly name: string;
  readonly stage: string | undefined;
}

function hello({ name, stage }: Run, ...args: string[]): string {
  const cwd = join(root, 'examples', name);
  return execFileSync(process.execPath, [join(root, 'bin', 'hello.js'), ...args, '--local'], {
    cwd,
    env: { ...env, ...(stage !== undefined && { HELLO_STAGE: stage }) },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

for (const { golden, ...run } of runs) {
  const title = run.stage === undefined ? run.name : `${run.name} at ${run.stage}`;
  test(`the example ${title} plans as it says, applies, and then plans nothing`, async () => {
    await localCloud({ dir }).reset();
    if (run.name === 'existing-cluster') await makeHost();
    const plan = hello(run, 'plan');
    if (process.env['UPDATE_GOLDENS']) writeFileSync(golden, plan);
    assert.equal(plan, readFileSync(golden, 'utf8'));
    const url = hello(run, 'apply', '--yes').trim().split('\n').at(-1) ?? '';
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    assert.equal((await fetch(new URL('/healthz', url))).status, 200);
    assert.match(hello(run, 'plan'), /No changes\./);
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
