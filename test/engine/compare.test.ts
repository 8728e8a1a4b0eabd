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

test('items are told apart by the members that the rule names, of which one may be left to its default', () => {
  const port = (target: number): object => ({ ports: [{ name: 'web', port: 80, protocol: 'TCP', target }] });
  const byPort: Rules<Thing> = {
    ...rules,
    spec: { rule: 'whole', itemKeys: { ports: [['containerPort'], ['port', 'protocol']] } },
  };
  const changed = (want: object, live: object): string[] =>
    compare<Thing>({ spec: want }, { spec: live }, byPort).map((field) => field.path);
  assert.deepEqual(changed(port(8080), port(5000)), ['spec.ports["80/TCP"].target']);
  assert.deepEqual(
    changed({ ports: [{ containerPort: 1, name: 'a' }] }, { ports: [{ containerPort: 1, name: 'b' }] }),
    ['spec.ports.1.name'],
  );
});

test('an amount that is only spelled otherwise is no difference where the rule says so', () => {
  const amounts: Rules<Thing> = {
    ...rules,
    spec: { rule: 'whole', sameLeaf: (want, live) => Number(want) === Number(live) },
  };
  assert.deepEqual(compare<Thing>({ spec: { cpu: '1' } }, { spec: { cpu: '1.0' } }, amounts), []);
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

test('of a secret that changes, the keys that stay are told as well', () => {
  const changes = compare<Thing>({ data: { A: 'new', B: 'b' } }, { data: { A: 'old', B: 'b' } }, rules);
  assert.deepEqual(
    changes.map(({ path, same }) => [path, same]),
    [
      ['data.A', undefined],
      ['data.B', true],
    ],
  );
  assert.deepEqual(compare<Thing>({ data: { B: 'b' } }, { data: { B: 'b' } }, rules), []);
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
