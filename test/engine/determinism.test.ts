import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { isObject } from '../../compiler/base/json.ts';
import { compile, kindOf } from '../../compiler/engine/compile.ts';
import { googleCallsFile, manifestFiles } from '../../compiler/export/files.ts';
import { graphView, toMermaid } from '../../compiler/export/graph.ts';
import { registry } from '../../compiler/kinds/registry.ts';
import { specOf, stack } from '../support/spec.ts';

const big = `name: shop
project: test-project
db: { databases: [orders, users], tier: db-g1-small }
env: { LOG: debug, ZONE: a, Above: b }
services:
  web: { image: nginx, database: orders, ports: ['80:8080'], env: { B: '1', A: '2' }, secrets: { Y: s/y, X: s/x } }
  api: { image: nginx, database: users, ports: [{ port: 81, target: 8081, public: false }] }
  worker: { image: nginx, database: false, replicas: { min: 1, max: 3 } }
jobs:
  tidy: { image: nginx, database: orders, schedule: '0 3 * * *' }
  migrate: { image: nginx, database: users, env: { D: '1', C: '2' } }
`;

/** Everything that is made of a config, offline. */
async function bytesOf(text: string): Promise<Readonly<Record<string, string>>> {
  const spec = specOf(text);
  const graph = compile(spec, registry);
  const calls = await googleCallsFile(graph, (name) => kindOf(registry, name), {
    project: spec.project,
    app: spec.name,
  });
  return {
    graph: JSON.stringify([...graph.resources.values()]),
    drawing: toMermaid(graphView(graph, () => 1)),
    manifests: manifestFiles(graph, { stream: true })
      .map((file) => file.text)
      .join(''),
    calls: calls.text,
  };
}

/** The same mapping, written the other way round. */
function turned(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, each]) => [key, turned(each)]),
  );
}

for (const [form, text] of [
  ['the short form', stack],
  ['services and jobs', big],
] as const) {
  test(`the order of keys in the file changes no byte: ${form}`, async () => {
    const other = stringify(turned(parse(text)));
    assert.notEqual(other, text);
    assert.deepEqual(await bytesOf(other), await bytesOf(text));
  });
}

test('locale, time zone and folder change nothing', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hello-bytes-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of ['hello.config.yaml', 'Dockerfile']) cpSync(file, join(folder, file));
  const compiled = (cwd: string, env: Record<string, string>): string =>
    execFileSync(process.execPath, [resolve('bin/hello.js'), 'compile', '--json', '--project', 'my-project'], {
      cwd,
      env: { PATH: process.env['PATH'], HOME: folder, ...env },
      encoding: 'utf8',
    });
  const here = compiled(resolve('.'), { LC_ALL: 'C', TZ: 'UTC' });
  assert.equal(compiled(folder, { LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8', TZ: 'Asia/Kathmandu' }), here);
});
