import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyCase, seeds, type Chance } from '../../simulation/chance.ts';
import { leavesOf, ordersOf, ownedPaths, Owners } from './apply-oracle.ts';
import { startCluster, type Answer, type Json, type TestCluster } from './cluster.ts';

const managers = ['ann', 'bob', 'cat'] as const;
const home = '/apis/apps/v1/namespaces/default/replicasets/web';
/** Nested as deep as any, and nothing but its status is written by others. */
const identity = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web' } };

/** What makes the object a valid one; the others add to it, and take away again. */
const base = {
  ...identity,
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'app:1' }] },
    },
  },
};

/** Some of these, in any order. */
function some<T>(chance: Chance, all: readonly T[], often = 0.5): T[] {
  return all
    .filter(() => chance.is(often))
    .map((each) => ({ each, rank: chance.draw() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ each }) => each);
}

/** Leaves out what is empty: an empty map or list is another statement than none. */
function filled(value: Json): Json {
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value as Record<string, Json>).map(([name, inner]) => [name, filled(inner)] as const);
  return Object.fromEntries(
    members.filter(([, inner]) => typeof inner !== 'object' || Object.keys(inner as object).length > 0),
  );
}

const few = ['1', '2'] as const;
const pairs = (chance: Chance, keys: readonly string[]): Json =>
  Object.fromEntries(some(chance, keys).map((key) => [key, chance.pick(few)]));

function container(chance: Chance, name: string): Json {
  return {
    name,
    image: `${name}:${chance.pick(few)}`,
    env: some(chance, ['A', 'B', 'C', 'D']).map((key) => ({ name: key, value: chance.pick(few) })),
    ports: some(chance, [80, 81, 82], 0.3).map((port) => ({
      containerPort: port,
      ...(chance.is(0.5) ? { protocol: 'TCP' } : {}),
      ...(chance.is(0.5) ? { name: `p${port}` } : {}),
    })),
    args: some(chance, ['x', 'y'], 0.3),
  };
}

function config(chance: Chance): Json {
  const template = {
    metadata: { annotations: pairs(chance, ['p', 'q']) },
    spec: {
      containers: some(chance, ['app', 'side', 'log'], 0.4).map((name) => container(chance, name)),
      nodeSelector: chance.is(0.2) ? { disk: chance.pick(few) } : {},
      tolerations: chance.is(0.2) ? [{ key: 'k', operator: 'Equal', value: chance.pick(few) }] : [],
    },
  };
  const whole = { ...identity, metadata: { ...identity.metadata, labels: pairs(chance, ['a', 'b', 'c']) } };
  return filled({ ...whole, spec: { ...(chance.is(0.2) ? { minReadySeconds: 1 + chance.below(2) } : {}), template } });
}

const causes = ({ json }: Answer): readonly string[] =>
  json.details.causes
    .map(({ message, field }: Json) => `${/conflict with "([^"]*)"/.exec(message)?.[1]} · ${field}`)
    .toSorted();

/** Without what its controller writes at any moment. */
function applied(json: Json): Json {
  const { status: _, metadata, ...rest } = json;
  const { resourceVersion: __, managedFields, ...own } = metadata;
  const asked = managedFields.filter((each: Json) => each.subresource !== 'status');
  return { ...rest, metadata: { ...own, managedFields: asked } };
}

/** One apply, and all that must hold after it. */
async function step({ ask, apply }: TestCluster, chance: Chance, owners: Owners): Promise<void> {
  const who = chance.pick(managers);
  const force = chance.is(0.5);
  const body = config(chance);
  const wanted = leavesOf(body);
  const before = (await ask('GET', home)).json;
  const live = leavesOf(before);
  const conflicts = owners.conflicts(who, wanted, live);
  const dropped = owners.dropped(who, wanted);
  const answer = await apply(home, body, `fieldManager=${who}&force=${force}`);
  const told = `${who} applies ${JSON.stringify(body)} with force=${force} to ${JSON.stringify(before)}: ${answer.text}`;
  if (conflicts.length > 0 && !force) {
    assert.equal(answer.code, 409, told);
    assert.deepEqual(causes(answer), conflicts, told);
    return assert.deepEqual(applied((await ask('GET', home)).json), applied(before));
  }
  const gone = new Set(dropped);
  const imageless = dropped.some((path) => path.endsWith('.image') && !gone.has(path.replace(/\.image$/, '')));
  if (imageless) return assert.equal(answer.code, 422, told);
  assert.equal(answer.code, 200, told);
  const after = leavesOf(answer.json);
  for (const [path, value] of wanted) assert.equal(after.get(path), value, `${path} is as applied: ${told}`);
  // The protocol of a port that stays comes back, as a default.
  const cleared = dropped.filter((path) => !path.endsWith('.protocol') || gone.has(path.replace(/\.protocol$/, '')));
  for (const path of cleared) assert.equal(after.has(path), false, `${path} has no owner and is gone: ${told}`);
  for (const other of owners.others(who)) {
    for (const path of owners.of(other)) {
      if (!wanted.has(path)) assert.equal(after.get(path), live.get(path), `${path} of ${other} stays: ${told}`);
    }
  }
  checkOrders(body, before, answer.json, told);
  owners.apply(who, wanted, live, after);
  checkOwners(answer.json, owners, told);
  const again = await apply(home, body, `fieldManager=${who}&force=${force}`);
  return assert.deepEqual(applied(again.json), applied(answer.json), `applied twice: ${told}`);
}

/** Items that were applied are in the order of the apply, all others in the order that they had. */
function checkOrders(body: Json, before: Json, after: Json, told: string): void {
  const [asked, had] = [ordersOf(body), ordersOf(before)];
  for (const [path, order] of ordersOf(after)) {
    const own = asked.get(path) ?? [];
    assert.deepEqual(
      order.filter((each) => own.includes(each)),
      own,
      `${path} as applied: ${told}`,
    );
    const others = order.filter((each) => !own.includes(each));
    const kept = (had.get(path) ?? []).filter((each) => others.includes(each));
    assert.deepEqual(others, kept, `${path} of others: ${told}`);
  }
}

function checkOwners(json: Json, owners: Owners, told: string): void {
  for (const manager of ['base', ...managers]) {
    const entry = json.metadata.managedFields.find((each: Json) => each.manager === manager);
    assert.deepEqual(
      ownedPaths(entry?.fieldsV1 ?? {}).toSorted(),
      [...owners.of(manager)].toSorted(),
      `what ${manager} owns: ${told}`,
    );
  }
}

test('any applies of several managers to one object obey the laws of server-side apply', async (t) => {
  const all = seeds(3);
  t.diagnostic(`HELLO_SEED=${all[0]}`);
  await everyCase(all, async (chance) => {
    const cluster = await startCluster(t);
    const owners = new Owners();
    const made = await cluster.apply(home, base, 'fieldManager=base');
    assert.equal(made.code, 201, made.text);
    owners.apply('base', leavesOf(base), new Map(), leavesOf(made.json));
    for (let turn = 0; turn < 40; turn += 1) await step(cluster, chance, owners);
  });
});
