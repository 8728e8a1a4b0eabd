import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, clusters, cliWorld, instances, project, type Json } from '../support/cli.ts';
import { startOf } from '../../compiler/simulator/processes.ts';

const world = cliWorld();

/** Everything that the APIs list of the project, by what they call it. */
async function everything(): Promise<Record<string, unknown[]>> {
  const list = async (path: string, member: string): Promise<unknown[]> =>
    ((await world.google<Record<string, Json[]>>('GET', path))[member] ?? []).map((each) => each['name']);
  const { bindings = [] } = await world.google<{ bindings?: Json[] }>(
    'POST',
    `/v3/projects/${project}:getIamPolicy`,
    {},
  );
  // This API takes a project by its number alone: `projects/123`.
  const { name: byNumber } = await world.google('GET', `/v3/projects/${project}`);
  return {
    clusters: await list(clusters, 'clusters'),
    instances: await list(instances, 'items'),
    accounts: await list(`/v1/projects/${project}/serviceAccounts`, 'accounts'),
    ranges: await list(`/compute/v1/projects/${project}/global/addresses`, 'items'),
    connections: await list(
      `/v1/services/servicenetworking.googleapis.com/connections?network=${String(byNumber)}/global/networks/default`,
      'connections',
    ),
    roles: bindings.map(({ role }) => role),
  };
}

test('destroy without naming the data is refused, says how, and deletes nothing', async () => {
  await world.ends(0, 'apply --local --yes');
  const before = await everything();
  const pods = await world.kube('GET', '/api/v1/namespaces/hello-world/pods');
  const ran = await world.ends(6, 'destroy --local --yes');
  assert.match(ran.stdout, /! google\.sql-instance\/hello-world-db /);
  assert.match(ran.stdout, /name it: --allow-data-loss hello-world-db\n/);
  assert.deepEqual(await everything(), before);
  assert.deepEqual(await world.kube('GET', '/api/v1/namespaces/hello-world/pods'), pods);
});

test('naming something else is refused as well', async () => {
  await world.ends(6, 'destroy --local --yes --allow-data-loss another-db');
});

test('naming only the database does not lose the instance', async () => {
  await world.ends(6, 'destroy --local --yes --allow-data-loss hello_world_db');
  assert.deepEqual((await everything())['instances'], ['hello-world-db']);
});

test('without a terminal and without --yes nobody approves it', async () => {
  const { stderr } = await world.ends(3, 'destroy --local --allow-data-loss hello-world-db');
  assert.match(stderr, /error HELLO1011: /);
  assert.deepEqual((await everything())['instances'], ['hello-world-db']);
});

test('with the instance named, all that was made is gone, and its processes have ended', async () => {
  const { processes } = await world.status();
  await world.ends(0, 'destroy --local --yes --allow-data-loss hello-world-db');
  const { roles, ...left } = await everything();
  assert.deepEqual(left, { clusters: [], instances: [], accounts: [], ranges: [], connections: [] });
  assert.ok(!roles?.includes('roles/cloudsql.client'));
  const status = await world.status();
  assert.deepEqual([status.clusters, status.sql, status.publicPorts, status.processes], [[], [], [], []]);
  assert.ok(processes.every(({ pid }) => startOf(pid) === undefined));
});

test('a second destroy has nothing to do', async () => {
  const ran = await world.ends(0, 'destroy --local --yes');
  assert.match(ran.stdout, /^Nothing to destroy; 1 kept\.$/m);
});

test('a plan then shows that everything would be created; the APIs have stayed on', async () => {
  await world.ends(2, 'plan --local --detailed-exitcode');
  const plan = await world.plan();
  assert.ok(Object.values(changesOf(plan)).every((words) => words === 'create'));
  assert.deepEqual(
    plan.changes.filter(({ action }) => action === 'noop').map(({ id }) => id),
    [`google.enabled-apis/${project}`],
  );
});
