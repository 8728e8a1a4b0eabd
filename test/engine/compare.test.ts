import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from '../../compiler/engine/compare.ts';
import type { Rules } from '../../compiler/model/kind.ts';

interface Thing {
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: object;
  readonly data?: Readonly<Record<string, string>>;
  readonly size?: number;
}

const rules: Rules<Thing> = {
  labels: 'mutable',
  spec: 'whole',
  data: 'secret',
  size: { rule: 'immutable', same: (want, live) => (live ?? 0) >= (want ?? 0) },
};

const paths = (want: Thing, live: Thing): string[] => compare(want, live, rules).map((field) => field.path);

test('what others added to a mutable field is no difference', () => {
  assert.deepEqual(paths({ labels: { ours: '1' } }, { labels: { ours: '1', theirs: '2' } }), []);
});

test('a field that the spec does not set is not compared', () => {
  assert.deepEqual(paths({}, { labels: { theirs: '2' }, size: 7 }), []);
});

test('in a whole field, what is only live is a difference', () => {
  assert.deepEqual(paths({ spec: { a: 1 } }, { spec: { a: 1, b: 2 } }), ['spec.b']);
});

test('one changed item of a named list is one change, named by the item', () => {
  const list = (image: string): object => ({
    containers: [
      { name: 'proxy', image: 'p' },
      { name: 'app', image },
    ],
  });
  assert.deepEqual(paths({ spec: list('new') }, { spec: list('old') }), ['spec.containers.app.image']);
});

test('a list without names is one change as a whole', () => {
  assert.deepEqual(paths({ spec: { args: ['a', 'b'] } }, { spec: { args: ['a'] } }), ['spec.args']);
});

test('a secret key is named, and neither of its values is', () => {
  const changes = compare<Thing>({ data: { PASSWORD: 'new' } }, { data: { PASSWORD: 'old' } }, rules);
  assert.deepEqual(changes, [
    { path: 'data.PASSWORD', before: '(secret)', after: '(secret)', forces: 'update', secret: true },
  ]);
});

test('a rule of its own decides what is the same', () => {
  assert.deepEqual(paths({ size: 10 }, { size: 20 }), []);
  assert.deepEqual(compare<Thing>({ size: 20 }, { size: 10 }, rules)[0]?.forces, 'replace');
});

test('a difference that cannot be taken in place forces a replacement', () => {
  const upOnly: Rules<{ readonly version: number }> = {
    version: { rule: 'mutable', inPlace: (want, live) => want > live },
  };
  const forced = (want: number, live: number): string[] =>
    compare({ version: want }, { version: live }, upOnly).map((field) => field.forces);
  assert.deepEqual(forced(18, 17), ['update']);
  assert.deepEqual(forced(17, 18), ['replace']);
  assert.deepEqual(forced(17, 17), []);
});
