import assert from 'node:assert/strict';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { Change } from '../../compiler/model/change.ts';
import { changesOf, cliWorld, type Json } from '../support/cli.ts';

/** The example of a web service, a worker and a migration, in the folder of a user. */
const example = 'examples/web-worker-migration';
const config = readFileSync(join(example, 'hello.config.yaml'), 'utf8').replace('{ min: 2, max: 4 }', '1');
const world = cliWorld(config);
cpSync(example, world.folder, { recursive: true });
symlinkSync(resolve('node_modules'), join(world.folder, 'node_modules'));
world.write(config);

interface List {
  readonly items: readonly {
    readonly metadata: {
      readonly name: string;
      readonly uid: string;
      readonly creationTimestamp: string;
      readonly ownerReferences?: readonly { readonly name: string }[];
    };
    readonly status: Json;
  }[];
}

const jobs = '/apis/batch/v1/namespaces/board/jobs';
const sets = '/apis/apps/v1/namespaces/board/replicasets';

/** The pods of the migrations that are there: one for each run. */
async function runs(): Promise<string[]> {
  const { items } = await world.kube<List>('GET', '/api/v1/namespaces/board/pods?labelSelector=job-name');
  return items.map(({ metadata }) => metadata.uid).toSorted();
}

async function names(path: string): Promise<string[]> {
  const { items } = await world.kube<List>('GET', path);
  return items.map(({ metadata }) => metadata.name).toSorted();
}

/** What the plan would do to jobs, however they are named. */
async function jobActions(): Promise<string[]> {
  const { changes } = await world.plan();
  return changes.filter(isJob).map(({ action }) => action);
}

const isJob = ({ kind }: Change): boolean => kind === 'kubernetes.job';

test('a migration has run to its end before anything is rolled out', async () => {
  await world.ends(0, 'apply --local --yes');
  const [job] = (await world.kube<List>('GET', jobs)).items;
  const done = Date.parse(String(job?.status['completionTime']));
  const rolledOut = (await world.kube<List>('GET', sets)).items.map((each) => each.metadata.creationTimestamp);
  assert.equal(rolledOut.length, 2);
  for (const at of rolledOut) assert.ok(Date.parse(at) >= done, `${at} is before ${done}`);
});

test('a migration that is as it was does not run again, even when a service is rolled out', async () => {
  const before = await runs();
  assert.equal(before.length, 1);
  await world.ends(0, 'apply --local --yes');
  assert.deepEqual(await runs(), before);
  world.write(config.replace('replicas: 1\njobs', 'replicas: 1\n    env: { PACE: slow }\njobs'));
  assert.deepEqual(await jobActions(), ['noop']);
  await world.ends(0, 'apply --local --yes');
  assert.deepEqual(await runs(), before);
});

test('a migration with another environment, or other arguments, runs once more', async () => {
  for (const change of ['env: { STEP: two }', 'args: [--verbose]']) {
    const before = await names(jobs);
    world.write(`${config}    ${change}\n`);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await world.ends(0, 'apply --local --yes');
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const after = await names(jobs);
    assert.equal(after.filter((name) => !before.includes(name)).length, 1, after.join(' '));
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.deepEqual(changesOf(await world.plan()), {});
  }
});

test('a migration that fails stops the rollout, and is run again by the apply after it is mended', async () => {
  const migrate = join(world.folder, 'migrate.js');
  const good = readFileSync(migrate, 'utf8');
  const [before, setsBefore] = [await runs(), await names(sets)];
  writeFileSync(migrate, "console.error('the column is there already');\nprocess.exit(3);\n");
  world.write(`${config.replace('node, web.js]', 'node, web.js, --loud]')}    env: { STEP: three }\n    retries: 0\n`);
  const failed = await world.ends(8, 'apply --local --yes');
  assert.match(failed.stdout + failed.stderr, /app exited with 3: .*the column is there already/);
  assert.deepEqual(await names(sets), setsBefore);
  assert.match((await world.ends(0, 'plan --local')).stdout, /-\/\+ kubernetes\.job\/migrate-/);
  await world.ends(8, 'apply --local --yes');
  assert.deepEqual(await names(sets), setsBefore);

  writeFileSync(migrate, good);
  await world.ends(0, 'apply --local --yes');
  assert.equal((await runs()).filter((uid) => !before.includes(uid)).length, 1);
  assert.equal((await names(sets)).filter((name) => !setsBefore.includes(name)).length, 1);
  assert.deepEqual(changesOf(await world.plan()), {});
});
