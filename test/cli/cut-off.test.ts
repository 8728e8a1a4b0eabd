import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { changesOf, clusters, cliWorld, greet, instances, lastLine, project, type Json } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';

const world = cliWorld();
const account = `hello-world@${project}.iam.gserviceaccount.com`;

/** How many lines an apply has written by now. */
const linesOf = (text: string): number => text.split('\n').length - 1;

/** A small generator (mulberry32): the same seed gives the same moments. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Fails unless there is one of everything that the stack is made of, whatever was cut off on the way. */
async function oneOfEverything(): Promise<void> {
  const count = async (path: string, member: string): Promise<number> =>
    ((await world.google<Record<string, Json[]>>('GET', path))[member] ?? []).length;
  assert.equal(await count(clusters, 'clusters'), 1, 'clusters');
  assert.equal(await count(instances, 'items'), 1, 'instances');
  assert.equal(await count(`/compute/v1/projects/${project}/global/addresses`, 'items'), 1, 'ranges');
  const named = async (path: string, member: string, name: string): Promise<void> => {
    const list = (await world.google<Record<string, Json[]>>('GET', path))[member] ?? [];
    assert.equal(list.filter((each) => each['name'] === name).length, 1, name);
  };
  await named(`${instances}/hello-world-db/databases`, 'items', 'hello_world_db');
  await named(`${instances}/hello-world-db/users`, 'items', 'hello');
  await named(`/v1/projects/${project}/serviceAccounts`, 'accounts', `projects/${project}/serviceAccounts/${account}`);
  const policy = await world.google<{ bindings: { role: string; members: string[] }[] }>(
    'POST',
    `/v3/projects/${project}:getIamPolicy`,
    {},
  );
  const grants = policy.bindings.filter(({ members }) => members.includes(`serviceAccount:${account}`));
  assert.deepEqual(
    grants.map(({ role }) => role),
    ['roles/cloudsql.client'],
  );
  for (const [path, names] of [
    ['/api/v1/namespaces/hello-world/secrets', 1],
    ['/api/v1/namespaces/hello-world/services', 1],
    ['/apis/apps/v1/namespaces/hello-world/deployments', 1],
    ['/apis/apps/v1/namespaces/hello-world/replicasets', 1],
    ['/api/v1/namespaces/hello-world/pods', 1],
  ] as const) {
    const { items } = await world.kube<{ items: Json[] }>('GET', path);
    assert.equal(items.length, names, path);
  }
}

/** Applies to the end, and finds one of everything, an app that answers, and an empty plan. */
async function completes(): Promise<void> {
  const url = lastLine(await world.ends(0, 'apply --local --yes'));
  assert.equal((await greet(url)).text, 'Hello World');
  assert.deepEqual(changesOf(await world.plan()), {});
  await oneOfEverything();
}

test('an apply that is killed at any moment is completed by the next, with one of everything', async (t) => {
  const seed = Number(process.env['HELLO_TEST_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`moments drawn with HELLO_TEST_SEED=${seed}`);
  const random = seeded(seed);
  const whole = linesOf((await world.ends(0, 'apply --local --yes --json')).stdout);
  for (let time = 0; time < 10; time += 1) {
    await world.reset();
    // As a share of what an undisturbed apply tells, so that a slow machine is cut off as late as a fast one.
    const [line, more] = [Math.floor(random() * whole), Math.floor(random() * 100)];
    await t.test(`after ${line} of ${whole} lines and ${more} ms`, async () => {
      const run = world.start('apply --local --yes --json');
      await eventually('the line', () => linesOf(run.output()) > line || run.process.exitCode !== null, 60_000);
      await delay(more);
      run.process.kill('SIGKILL');
      await run.ended;
      await completes();
    });
  }
});

test('a local cloud that is killed in the middle of an apply is started by the next, which completes', async () => {
  await world.reset();
  const run = world.start('apply --local --yes');
  await eventually(
    'the cluster to be under way',
    () => run.output().includes('google.cluster/hello-world-cluster: creating'),
    60_000,
  );
  const { pid } = await world.status();
  process.kill(pid, 'SIGKILL');
  const { code, stderr } = await run.ended;
  assert.equal(code, 7, stderr);
  assert.match(
    stderr,
    /error HELLO6001: the local cloud stopped while it was used\n {2}fix: run the same command again/,
  );
  assert.doesNotMatch(stderr, /^\s+at /m);
  await completes();
});

/** Waits until GKE has accepted the creation of the cluster: from then on there is something in flight. */
async function clusterIsAskedFor(): Promise<void> {
  await eventually(
    'the cluster to be asked for',
    async () => {
      const found = await world.google<{ requests: Json[] }>('GET', '/_local/requests').catch(() => ({ requests: [] }));
      return found.requests.some(
        ({ method, path, status }) => method === 'POST' && String(path).endsWith('/clusters') && status === 200,
      );
    },
    60_000,
  );
}

test('Ctrl-C says what is in flight, and the next apply goes on from there', async () => {
  await world.reset();
  const run = world.start('apply --local --yes', { HELLO_LOCAL_SPEED: '100' });
  await clusterIsAskedFor();
  run.process.kill('SIGINT');
  const { code, signal, stderr } = await run.ended;
  assert.deepEqual([code, signal], [130, null], stderr);
  assert.match(stderr, /Interrupted\..*continues\.$/m);
  assert.match(stderr, /still in flight: google\.cluster\/hello-world-cluster: operation /);
  assert.doesNotMatch(stderr, /error HELLO/);
  await completes();
});

test('SIGTERM ends an apply in the same way, with its own exit code', async () => {
  await world.reset();
  const run = world.start('apply --local --yes', { HELLO_LOCAL_SPEED: '100' });
  await clusterIsAskedFor();
  run.process.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  assert.equal(code, 143, stderr);
  assert.match(stderr, /still in flight: google\.cluster/);
});

test('with --json, an interrupted apply still ends with its result', async () => {
  await world.reset();
  const run = world.start('apply --local --yes --json', { HELLO_LOCAL_SPEED: '100' });
  await clusterIsAskedFor();
  run.process.kill('SIGINT');
  const { code, stdout } = await run.ended;
  assert.equal(code, 130);
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Json;
  assert.deepEqual(last, { type: 'result', exit_code: 130 });
});
