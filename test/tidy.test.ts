import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cycles, heavyImports, wrongWayImports } from './tidy/imports.ts';
import { checked, documented, finished, namedExportsOnly, shortFile, shortFunctions, silent } from './tidy/rules.ts';
import type { Rule } from './tidy/rules.ts';
import { readSource } from './tidy/source.ts';
import type { Source } from './tidy/source.ts';

const root = new URL('../', import.meta.url);
const folders = ['compiler', 'runtime', 'test', 'tools', 'examples', 'bench', 'bin'];

const sources: readonly Source[] = globSync(`{${folders.join(',')}}/**/*.{ts,js}`, {
  cwd: root,
  exclude: ['**/node_modules/**'],
})
  .map((path) => path.replaceAll('\\', '/'))
  .toSorted()
  .map((path) => readSource(path, readFileSync(new URL(path, root), 'utf8')));

const product = sources.filter(({ path }) => /^(compiler|runtime)\//.test(path));

function holds(rule: Rule, among: readonly Source[] = sources): void {
  assert.ok(among.length > 0);
  assert.deepEqual(among.flatMap(rule), []);
}

test('imports go one way through the layers', () => {
  assert.deepEqual(wrongWayImports(sources), []);
});

test('no files import each other in a ring', () => {
  assert.deepEqual(cycles(sources), []);
});

const heavy = (from: string): boolean =>
  /^(@google-cloud\/|@kubernetes\/|google-auth-library|google-gax|pg-promise|polka|prom-client|ora|selfsigned|(node:)?https?$)/.test(
    from,
  );

for (const entry of ['compiler/cli/main.ts', ...globSync('compiler/cli/commands/*.ts', { cwd: root })]) {
  test(`${entry} loads no client of a cloud and no HTTP at once`, () => {
    assert.ok(sources.some(({ path }) => path === entry));
    assert.deepEqual(heavyImports(sources, entry, heavy), []);
  });
}

test(`files are short`, () => holds(shortFile));
test(`functions are short`, () => holds(shortFunctions));
test('every export has a name', () => holds(namedExportsOnly));
test('nothing is left for later', () => holds(finished));
test('no check is switched off without a reason', () => holds(checked));

test('only render and cli write to the terminal, and the entries of the two servers to their logs', () => {
  const mayWrite = /^(compiler\/(render|cli)\/|(compiler\/simulator|runtime)\/main\.ts$)/;
  holds(
    silent,
    product.filter(({ path }) => !mayWrite.test(path)),
  );
});

test('everything that other parts may use is documented', () => {
  holds(
    documented,
    product.filter(({ path }) => /^compiler\/(base|model|engine|cloud)\//.test(path)),
  );
});

test('every example says what it shows', () => {
  const examples = globSync('examples/*/', { cwd: root });
  const silentOnes = examples.filter((folder) => !existsSync(new URL(`${folder}/README.md`, root)));
  assert.deepEqual(silentOnes, []);
});
