import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderPlan } from '../../compiler/render/plan-text.ts';
import { painter } from '../../compiler/render/style.ts';
import type { FieldChange, Plan } from '../../compiler/model/change.ts';

function shown(...fields: readonly FieldChange[]): string[] {
  const change = {
    id: 'k/a' as Plan['changes'][number]['id'],
    kind: 'k',
    title: 'Thing a',
    action: 'update',
    fields,
  } as const;
  const plan: Plan = { format_version: '1.0', mode: 'apply', project: 'p', app: 'a', changes: [change], hash: '' };
  return renderPlan(plan, { paint: painter(false), full: false })
    .split('\n')
    .slice(1, -3);
}

test('a text of several lines is shown by the lines that change', () => {
  const lines = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`);
  const [before, after] = [lines.join('\n'), lines.with(4, 'another').toSpliced(11, 0, 'one more').join('\n')];
  assert.deepEqual(shown({ path: 'data.CONF', before, after, forces: 'update' }), [
    '      data.CONF: changed',
    '          line 3',
    '          line 4',
    '        - line 5',
    '        + another',
    '          line 6',
    '          line 7',
    '          ...',
    '          line 10',
    '          line 11',
    '        + one more',
    '          line 12',
  ]);
});

test('a secret is shown by what becomes of it', () => {
  const secret = { forces: 'update', secret: true } as const;
  assert.deepEqual(
    shown(
      { path: 'data.A', before: '(secret)', after: '(secret)', ...secret },
      { path: 'data.B', after: '(secret)', ...secret },
      { path: 'data.C', before: '(secret)', ...secret },
      { path: 'data.D', before: '(secret)', after: '(secret)', ...secret, same: true },
    ),
    [
      '      data.A: (secret) -> (secret, changed)',
      '      data.B: (secret)',
      '      data.C: (secret) -> removed',
      '      data.D: (secret, same)',
    ],
  );
});
