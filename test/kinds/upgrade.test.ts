import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, small, stackWorld, succeeded } from '../support/stack-world.ts';
import { specOf } from '../support/spec.ts';

test('an older version of PostgreSQL is one change of one field, and upgraded in place', async (t) => {
  const world = await stackWorld();
  t.after(async () => world.stop());
  const older = specOf(small.replace('  database:', '  version: POSTGRES_17\n  database:'));
  succeeded(await world.hello({}, older).apply());
  const run = world.hello();
  const plan = await run.plan();
  assert.deepEqual(changesOf(plan), { 'google.sql-instance/hello-world-db': 'update databaseVersion' });
  succeeded(await run.apply(plan));
  assert.deepEqual(changesOf(await world.hello().plan()), {});
});

test('a lower version is refused in the plan, and nothing is tried', async (t) => {
  const world = await stackWorld();
  t.after(async () => world.stop());
  succeeded(await world.hello().apply());
  const lower = specOf(small.replace('  database:', '  version: POSTGRES_17\n  database:'));
  const run = world.hello({}, lower);
  const plan = await run.plan();
  assert.deepEqual(changesOf(plan), { 'google.sql-instance/hello-world-db': 'refuse databaseVersion' });
  assert.equal((await run.apply(plan)).exit, 6);
});
