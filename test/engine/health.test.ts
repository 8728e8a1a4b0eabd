import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../compiler/model/event.ts';
import type { Readiness, Trouble } from '../../compiler/model/kind.ts';
import { eventSchema } from '../../compiler/render/output-schemas.ts';
import { box, toyKind, toyRun, toyWorld, type Live } from '../support/toy.ts';

const sick: Readiness = { is: 'progressing', why: '0 of 1 ready', busy: false };
const ours: Live = { value: 'v', size: 1, password: 'p', owner: 'us', readiness: sick };
const at = { file: 'hello.config.yaml', line: 3, column: 5, length: 4, text: '    image: a' };
const look = [['app', 'image']];

function told(events: readonly Event[]): string[] {
  return events.flatMap((event) => (event.type === 'health' ? [event.message] : []));
}

/** Applies one box that is not ready, and has these troubles one after the other, the last of them for ever. */
async function applySick(troubles: readonly (Trouble | undefined)[], readyWithinMs = 600_000) {
  const world = toyWorld();
  world.things.set('a', { ...ours });
  let asked = 0;
  const explain = async (): Promise<Trouble | undefined> => {
    asked += 1;
    return troubles[Math.min(asked, troubles.length) - 1];
  };
  const run = toyRun([toyKind(world, [box('a')], { readyWithinMs, explain })], {}, undefined, {
    whereIs: ([key]) => key && { key: key.join('.'), at },
  });
  const applied = await run.apply(await run.prepare());
  const waited = run.events.findLast((event) => event.type === 'step_progress')?.elapsed_ms ?? 0;
  return { applied, events: run.events, waited };
}

test('a trouble is told once, within seconds, with the key of the config and its place', async () => {
  const { events, applied } = await applySick([{ why: 'no such image', look, state: 'trouble' }], 60_000);
  const health = events.filter((event) => event.type === 'health');
  assert.deepEqual(health, [{ type: 'health', address: 'toy.box/a', message: 'no such image', key: 'app.image', at }]);
  const before = events.slice(
    0,
    events.findIndex((event) => event.type === 'health'),
  );
  assert.ok(before.every((event) => event.type !== 'step_progress' || event.elapsed_ms < 2_000));
  for (const event of health) eventSchema.parse(event);
  const [problem] = applied.problems;
  assert.deepEqual([applied.exit, problem?.code, problem?.at], [8, 'HELLO3005', at]);
  assert.match(problem?.message ?? '', /is not ready: no such image$/);
  assert.match(problem?.fix ?? '', /look at `app\.image`/);
});

test('what belongs to every start is not told as a trouble, but is the reason when nothing else comes', async () => {
  const { events, applied } = await applySick([{ why: 'still starting', state: 'starting' }], 5_000);
  assert.deepEqual(told(events), []);
  assert.match(applied.problems[0]?.message ?? '', /still starting$/);
});

test('another trouble is told, and ever new words of the same one are not', async () => {
  const words = Array.from({ length: 8 }, (_, index) => ({
    why: `crash at ${index}`,
    look,
    state: 'trouble' as const,
  }));
  const probe = { why: 'probe failed', look: [['app', 'probes']], state: 'trouble' as const };
  const { events } = await applySick([...words, probe], 14_000);
  assert.deepEqual(told(events), ['crash at 0', 'probe failed']);
});

test('what waiting will not mend is waited for a minute, not until the deadline', async () => {
  const { applied, waited } = await applySick([{ why: 'no such image', look, state: 'stuck' }]);
  assert.equal(applied.exit, 8);
  assert.ok(waited > 50_000 && waited < 80_000, String(waited));
});

test('a deadline that is shorter than that holds, and what may still come is waited for until it', async () => {
  const short = await applySick([{ why: 'no such image', look, state: 'stuck' }], 10_000);
  assert.ok(short.waited <= 10_000, String(short.waited));
  const hope = await applySick([{ why: 'no node', look, state: 'trouble' }]);
  assert.ok(hope.waited > 580_000, String(hope.waited));
});

test('a trouble that is not to be seen at the last moment is the reason still', async () => {
  const { applied } = await applySick([{ why: 'it crashes', look, state: 'trouble' }, undefined], 5_000);
  assert.match(applied.problems[0]?.message ?? '', /it crashes$/);
});

/** Two boxes whose change makes the second one sick; the first is read by it when it starts. */
async function rollBackFrom(done: boolean, rollBackOnFailure = true) {
  const world = toyWorld();
  const well: Live = { ...ours, value: 'old', readiness: { is: 'ready' } };
  world.things.set('config', { ...well });
  world.things.set('web', { ...well });
  const kind = toyKind(world, [box('config', { value: 'new' }), box('web', { value: 'new' }, ['config'])], {
    readyWithinMs: 5_000,
    goesBackToo: true,
    async update(_ctx, { name, value }) {
      world.writes.push(`${name}: ${value}`);
      const readiness = name === 'web' ? sick : well.readiness;
      world.things.set(name, { ...well, value, readiness });
    },
    async rollBack(_ctx, _want, first) {
      if (done) await first();
      if (done) world.things.set('web', { ...well });
      return { done, message: done ? 'rolled back to 1' : 'this is its first release' };
    },
  });
  const run = toyRun([kind], {}, undefined, { rollBackOnFailure });
  const applied = await run.apply(await run.prepare());
  return { world, applied, events: run.events.filter((event) => event.type === 'rollback') };
}

test('a release that fails is put back with what it reads, and the run still has failed', async () => {
  const { world, applied, events } = await rollBackFrom(true);
  assert.deepEqual(world.writes, ['config: new', 'web: new', 'config: old']);
  assert.deepEqual(events, [
    { type: 'rollback', address: 'toy.box/web', done: true, message: 'rolled back to 1; it is healthy' },
  ]);
  for (const event of events) eventSchema.parse(event);
  assert.equal(applied.exit, 8);
});

test('where there is nothing to go back to, that is said', async () => {
  const { world, applied, events } = await rollBackFrom(false);
  assert.deepEqual(world.writes, ['config: new', 'web: new']);
  assert.deepEqual(events, [
    { type: 'rollback', address: 'toy.box/web', done: false, message: 'this is its first release' },
  ]);
  assert.equal(applied.exit, 8);
});

test('nothing is put back that nobody asked to be', async () => {
  const { world, events } = await rollBackFrom(true, false);
  assert.deepEqual([world.writes, events], [['config: new', 'web: new'], []]);
});
