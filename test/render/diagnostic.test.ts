import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { problem, warning } from '../../compiler/base/diagnostic.ts';
import { diagnosticJson } from '../../compiler/render/diagnostic-json.ts';
import { renderDiagnostic } from '../../compiler/render/diagnostic-text.ts';

const at = { file: 'hello.config.yaml', line: 12, column: 11, length: 4, text: 'replicas: many' };
const wrong = problem('HELLO1005', '`replicas` must be a number, not "many"', { at, fix: 'Write 3.' });

test('shows the place, the line, a caret under the mistake, and what to do', () => {
  assert.equal(
    renderDiagnostic(wrong, { color: false }),
    [
      'hello.config.yaml:12:11: error HELLO1005: `replicas` must be a number, not "many"',
      '  12 | replicas: many',
      '                 ^^^^',
      '  fix: Write 3.',
    ].join('\n'),
  );
});

test('colours change nothing but colours', () => {
  const coloured = renderDiagnostic(wrong, { color: true });
  assert.notEqual(coloured, renderDiagnostic(wrong, { color: false }));
  assert.equal(stripVTControlCharacters(coloured), renderDiagnostic(wrong, { color: false }));
});

test('keeps the caret in sight on a very long line, and under the word after a tab', () => {
  const long = { ...at, column: 5001, text: `${'x'.repeat(5000)}many` };
  const [, line = '', caret = ''] = renderDiagnostic({ ...wrong, at: long }, { color: false }).split('\n');
  assert.ok(line.length < 200);
  assert.equal(line.slice(caret.indexOf('^'), caret.indexOf('^') + 4), 'many');
  const [, tabbed = '', under = ''] = renderDiagnostic(
    { ...wrong, at: { ...at, column: 2, text: '\tmany' } },
    { color: false },
  ).split('\n');
  assert.equal(tabbed.slice(under.indexOf('^')), 'many');
});

test('names the resource, and needs no place', () => {
  const told = warning('HELLO3005', 'not ready', { resource: 'kubernetes.deployment/web' });
  assert.equal(renderDiagnostic(told, { color: false }), 'warning HELLO3005: kubernetes.deployment/web: not ready');
});

test('says the same to programs', () => {
  assert.deepEqual(diagnosticJson(wrong), {
    code: 'HELLO1005',
    severity: 'error',
    title: 'wrong value',
    message: wrong.message,
    fix: 'Write 3.',
    at,
  });
});
