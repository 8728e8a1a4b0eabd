import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decide } from '../../compiler/engine/decide.ts';
import { kindOf } from '../../compiler/engine/compile.ts';
import type { Prepared } from '../../compiler/engine/plan.ts';
import { registry } from '../../compiler/kinds/registry.ts';
import type { Rule } from '../../compiler/model/kind.ts';
import type { Resource } from '../../compiler/model/resource.ts';
import { changesOf, problemsOf, project, stackWorld, succeeded, type StackWorld } from '../support/stack-world.ts';
import { addStrangers, strangersIn, strangersInPolicy } from './contract/strangers.ts';
import { googleDrifts } from './contract/google-drifts.ts';
import { kubernetesDrifts } from './contract/kubernetes-drifts.ts';
import type { Drift, DriftTable } from './contract/drift.ts';
import { marks } from './contract/marks.ts';
import { snapshot } from './contract/snapshot.ts';
import { system } from './contract/system.ts';

// What holds for every kind, against the local cloud, through the real clients. The tests go through the life of one
// stack in order. A new kind is picked up from the registry, and fails here until it says how its fields drift.

const drifts: DriftTable = { ...googleDrifts, ...kubernetesDrifts };
const allowDataLoss = ['hello-world-db', 'hello_world_db'];
let world: StackWorld;
let applied: Prepared;

before(async () => {
  world = await stackWorld(system);
});
after(async () => world.stop());

test('every kind makes what it declares, and then sees no difference', async () => {
  const first = world.hello();
  const plan = await first.plan();
  const created = new Set(plan.plan.changes.map((change) => change.kind));
  assert.deepEqual([...created].toSorted(), registry.map((kind) => kind.name).toSorted());
  succeeded(await first.apply(plan));
  await addStrangers(world);
  applied = await world.hello().plan();
  assert.deepEqual(changesOf(applied), {});
});

test('every field that may change has its drifts, and every kind says whose its things can be', () => {
  for (const kind of registry) {
    const rows = drifts[kind.name];
    assert.ok(rows, `test/kinds/contract has no drifts of ${kind.name}`);
    assert.ok(kind.name in marks, `test/kinds/contract/marks.ts does not say how ${kind.name} is marked`);
    const fields = fieldsThatMayChange(kind.name);
    assert.deepEqual(Object.keys(rows).toSorted(), fields.toSorted(), `the drifts of ${kind.name}`);
  }
});

for (const [kind, fields] of Object.entries(drifts)) {
  for (const [field, rows] of Object.entries(fields)) {
    if (typeof rows === 'string') continue;
    test(`${kind}: a moved ${field} is shown alone, and mended`, async (t) => {
      t.after(putRight);
      for (const row of rows) await driftsAndHeals(kind, row);
    });
  }
}

test('an immutable field that differs means replacing or refusing, never changing in place', () => {
  for (const resource of applied.graph.resources.values()) {
    const kind = kindOf(registry, resource.kind);
    const seen = applied.live.get(resource.id);
    assert.ok(seen?.is === 'present', resource.id);
    for (const [field, rule] of Object.entries(rulesOf(resource.kind))) {
      if (nameOf(rule) !== 'immutable' || !(field in seen.want)) continue;
      const moved = { ...seen, live: { ...seen.live, [field]: 'moved' } };
      const change = decide(resource, kind, moved, { adopt: true, allowDataLoss: [], forceConflicts: true });
      assert.match(change.action, /^(replace|refuse)$/, `${resource.id} ${field}`);
      assert.ok(!(kind.losesData && change.action === 'replace'), `${resource.id} would lose data`);
    }
  }
});

for (const kind of registry) {
  const row = marks[kind.name];
  if (!row || typeof row === 'string') continue;
  test(`${kind.name}: one of the same name that is not ours is refused, and stays byte for byte`, async (t) => {
    t.after(putRight);
    const { id } = resourceOf(kind.name);
    for (const whose of ['nobody', 'other'] as const) {
      await row.mark(world, whose);
      const asItWas = await snapshot(world);
      const run = world.hello();
      const prepared = await run.plan();
      const change = prepared.plan.changes.find((each) => each.id === id);
      assert.ok(change?.action === 'refuse', `${whose}: ${change?.action}`);
      assert.equal(change.problem.code, 'HELLO5002');
      assert.equal((await run.apply(prepared)).exit, 6);
      const removal = await world.hello({ allowDataLoss }).plan('destroy');
      assert.equal(removal.plan.changes.find((each) => each.id === id)?.action, 'keep', whose);
      assert.deepEqual(await snapshot(world), asItWas);
    }
    await row.mark(world, 'us');
    assert.deepEqual(changesOf(await world.hello().plan()), {});
  });
}

test('google.private-range: one of the same name that is not ours is refused, and stays byte for byte', async (t) => {
  const other = await stackWorld();
  t.after(async () => other.stop());
  const addresses = `/compute/v1/projects/${project}/global/addresses`;
  const range = `${addresses}/hello-world-private-services`;
  const network = `projects/${project}/global/networks/default`;
  const body = { name: 'hello-world-private-services', purpose: 'VPC_PEERING', addressType: 'INTERNAL', network };
  await other.changed('POST', `/v1/projects/${project}/services/compute.googleapis.com:enable`, {});
  await usable(async () => other.google('GET', addresses));
  for (const description of ['', 'hello:another-app']) {
    await other.changed('POST', addresses, { ...body, description, prefixLength: 20 });
    const asItWas = await other.google('GET', range);
    const run = other.hello();
    const prepared = await run.plan();
    assert.match(changesOf(prepared)['google.private-range/hello-world-private-services'] ?? '', /^refuse/);
    assert.equal((await run.apply(prepared)).exit, 6);
    assert.deepEqual(await other.google('GET', range), asItWas);
    await other.changed('DELETE', range);
  }
});

test('what others wrote beside our fields has survived all of it', async () => {
  await strangersIn(world);
});

test('two runs may carry out the same destroy at once, and a later one finds nothing to do', async () => {
  const [one, other] = [world.hello({ allowDataLoss }), world.hello({ allowDataLoss })];
  const plans = [await one.plan('destroy'), await other.plan('destroy')] as const;
  const ends = await Promise.all([one.apply(plans[0]), other.apply(plans[1])]);
  for (const end of ends) succeeded(end);
  const again = world.hello({ allowDataLoss });
  const left = await again.plan('destroy');
  const actions = new Set(left.plan.changes.map((change) => change.action));
  assert.deepEqual([...actions].toSorted(), ['keep', 'noop'], JSON.stringify(changesOf(left)));
  const end = await again.apply(left);
  assert.equal(end.exit, 0, problemsOf(end));
  await strangersInPolicy(world);
});

/** So that a test that fails leaves nothing to the next. */
async function putRight(): Promise<void> {
  await world.hello({ adopt: true, forceConflicts: true }).apply();
}

async function driftsAndHeals(kind: string, row: Drift): Promise<void> {
  await row.move(world);
  const { id } = resourceOf(kind);
  if (row.refused) {
    const change = (await world.hello().plan()).plan.changes.find((each) => each.id === id);
    assert.ok(change?.action === 'refuse', `${id}: ${change?.action} without being allowed`);
    assert.equal(change.problem.code, row.refused);
  }
  const run = world.hello(row.allow);
  const prepared = await run.plan();
  const { [id]: own = '', ...elsewhere } = changesOf(prepared);
  const [action, ...paths] = own.split(' ');
  assert.equal(action, row.allow && 'adopt' in row.allow ? 'adopt' : 'update', own);
  assert.deepEqual(paths, row.shows.toSorted());
  assert.deepEqual(elsewhere, row.elsewhere ?? {});
  succeeded(await run.apply(prepared));
  assert.deepEqual(changesOf(await world.hello().plan()), {}, `the plan after mending ${id}`);
}

function resourceOf(kind: string): Resource {
  const found = [...world.hello().session.graph.resources.values()].find((resource) => resource.kind === kind);
  assert.ok(found, `the stack has no ${kind}`);
  return found;
}

/** Of the fields that the stack sets: what its spec leaves out is not compared, so it cannot drift. */
function fieldsThatMayChange(kind: string): string[] {
  const { desired } = resourceOf(kind);
  return Object.entries(rulesOf(kind))
    .filter(([field, rule]) => nameOf(rule) !== 'immutable' && field in desired)
    .map(([field]) => field);
}

function rulesOf(kind: string): Readonly<Record<string, Rule<unknown>>> {
  return kindOf(registry, kind).rules as Readonly<Record<string, Rule<unknown>>>;
}

function nameOf(rule: Rule<unknown>): string {
  return typeof rule === 'object' ? rule.rule : rule;
}

/** An API that was enabled a moment ago answers only after another. */
async function usable(ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const ok = await ask().then(
      () => true,
      () => false,
    );
    if (ok) return;
    await new Promise((done) => setTimeout(done, 10));
  }
  assert.fail('the API did not become usable');
}
