import assert from 'node:assert/strict';
import { test } from 'node:test';
import { box, outputOf, toyKind, toyRun, toyWorld, type Live } from '../support/toy.ts';

const ours: Live = { value: 'v', size: 1, password: 'p', owner: 'us', readiness: { is: 'ready' } };

test('an output of what the plan changes is known after apply, and what quotes it is changed with it', async () => {
  const world = toyWorld();
  for (const name of ['a', 'b', 'c']) world.things.set(name, { ...ours, value: 'old' });
  const run = toyRun([
    toyKind(world, [
      box('a', { value: 'new' }),
      box('b', { value: outputOf('a') }),
      box('c', { value: outputOf('b') }),
    ]),
  ]);
  const prepared = await run.prepare();
  const shown = prepared.plan.changes.map((change) => 'fields' in change && change.fields.map((field) => field.after));
  assert.deepEqual(shown, [['new'], ['(known after apply)'], ['(known after apply)']]);
  await run.apply(prepared);
  assert.deepEqual(
    [...world.things.values()].map((live) => live.value),
    ['new', 'new', 'new'],
  );
});

test('what the plan left alone is not changed when it moves while it becomes ready', async () => {
  const world = toyWorld();
  world.things.set('a', { ...ours, readiness: { is: 'progressing', why: 'starting', busy: false } });
  const run = toyRun([toyKind(world, [box('a')])]);
  const prepared = await run.prepare();
  world.things.set('a', { ...ours, value: 'moved' });
  const applied = await run.apply(prepared);
  assert.equal(applied.problems[0]?.code, 'HELLO4001');
  assert.deepEqual(world.writes, []);
});
