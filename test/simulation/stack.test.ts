import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../compiler/model/event.ts';
import { changesOf, problemsOf, project, stackWorld, succeeded, type StackWorld } from '../support/stack-world.ts';
import { query } from '../support/postgres.ts';
import { objectPaths } from '../kinds/contract/kubernetes-drifts.ts';
import { everyCase, seeds, type Chance } from './chance.ts';

// The same storms as in engine.test.ts, fewer of them, over the local cloud: real clients, real PostgreSQL, real pods.

const allowDataLoss = ['hello-world-db', 'hello_world_db'];

test('whatever fails and whenever it is cut off, the stack is there in the end, and the plan is empty', async (t) => {
  const all = seeds(4);
  t.diagnostic(`HELLO_SEED=${all[0]}`);
  await everyCase(all, async (chance) => {
    const world = await stackWorld();
    try {
      for (let storms = 1 + chance.below(2); storms > 0; storms -= 1) {
        await stormy(world, chance);
        await cutOff(world, chance);
      }
      await world.google('DELETE', '/_local/faults');
      await completes(world);
    } finally {
      await world.stop();
    }
  });
});

test('two applies at once make one stack', async (t) => {
  const world = await stackWorld();
  t.after(async () => world.stop());
  const runs = [world.hello(), world.hello()] as const;
  const plans = await Promise.all(runs.map(async (run) => run.plan()));
  await Promise.all(runs.map(async (run, index) => run.apply(plans[index])));
  await completes(world);
});

test('a destroy that is cut off is completed by the next', async (t) => {
  const all = seeds(2);
  t.diagnostic(`HELLO_SEED=${all[0]}`);
  await everyCase(all, async (chance) => {
    const world = await stackWorld();
    try {
      succeeded(await world.hello().apply());
      await stormy(world, chance);
      await cutOff(world, chance, 'destroy');
      await world.google('DELETE', '/_local/faults');
      await eventuallyDone(async () => world.hello({ allowDataLoss }).destroy());
      const { plan } = await world.hello({ allowDataLoss }).plan('destroy');
      assert.deepEqual(
        plan.changes.filter((change) => !['noop', 'keep'].includes(change.action)),
        [],
      );
    } finally {
      await world.stop();
    }
  });
});

/** Arms faults that strike requests of all APIs, before or after their effect. Not all storms are the same. */
async function stormy(world: StackWorld, chance: Chance): Promise<void> {
  const named = ['unavailable', 'internal', 'bad-gateway', 'rate-limited', 'reset'] as const;
  const faults = Array.from({ length: 3 }, () => ({
    match: chance.pick(['^(POST|PATCH|PUT|DELETE) ', '^GET ', 'instances', 'clusters', 'IamPolicy', 'services']),
    named: chance.pick(named),
    times: 1 + chance.below(3),
    probability: 0.2 + chance.draw() / 2,
    seed: chance.below(1e6),
    afterEffect: chance.pick(['apply', 'drop']),
  }));
  await world.google('POST', '/_local/faults', faults);
}

/** Begins an apply that stops at a random event, as the user's Ctrl-C does. */
async function cutOff(world: StackWorld, chance: Chance, mode: 'apply' | 'destroy' = 'apply'): Promise<void> {
  const end = new AbortController();
  let left = chance.below(60);
  const onEvent = (_event: Event): void => {
    left -= 1;
    if (left < 0) end.abort();
  };
  const run = world.hello({ signal: end.signal, onEvent, allowDataLoss });
  // A storm may end a look before there is a plan; that run has done nothing then.
  const prepared = await run.plan(mode).catch(() => undefined);
  if (prepared) await run.apply(prepared);
}

/** The next run in fair weather does the rest, and the one after has nothing to do. */
async function completes(world: StackWorld): Promise<void> {
  await eventuallyDone(async () => world.hello().apply());
  assert.deepEqual(changesOf(await world.hello().plan()), {});
  const { data } = await world.kube<{ data: { PGPASSWORD: string } }>('GET', objectPaths['kubernetes.secret'] ?? '');
  const password = Buffer.from(data.PGPASSWORD, 'base64').toString();
  assert.ok(!world.told.join('\n').includes(password), 'a password was told');
  const [server] = world.cloud.status().sql;
  const where = { PGHOST: '127.0.0.1', PGPORT: String(server?.port), PGDATABASE: 'hello_world_db', PGUSER: 'hello' };
  assert.deepEqual(await query({ ...where, PGPASSWORD: password }, 'SELECT 1 AS one'), [{ one: 1 }]);
  const users = await world.google<{ items: readonly { name: string }[] }>(
    'GET',
    `/v1/projects/${project}/instances/hello-world-db/users`,
  );
  assert.deepEqual(users.items.map((user) => user.name).toSorted(), ['hello', 'postgres']);
}

/** What an earlier run has left running may take one run more: never more than two. */
async function eventuallyDone(run: () => ReturnType<ReturnType<StackWorld['hello']>['apply']>): Promise<void> {
  const first = await run();
  if (first.exit === 0) return;
  const second = await run();
  assert.equal(second.exit, 0, `${problemsOf(first)}\nthen\n${problemsOf(second)}`);
}
