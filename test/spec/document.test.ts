import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseText } from '../../compiler/spec/document.ts';
import { read } from '../../compiler/spec/read.ts';

function problems(text: string) {
  const result = parseText(text, 'f.yaml');
  assert.ok(!result.ok, 'the text was accepted');
  return result.problems;
}

const broken: readonly [string, string, number, RegExp][] = [
  ['a bracket that is not closed', 'a: 1\nb: [1\nc: 2', 3, /flow sequence/],
  ['a key that stands twice', 'a: 1\nb: 2\na: 3', 3, /twice/],
  ['a tab for indentation', 'a:\n\tb: 1', 2, /tab/],
  ['two documents', 'a: 1\n---\nb: 2', 2, /more than one/],
  ['a control character', 'a: b\nc: x\0y', 2, /U\+0000/],
  ['bytes that are not UTF-8', 'a: x\uFFFDy', 1, /not UTF-8/],
  ['an alias of nothing', 'a: *nobody', 1, /alias/i],
  ['a stray character', 'a: @x', 1, /reserved character/],
];
for (const [what, text, line, words] of broken) {
  test(`shows where ${what} stands`, () => {
    const [problem] = problems(text);
    assert.equal(problem?.code, 'HELLO1003');
    assert.equal(problem?.at?.line, line);
    assert.match(problem?.message ?? '', words);
  });
}

test('reports one mistake once', () => {
  assert.equal(problems('a: {b: [1, 2\n').length, 1);
});

test('survives what is meant to hurt', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((key, at) => `${key}: &${key} [${Array(9).fill(`*${'abcdefg'[at]}`).join(',')}]`),
  ].join('\n');
  const deep = Array.from({ length: 900 }, (_, at) => `${' '.repeat(at)}a:`).join('\n');
  for (const text of [
    bomb,
    '['.repeat(50_000),
    `a: ${'{b: '.repeat(20_000)}`,
    deep,
    `a: ${'x'.repeat(10_000_000)}`,
    '&a [*a]',
    '? [complex]\n: 1',
    '\u2028: \u0085',
  ]) {
    assert.equal(read(text, 'f.yaml', {}).ok, false);
  }
});

test('places of values and keys, also behind a byte order mark, CRLF and an alias', () => {
  const text = '\uFEFFname: web\r\nbase: &b\r\n  x: 1\r\nlist: [a, *b]\r\n';
  const result = parseText(text, 'f.yaml');
  assert.ok(result.ok);
  const place = (...locate: Parameters<typeof result.value.locate>): string => {
    const { line, column, text: whole, length } = result.value.locate(...locate);
    return `${line}:${column} ${whole.slice(column - 1, column - 1 + length)}`;
  };
  assert.equal(place(['name']), '1:7 web');
  assert.equal(place([], 'name'), '1:1 name');
  assert.equal(place(['base', 'x']), '3:6 1');
  assert.equal(place(['list', 1]), '4:11 *b');
  assert.equal(place(['list', 1, 'x']), '3:6 1');
  assert.equal(place(['base', 'missing']), '2:1 base');
});
