import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cycles, heavyImports, wrongWayImports } from './imports.ts';
import { checked, documented, finished, namedExportsOnly, shortFile, shortFunctions, silent } from './rules.ts';
import { readSource } from './source.ts';

// Put together here, so that this file does not break the rules that it tests.
const words = (...parts: string[]) => parts.join('');
const source = (text: string, path = 'compiler/engine/plan.ts') => readSource(path, text);

test('sees imports of every form, with the type-only ones that are erased', () => {
  const text = [
    `import { a } from './a.ts';`,
    `import type { B } from './b.ts';`,
    `import type {`,
    `  C,`,
    `} from './c.ts';`,
    `export { d } from './d.ts';`,
    `export type { E } from './e.ts';`,
    `export async function f(x: B & C): Promise<void> {`,
    `  await import('./f.ts');`,
    `}`,
    `export const text = "import { g } from './g.ts'";`,
  ].join('\n');
  assert.deepEqual(
    source(text)
      .imports.toSorted((one, other) => one.line - other.line)
      .map(({ from, form, line }) => `${line} ${form} ${from}`),
    ['1 static ./a.ts', '2 type ./b.ts', '3 type ./c.ts', '6 static ./d.ts', '7 type ./e.ts', '9 dynamic ./f.ts'],
  );
});

for (const [path, from] of [
  ['compiler/base/json.ts', '../spec/read.ts'],
  ['compiler/spec/read.ts', '../model/kind.ts'],
  ['compiler/engine/plan.ts', '../kinds/registry.ts'],
  ['compiler/kinds/google/cluster.ts', '../../cloud/google/client.ts'],
  ['compiler/render/plan-text.ts', '../cli/main.ts'],
  ['compiler/simulator/store.ts', '../model/kind.ts'],
  ['compiler/cloud/google/client.ts', '../../simulator/store.ts'],
  ['compiler/engine/plan.ts', '../session.ts'],
  ['compiler/index.ts', './cli/main.ts'],
  ['runtime/server.ts', '../compiler/base/json.ts'],
  ['compiler/cli/main.ts', '../../runtime/config.ts'],
] as const) {
  for (const statement of [
    `import { x } from '${from}';`,
    `import type { X } from '${from}';`,
    `await import('${from}');`,
  ]) {
    test(`refuses ${statement} in ${path}`, () => {
      assert.match(wrongWayImports([source(statement, path)]).join('\n'), new RegExp(`^${path}:1: imports `));
    });
  }
}

test('allows what goes down, stays inside, or is a package', () => {
  const text = `import '../base/json.ts';\nimport './apply.ts';\nimport 'zod';\nimport 'node:fs';`;
  assert.deepEqual(wrongWayImports([source(text), source(text, 'test/engine/plan.test.ts')]), []);
});

test('prints the chain of a cycle, types included', () => {
  const ring = [
    source(`import './b.ts';`, 'runtime/a.ts'),
    source(`import type { C } from './c.ts';`, 'runtime/b.ts'),
    source(`import './a.ts';`, 'runtime/c.ts'),
  ];
  assert.deepEqual(cycles(ring), ['import cycle: runtime/a.ts -> runtime/b.ts -> runtime/c.ts -> runtime/a.ts']);
  assert.deepEqual(cycles(ring.slice(0, 2)), []);
});

test('prints the chain to a heavy package, and minds only what is loaded at once', () => {
  const files = [
    source(`import './b.ts';\nimport type { X } from 'node:http';`, 'compiler/a.ts'),
    source(`import 'node:http';\nawait import('@google-cloud/sql');`, 'compiler/b.ts'),
  ];
  assert.deepEqual(
    heavyImports(files, 'compiler/a.ts', (from) => /http|google/.test(from)),
    ['loaded at once: compiler/a.ts -> compiler/b.ts -> node:http'],
  );
});

test('measures files and functions', () => {
  assert.match(shortFile(source('\n'.repeat(300) + 'f();')).join(), /has 301 lines/);
  assert.deepEqual(shortFile(source('\n'.repeat(299) + 'f();')), []);
  const long = (lines: number) => source(`const f = (a: string): void => {${'\n'.repeat(lines - 1)}};`);
  assert.match(shortFunctions(long(71)).join(), /plan.ts:1: a function of 71 lines/);
  assert.deepEqual(shortFunctions(long(70)), []);
});

test('finds default exports, output, words for later, and switched-off checks', () => {
  assert.equal(namedExportsOnly(source('export default 1;')).length, 1);
  assert.equal(silent(source(`console.log('x');\nprocess.stdout.write('y');\nconst { log } = console;`)).length, 3);
  assert.deepEqual(silent(source(`// console\nconst text = 'process.stdout';`)), []);
  assert.equal(finished(source(`// ${words('TO', 'DO')}: later`)).length, 1);
  const ignore = `// @ts-${words('ig', 'nore')}`;
  const disable = `// oxlint-${words('dis', 'able')}-next-line no-x`;
  assert.equal(checked(source(`${ignore}\n${disable}\n${disable} -- why`)).length, 2);
});

test('wants a docstring above every exported declaration', () => {
  assert.match(
    documented(source(`const a = 1;\nexport const b = 2;`)).join(),
    /plan.ts:2: b is exported without a docstring/,
  );
  assert.equal(documented(source(`\nexport interface X {}\n\n// no\nexport type Y = X;`)).length, 2);
  assert.deepEqual(
    documented(source(`/** Yes. */\nexport async function f(): Promise<void> {}\nexport { f as g };`)),
    [],
  );
});
