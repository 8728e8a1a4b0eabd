import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const json = (path: string): { dependencies?: Record<string, string> } => JSON.parse(read(path));

interface Instruction {
  readonly name: string;
  readonly args: string;
}

function instructions(): readonly Instruction[] {
  return read('Dockerfile')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'))
    .map((line) => /^(\w+)\s+(.*)$/.exec(line))
    .map((match) => ({ name: match?.[1]?.toUpperCase() ?? '', args: match?.[2] ?? '' }));
}

/** What follows the last FROM: the image that runs. */
function finalStage(): readonly Instruction[] {
  const all = instructions();
  return all.slice(all.findLastIndex(({ name }) => name === 'FROM'));
}

test('copies only files that exist', () => {
  const copies = instructions().filter(({ name, args }) => name === 'COPY' && !args.startsWith('--from='));
  assert.ok(copies.length > 0);
  for (const { args } of copies) {
    for (const source of args.split(/\s+/).slice(0, -1))
      assert.ok(existsSync(new URL(source, root)), `${source} does not exist`);
  }
});

test('sends everything that is copied to the builder, and no secret or history', () => {
  const allowed = read('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  const sources = instructions()
    .filter(({ name, args }) => name === 'COPY' && !args.startsWith('--from='))
    .flatMap(({ args }) => args.split(/\s+/).slice(0, -1));
  for (const source of sources)
    assert.ok(
      allowed.some((path) => source === path || source.startsWith(`${path}/`)),
      `${source} is ignored`,
    );
  assert.ok(read('.dockerignore').split('\n').includes('*'));
});

test('runs as a numeric user that is not root, on a small base of the Node.js that we test with', () => {
  const stage = finalStage();
  const user = stage.find(({ name }) => name === 'USER')?.args ?? '';
  assert.match(user, /^[1-9]\d*(:[1-9]\d*)?$/);
  assert.match(stage[0]?.args ?? '', /^gcr\.io\/distroless\/nodejs24-/);
});

test('runs a command that works in a checkout, too', () => {
  const command: string[] = JSON.parse(finalStage().find(({ name }) => name === 'CMD')?.args ?? '[]');
  assert.equal(command.length, 1);
  assert.ok(existsSync(new URL(command[0] ?? '', root)));
  assert.equal(finalStage().find(({ name }) => name === 'WORKDIR')?.args, '/app');
});

test('installs for the image the same versions as for everything else', () => {
  const all = json('package.json').dependencies ?? {};
  const runtime = json('runtime/package.json').dependencies ?? {};
  for (const [name, version] of Object.entries(runtime)) assert.equal(version, all[name], name);
});

test('lists for the image exactly the packages that the app imports', () => {
  const imported = new Set<string>();
  for (const file of globSync('runtime/**/*.ts', { cwd: root })) {
    for (const [, from = ''] of read(file).matchAll(/^(?:import|export)[^;]*? from '([^']+)';/gm)) {
      if (!from.startsWith('.') && !from.startsWith('node:') && !builtinModules.includes(from)) imported.add(from);
    }
  }
  assert.deepEqual([...imported].toSorted(), Object.keys(json('runtime/package.json').dependencies ?? {}).toSorted());
});
