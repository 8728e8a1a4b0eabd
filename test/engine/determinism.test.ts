import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { isObject } from '../../compiler/base/json.ts';
import { compile } from '../../compiler/engine/compile.ts';
import { registry } from '../../compiler/kinds/registry.ts';
import { specOf, stack } from '../support/spec.ts';

const graphOf = (text: string): string => JSON.stringify([...compile(specOf(text), registry).resources.values()]);

/** The same mapping, written the other way round. */
function turned(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, each]) => [key, turned(each)]),
  );
}

test('the order of keys in the file changes nothing', () => {
  const other = stringify(turned(parse(stack)));
  assert.notEqual(other, stack);
  const sorted = (text: string): unknown => JSON.parse(graphOf(text));
  assert.deepEqual(sorted(other), sorted(stack));
});

test('locale, time zone and folder change nothing', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hello-bytes-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync('hello.config.yaml', join(folder, 'hello.config.yaml'));
  const compiled = (cwd: string, env: Record<string, string>): string =>
    execFileSync(process.execPath, [resolve('bin/hello.js'), 'compile', '--json', '--project', 'my-project'], {
      cwd,
      env: { PATH: process.env['PATH'], HOME: folder, ...env },
      encoding: 'utf8',
    });
  const here = compiled(resolve('.'), { LC_ALL: 'C', TZ: 'UTC' });
  assert.equal(compiled(folder, { LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8', TZ: 'Asia/Kathmandu' }), here);
});
