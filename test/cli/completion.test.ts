import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

const program = resolve('bin/hello.js');

function hello(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

const words = (answer: string): string[] =>
  answer
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '')
    .filter((word) => word !== '' && !word.startsWith(':'));

test('knows commands, their flags and the values of those', () => {
  const commands = words(hello('complete', '--', ''));
  for (const name of ['init', 'validate', 'plan', 'local', 'completion']) assert.ok(commands.includes(name), name);
  assert.ok(!commands.includes('complete'));
  assert.ok(words(hello('complete', '--', 'plan', '--')).includes('--detailed-exitcode'));
  assert.deepEqual(words(hello('complete', '--', 'graph', '--format', '')), ['mermaid', 'dot', 'json']);
  assert.ok(words(hello('complete', '--', 'local', 's')).includes('start'));
});

test('gives a script for each shell, and none for a shell that it does not know', () => {
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    assert.match(hello('completion', shell), new RegExp(`^# ?.*${shell} completion`, 'im'));
  }
  assert.equal(spawnSync(process.execPath, [program, 'completion', 'tcsh']).status, 3);
});

test('completes in a real bash', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hello-completion-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'hello'), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`, { mode: 0o755 });
  const script = `. <("${join(folder, 'hello')}" completion bash)
COMP_WORDS=(hello pl); COMP_CWORD=1; COMP_LINE='hello pl'; COMP_POINT=8
__hello_complete
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const PATH = [folder, dirname(process.execPath), process.env['PATH']].join(delimiter);
  const ran = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8', env: { PATH } });
  if (ran.error) return t.skip('bash is not on PATH');
  return assert.match(ran.stdout, /^plan\b/m, ran.stderr);
});
