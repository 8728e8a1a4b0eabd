import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudError } from '../../compiler/base/errors.ts';
import type { Change } from '../../compiler/model/change.ts';
import { box, busy, outputOf, toyKind, toyRun, toyWorld, type Live } from '../support/toy.ts';

const ours: Live = { value: 'v', size: 1, password: 'p', owner: 'us', readiness: { is: 'ready' } };

async function strangerInB(_ctx: unknown, desired: { readonly name: string }): Promise<string | undefined> {
  return desired.name === 'b' ? 'it holds a stranger' : undefined;
}

function actionsOf(changes: readonly Change[]): Record<string, string> {
  return Object.fromEntries(changes.map((change) => [change.id.split('/')[1] ?? '', change.action]));
}

test('creates what is missing, in the order of need, and plans nothing after', async () => {
  const world = toyWorld();
  const run = toyRun([toyKind(world, [box('c', {}, ['b']), box('b', {}, ['a']), box('a')])]);
  const applied = await run.apply(await run.prepare());
  assert.equal(applied.exit, 0);
  assert.deepEqual(world.writes, ['create a', 'create b', 'create c']);
  const again = await run.prepare();
  assert.deepEqual(actionsOf(again.plan.changes), { a: 'noop', b: 'noop', c: 'noop' });
});

test('a second apply writes nothing', async () => {
  const world = toyWorld();
  const run = toyRun([toyKind(world, [box('a')])]);
  await run.apply(await run.prepare());
  world.writes.length = 0;
  await run.apply(await run.prepare());
  assert.deepEqual(world.writes, []);
});

test('a plan writes nothing', async () => {
  const world = toyWorld();
  world.things.set('a', { ...ours, value: 'old' });
  world.things.set('gone', { ...ours });
  await toyRun([toyKind(world, [box('a'), box('b')])]).prepare();
  assert.deepEqual(world.writes, []);
});

test('hands an output to what refers to it, and shows it as known after apply before', async () => {
  const world = toyWorld();
  const run = toyRun([toyKind(world, [box('a', { value: 'from a' }), box('b', { value: outputOf('a') })])]);
  const prepared = await run.prepare();
  const create = prepared.plan.changes.find((change) => change.id === 'toy.box/b');
  assert.ok(create?.action === 'create');
  assert.equal(create.fields.find((field) => field.path === 'value')?.after, '(known after apply)');
  await run.apply(prepared);
  assert.equal(world.things.get('b')?.value, 'from a');
});

test('changes only the field that differs', async () => {
  const world = toyWorld();
  world.things.set('a', { ...ours, value: 'old', foreign: 'theirs' });
  const run = toyRun([toyKind(world, [box('a')])]);
  const prepared = await run.prepare();
  const [change] = prepared.plan.changes;
  assert.deepEqual(change && 'fields' in change && change.fields, [
    { path: 'value', before: 'old', after: 'v', forces: 'update' },
  ]);
  await run.apply(prepared);
  assert.equal(world.things.get('a')?.foreign, 'theirs');
});

test('a changed secret is shown as changed and never by its value', async () => {
  const world = toyWorld();
  world.things.set('a', { ...ours, password: 'old-canary' });
  const run = toyRun([toyKind(world, [box('a', { password: 'new-canary' })])]);
  const prepared = await run.prepare();
  assert.doesNotMatch(JSON.stringify(prepared.plan), /canary/);
  assert.match(JSON.stringify(prepared.plan), /\(secret\)/);
  const applied = await run.apply(prepared);
  assert.doesNotMatch(JSON.stringify([run.events, [...applied.outputs]]), /canary/);
});

test('an immutable field replaces: delete, then create', async () => {
  const world = toyWorld();
  world.things.set('a', { ...ours, size: 9 });
  const run = toyRun([toyKind(world, [box('a')])]);
  const prepared = await run.prepare();
  assert.deepEqual(actionsOf(prepared.plan.changes), { a: 'replace' });
  await run.apply(prepared);
  assert.deepEqual(world.writes, ['remove a', 'create a']);
});

test('what holds data is not replaced until it is named', async () => {
  const world = toyWorld();
  world.things.set('a', { ...ours, size: 9 });
  const kinds = [toyKind(world, [box('a')], { losesData: 'its tables' })];
  assert.deepEqual(actionsOf((await toyRun(kinds).prepare()).plan.changes), { a: 'refuse' });
  assert.deepEqual(actionsOf((await toyRun(kinds, { allowDataLoss: ['a'] }).prepare()).plan.changes), { a: 'replace' });
});

test('what is not ours is refused, or taken over when that is allowed', async () => {
  const world = toyWorld();
  world.things.set('a', { ...ours, owner: 'nobody', value: 'theirs' });
  world.things.set('b', { ...ours, owner: 'other' });
  const kinds = [toyKind(world, [box('a'), box('b')])];
  assert.deepEqual(actionsOf((await toyRun(kinds).prepare()).plan.changes), { a: 'refuse', b: 'refuse' });
  assert.deepEqual(actionsOf((await toyRun(kinds, { adopt: true }).prepare()).plan.changes), {
    a: 'adopt',
    b: 'refuse',
  });
});

test('prunes what carries our mark and is no longer declared, and nothing else', async () => {
  const world = toyWorld();
  world.things.set('old', { ...ours });
  world.things.set('theirs', { ...ours, owner: 'other' });
  world.things.set('unmarked', { ...ours, owner: 'nobody' });
  const run = toyRun([toyKind(world, [box('a')])]);
  await run.apply(await run.prepare());
  assert.deepEqual([...world.things.keys()].toSorted(), ['a', 'theirs', 'unmarked']);
});

test('a failure skips what needs it, and the rest goes on', async () => {
  const world = toyWorld();
  world.failures.push(new CloudError('no', { reason: 'invalid', service: 'toy' }));
  const run = toyRun([toyKind(world, [box('a'), box('needs-a', {}, ['a']), box('z')])]);
  const applied = await run.apply(await run.prepare());
  assert.equal(applied.exit, 7);
  assert.deepEqual(world.writes, ['create z']);
  assert.deepEqual(
    run.events.filter((event) => event.type === 'step_skipped').map((event) => event.address),
    ['toy.box/needs-a'],
  );
});

test('prunes nothing while a step has failed', async () => {
  const world = toyWorld();
  world.things.set('old', { ...ours });
  world.failures.push(new CloudError('no', { reason: 'invalid', service: 'toy' }));
  const run = toyRun([toyKind(world, [box('a')])]);
  await run.apply(await run.prepare());
  assert.ok(world.things.has('old'));
});

test('looks again after a race or a busy service', async () => {
  const world = toyWorld();
  world.failures.push(busy(), new CloudError('exists', { reason: 'exists', service: 'toy' }));
  const run = toyRun([toyKind(world, [box('a')])]);
  assert.equal((await run.apply(await run.prepare())).exit, 0);
  assert.deepEqual(world.writes, ['create a']);
});

test('a service that stays busy is given up on', async () => {
  const world = toyWorld();
  world.failures.push(...Array.from({ length: 100 }, busy));
  const run = toyRun([toyKind(world, [box('a')])]);
  assert.equal((await run.apply(await run.prepare())).exit, 1);
});

test('a change that does not take is a named error, not a perpetual diff', async () => {
  const world = toyWorld();
  world.things.set('a', { ...ours, value: 'stuck' });
  const run = toyRun([toyKind(world, [box('a')], { update: async () => undefined })]);
  const applied = await run.apply(await run.prepare());
  assert.equal(applied.problems[0]?.code, 'HELLO9002');
});

test('stops when live has moved to something worse than the plan', async () => {
  const world = toyWorld();
  world.things.set('a', { ...ours, value: 'old' });
  const run = toyRun([toyKind(world, [box('a')])]);
  const prepared = await run.prepare();
  world.things.set('a', { ...ours, value: 'old', size: 9 });
  const applied = await run.apply(prepared);
  assert.equal(applied.exit, 5);
  assert.deepEqual(world.writes, []);
});

test('waits for what is being made already, without making it again', async () => {
  const world = toyWorld();
  let polls = 0;
  const finish = (): void => void world.things.set('a', { ...ours });
  const operation = {
    name: 'op-1',
    poll: async () => ((polls += 1) < 3 ? { done: false as const } : (finish(), { done: true as const })),
  };
  world.things.set('a', { ...ours, readiness: { is: 'progressing', why: 'being created', busy: true, operation } });
  const run = toyRun([toyKind(world, [box('a')])]);
  assert.equal((await run.apply(await run.prepare())).exit, 0);
  assert.equal(polls, 3);
  assert.deepEqual(world.writes, []);
  assert.ok(run.events.some((event) => event.type === 'step_reattached'));
});

test('what does not become ready in time ends with exit 8', async () => {
  const world = toyWorld();
  world.things.set('a', { ...ours, readiness: { is: 'progressing', why: '0 of 3 ready', busy: false } });
  const run = toyRun([
    toyKind(world, [box('a')], {
      readyWithinMs: 1000,
      explain: async () => ({ why: 'the image is missing', state: 'trouble' }),
    }),
  ]);
  const applied = await run.apply(await run.prepare());
  assert.equal(applied.exit, 8);
  assert.match(applied.problems[0]?.message ?? '', /the image is missing/);
});

test('destroys in reverse order, and a second destroy is a no-op', async () => {
  const world = toyWorld();
  const run = toyRun([toyKind(world, [box('a'), box('b', {}, ['a']), box('c', {}, ['b'])])]);
  await run.apply(await run.prepare());
  world.writes.length = 0;
  await run.apply(await run.prepare('destroy'));
  assert.deepEqual(world.writes, ['remove c', 'remove b', 'remove a']);
  const again = await run.prepare('destroy');
  assert.deepEqual(actionsOf(again.plan.changes), { c: 'noop', b: 'noop', a: 'noop' });
});

test('destroy keeps what holds something foreign, and what that needs', async () => {
  const world = toyWorld();
  for (const name of ['a', 'b', 'c']) world.things.set(name, { ...ours });
  const run = toyRun([
    toyKind(world, [box('a'), box('b', {}, ['a']), box('c', {}, ['b'])], { holdsForeign: strangerInB }),
  ]);
  const prepared = await run.prepare('destroy');
  assert.deepEqual(actionsOf(prepared.plan.changes), { c: 'delete', b: 'keep', a: 'keep' });
  await run.apply(prepared);
  assert.deepEqual([...world.things.keys()], ['a', 'b']);
});

test('destroy refuses to lose data until it is named', async () => {
  const world = toyWorld();
  world.things.set('a', { ...ours });
  const kinds = [toyKind(world, [box('a')], { losesData: 'its tables' })];
  const prepared = await toyRun(kinds).prepare('destroy');
  const [change] = prepared.plan.changes;
  assert.ok(change?.action === 'refuse');
  assert.equal(change.problem.code, 'HELLO5001');
  assert.match(change.problem.fix ?? '', /--allow-data-loss a$/);
  assert.deepEqual(actionsOf((await toyRun(kinds, { allowDataLoss: ['toy.box/a'] }).prepare('destroy')).plan.changes), {
    a: 'delete',
  });
});

test('an interrupted run starts nothing new and tells what is in flight', async () => {
  const world = toyWorld();
  const abort = new AbortController();
  const operation = {
    name: 'op-7',
    poll: async () => {
      abort.abort('SIGINT');
      return { done: false as const };
    },
  };
  const create = async (): Promise<typeof operation> => operation;
  const run = toyRun([toyKind(world, [box('a'), box('b', {}, ['a'])], { create })], {}, abort.signal);
  const applied = await run.apply(await run.prepare());
  assert.equal(applied.exit, 130);
  assert.deepEqual(applied.inFlight, ['toy.box/a: operation op-7']);
  assert.deepEqual(world.writes, []);
});

test('the same spec and the same live give the same plan, byte for byte', async () => {
  const world = toyWorld();
  world.things.set('a', { ...ours, value: 'old' });
  const run = toyRun([toyKind(world, [box('a'), box('b')])]);
  assert.equal(JSON.stringify((await run.prepare()).plan), JSON.stringify((await run.prepare()).plan));
});

test('what is not visible right after it was made is waited for, and not made twice', async () => {
  const world = toyWorld();
  let hidden = 3;
  const kind = toyKind(world, [box('a')]);
  const late = toyKind(world, [box('a')], {
    observe: async (ctx, want) =>
      world.things.has('a') && (hidden -= 1) >= 0 ? { is: 'absent' } : kind.observe(ctx, want),
  });
  const run = toyRun([late]);
  assert.equal((await run.apply(await run.prepare())).exit, 0);
  assert.deepEqual(world.writes, ['create a']);
});

test('a plan in which anything is refused is not begun', async () => {
  const world = toyWorld();
  world.things.set('theirs', { ...ours, owner: 'other' });
  const run = toyRun([toyKind(world, [box('a'), box('theirs')])]);
  const applied = await run.apply(await run.prepare());
  assert.equal(applied.exit, 6);
  assert.deepEqual(world.writes, []);
});
