import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Applied } from '../../compiler/engine/apply.ts';
import type { Prepared } from '../../compiler/engine/plan.ts';
import { isCloudError } from '../../compiler/base/errors.ts';
import { isRef, type Declaration } from '../../compiler/model/resource.ts';
import { box, outputOf, toyRun, type Box, type ToyRun } from '../support/toy.ts';
import { everyCase, seeds, type Chance } from './chance.ts';
import { fairWeather, simulatedCloud, thingKind, type SimulatedCloud, type Thing } from './cloud.ts';

// Random graphs, live edits, failures and deaths over a cloud in memory. A failure is told with its seed:
// HELLO_SEED=… npm test shows that one case again.

const cases = 200;
type Declared = readonly Declaration<Box>[];

test('after a clean apply there is nothing to do, and all that is not ours is as it was', async () => {
  await everyCase(seeds(cases), async (chance) => {
    const { cloud, declared, hello } = scene(chance);
    const expected = expectedWorld(cloud, declared);
    const run = hello();
    const prepared = await run.prepare();
    const applied = await run.apply(prepared);
    assert.equal(applied.exit, 0, told(applied));
    await isDone({ cloud, hello, expected });
    onlyAsPlanned(cloud, prepared);
    tellsNoSecret(run, prepared, applied);
  });
});

test('whatever fails on the way, running again ends in the same world', async () => {
  await everyCase(seeds(cases), async (chance) => {
    const { cloud, declared, hello } = scene(chance);
    const expected = expectedWorld(cloud, declared);
    cloud.weather = { writeFails: chance.draw() / 2, readFails: chance.draw() / 10, slow: chance.draw() };
    for (let runs = 0; runs < 20; runs += 1) {
      const run = hello();
      const prepared = await planned(run);
      cloud.writes.length = 0;
      const applied = await run.apply(prepared);
      onlyAsPlanned(cloud, prepared);
      tellsNoSecret(run, prepared, applied);
      if (applied.exit === 0) break;
    }
    cloud.weather = fairWeather;
    await isDone({ cloud, hello, expected });
  });
});

test('a run that dies at any request is completed by the next, in the world of one that lived', async () => {
  await everyCase(seeds(cases), async (chance) => {
    const { cloud, declared, hello } = scene(chance);
    const expected = expectedWorld(cloud, declared);
    cloud.weather = { writeFails: 0.1, readFails: 0, slow: chance.draw() };
    for (let deaths = 1 + chance.below(3); deaths > 0; deaths -= 1) {
      const run = hello();
      const prepared = await run.prepare();
      cloud.left = chance.below(40);
      await untilDead(cloud, run.apply(prepared));
    }
    cloud.weather = fairWeather;
    const last = hello();
    const applied = await last.apply(await last.prepare());
    assert.equal(applied.exit, 0, told(applied));
    await isDone({ cloud, hello, expected });
  });
});

test('two applies at once end as one world', async () => {
  await everyCase(seeds(cases), async (chance) => {
    const { cloud, declared, hello } = scene(chance);
    const expected = expectedWorld(cloud, declared);
    cloud.weather = { writeFails: 0.05, readFails: 0, slow: chance.draw() };
    const runs = [hello(), hello()] as const;
    const plans = await Promise.all(runs.map(planned));
    await Promise.all(runs.map(async (run, index) => plans[index] && run.apply(plans[index])));
    assert.deepEqual(cloud.broken, []);
    cloud.weather = fairWeather;
    // Where one saw the other half-way through a replacement it may have stopped; running again continues.
    const last = hello();
    const applied = await last.apply(await last.prepare());
    assert.equal(applied.exit, 0, told(applied));
    await isDone({ cloud, hello, expected });
  });
});

test('what moves between plan and apply is never changed in a way that the plan did not show', async () => {
  await everyCase(seeds(cases), async (chance) => {
    const { cloud, declared, hello } = scene(chance);
    cloud.weather = { writeFails: 0, readFails: 0, slow: 0.5 };
    const run = hello();
    const prepared = await run.prepare();
    editLive(cloud, declared, chance);
    const strangers = notOurs(cloud);
    const applied = await run.apply(prepared);
    onlyAsPlanned(cloud, prepared);
    assert.deepEqual(notOurs(cloud), strangers);
    tellsNoSecret(run, prepared, applied);
  });
});

test('a destroy that dies is completed by the next, and takes nothing that is not ours', async () => {
  await everyCase(seeds(cases), async (chance) => {
    const { cloud, hello } = scene(chance);
    const strangers = notOurs(cloud);
    cloud.weather = { writeFails: 0.1, readFails: 0, slow: 0.3 };
    const run = hello();
    await run.apply(await run.prepare());
    const dying = hello();
    const prepared = await dying.prepare('destroy');
    cloud.left = chance.below(30);
    await untilDead(cloud, dying.apply(prepared));
    cloud.weather = fairWeather;
    const last = hello();
    const applied = await last.apply(await last.prepare('destroy'));
    assert.equal(applied.exit, 0, told(applied));
    assert.deepEqual(Object.fromEntries(cloud.things), strangers);
  });
});

interface Scene {
  readonly cloud: SimulatedCloud;
  readonly declared: Declared;
  /** A new process: nothing is remembered of earlier runs. */
  hello(): ToyRun;
}

/** A random graph, and a live world in which some of it is there, some has moved, and some things are others'. */
function scene(chance: Chance): Scene {
  const cloud = simulatedCloud();
  const declared = randomGraph(chance);
  for (const { key, desired, after = [] } of declared) {
    const refs = isRef(desired.value) ? [desired.value.ref] : [];
    cloud.needs.set(
      key,
      [...after, ...refs].map((id) => id.slice('toy.box/'.length)),
    );
  }
  const expected = finalValues(declared);
  for (const { key } of declared) {
    const needed = cloud.needs.get(key) ?? [];
    const mayExist = needed.every((need) => cloud.things.has(need));
    const waits = chance.is(0.3) ? 1 + chance.below(3) : 0;
    const live = { ...thingOf(expected, key), owner: 'us', waits, busy: chance.is(0.5) } as const;
    if (mayExist && chance.is(0.5)) cloud.things.set(key, live);
  }
  for (let edits = chance.below(4); edits > 0; edits -= 1) editLive(cloud, declared, chance);
  for (const [name, owner] of [
    ['old', 'us'],
    ['theirs', 'other'],
    ['unmarked', 'nobody'],
  ] as const)
    if (chance.is(0.5)) cloud.things.set(name, { ...stranger(name), owner });
  const kinds = (): ReturnType<typeof thingKind>[] => [thingKind(cloud, declared, chance)];
  return { cloud, declared, hello: () => toyRun(kinds()) };
}

function randomGraph(chance: Chance): Declared {
  const names = Array.from({ length: 1 + chance.below(9) }, (_, index) => `n${index}`);
  return names.map((name, index) => {
    const earlier = names.slice(0, index);
    const after = earlier.filter(() => chance.is(0.3));
    const ref = earlier[chance.below(earlier.length || 1)];
    const value = ref !== undefined && chance.is(0.3) ? outputOf(ref) : `v${chance.below(3)}`;
    return box(name, { value, password: `canary-${name}` }, after);
  });
}

/** What each thing is in the end: references read through. */
function finalValues(declared: Declared): ReadonlyMap<string, Box> {
  const values = new Map<string, Box>();
  for (const { key, desired } of declared) {
    const { value } = desired;
    const read = isRef(value) ? (values.get(value.ref.slice('toy.box/'.length))?.value ?? '') : value;
    values.set(key, { name: key, value: read, size: 1, password: `canary-${key}` });
  }
  return values;
}

function editLive(cloud: SimulatedCloud, declared: Declared, chance: Chance): void {
  const name = `n${chance.below(declared.length)}`;
  const found = cloud.things.get(name);
  if (!found) return;
  const version = found.version + 1;
  const edits: readonly [() => void, ...(() => void)[]] = [
    () => cloud.things.set(name, { ...found, version, value: 'moved' }),
    () => cloud.things.set(name, { ...found, version, size: 9 }),
    () => cloud.things.set(name, { ...found, version, password: 'moved-canary' }),
    () => cloud.things.set(name, { ...found, version, note: 'theirs' }),
    () => cloud.things.delete(name),
  ];
  chance.pick(edits)();
}

function thingOf(values: ReadonlyMap<string, Box>, name: string): Omit<Thing, 'owner'> {
  return { ...(values.get(name) ?? stranger(name)), version: 1, waits: 0, busy: false };
}

function stranger(name: string): Omit<Thing, 'owner'> {
  return { name, value: 'x', size: 3, password: 'their-canary', version: 1, waits: 0, busy: false };
}

/** All declared things as declared, with the notes of others unless they had to be replaced; and all that is not ours. */
function expectedWorld(cloud: SimulatedCloud, declared: Declared): Record<string, object> {
  const ours = [...finalValues(declared)].map(([name, want]) => {
    const found = cloud.things.get(name);
    const keeps = found?.note !== undefined && found.size === 1;
    return [name, { ...want, owner: 'us', ...(keeps && { note: found.note }) }] as const;
  });
  return {
    ...Object.fromEntries(ours),
    ...Object.fromEntries(strangersIn(cloud).map(([name, thing]) => [name, shown(thing)])),
  };
}

function strangersIn(cloud: SimulatedCloud): [string, Thing][] {
  return [...cloud.things].filter(([, thing]) => thing.owner !== 'us');
}

function notOurs(cloud: SimulatedCloud): Record<string, Thing> {
  return Object.fromEntries(strangersIn(cloud));
}

function shown({ name, value, size, password, owner, note }: Thing): object {
  return { name, value, size, password, owner, ...(note !== undefined && { note }) };
}

async function isDone({
  cloud,
  hello,
  expected,
}: Pick<Scene, 'cloud' | 'hello'> & { expected: object }): Promise<void> {
  assert.deepEqual(Object.fromEntries([...cloud.things].map(([name, thing]) => [name, shown(thing)])), expected);
  assert.deepEqual(cloud.broken, []);
  const { plan } = await hello().prepare();
  assert.deepEqual(
    plan.changes.filter((change) => change.action !== 'noop'),
    [],
  );
}

const allowed: Readonly<Record<string, readonly string[]>> = {
  // What one run makes, another may find half made and finish; and what has vanished is made again.
  create: ['create', 'update'],
  update: ['update', 'create'],
  replace: ['remove', 'create', 'update'],
  delete: ['remove'],
  noop: ['create'],
};

/** Nothing was done to anything that the plan did not say would be done to it. */
function onlyAsPlanned(cloud: SimulatedCloud, { plan }: Prepared): void {
  const actions = new Map(plan.changes.map((change) => [change.id.slice('toy.box/'.length), change.action]));
  for (const write of cloud.writes) {
    const [verb = '', name = ''] = write.split(' ');
    const action = actions.get(name) ?? 'none';
    assert.ok(allowed[action]?.includes(verb), `${write}, though the plan says ${action}`);
  }
}

function tellsNoSecret(run: ToyRun, prepared: Prepared, applied: Applied): void {
  assert.doesNotMatch(JSON.stringify([prepared.plan, run.events, [...applied.outputs], applied.problems]), /canary/);
}

/** A plan from half a look is no plan: it is made again. */
async function planned(run: ToyRun): Promise<Prepared> {
  for (;;) {
    try {
      return await run.prepare();
    } catch (error) {
      if (!isCloudError(error, 'unavailable')) throw error;
    }
  }
}

/** Waits until the run has ended, or is dead: then it never goes on. */
async function untilDead(cloud: SimulatedCloud, running: Promise<Applied>): Promise<void> {
  const run = { ended: false };
  void running.then(() => (run.ended = true));
  while (cloud.left >= 0 && !run.ended) await new Promise((resolve) => setImmediate(resolve));
  cloud.left = Number.POSITIVE_INFINITY;
}

function told({ problems }: Applied): string {
  return problems.map((each) => `${each.code} ${each.message}`).join('\n');
}
