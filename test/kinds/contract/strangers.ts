import assert from 'node:assert/strict';
import { project, region, type Json, type StackWorld } from '../../support/stack-world.ts';
import { labelCluster, labelInstance } from './google-drifts.ts';
import { objectPaths } from './kubernetes-drifts.ts';
import { policyOf } from './snapshot.ts';

const stranger = 'user:someone@example.com';
const conditional = {
  role: 'roles/cloudsql.client',
  members: ['user:later@example.com'],
  condition: { title: 'in time', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' },
};
const account = `/v1/projects/${project}/serviceAccounts/hello-world@${project}.iam.gserviceaccount.com`;

/** Writes next to everything that is ours: IAM members, labels, annotations, fields, a database and an object. */
export async function addStrangers(world: StackWorld): Promise<void> {
  const { bindings, ...policy } = (await policyOf(world)) as Json & { bindings: readonly Binding[] };
  const joined = bindings.map((each) =>
    each.role === 'roles/cloudsql.client' ? { ...each, members: [...each.members, stranger] } : each,
  );
  const all = [...joined, conditional, { role: 'roles/viewer', members: [stranger] }];
  await world.google('POST', `/v3/projects/${project}:setIamPolicy`, {
    policy: { ...policy, version: 3, bindings: all },
  });
  const own = await world.google<Json & { bindings: readonly Binding[] }>('POST', `${account}:getIamPolicy`);
  const viewers = { role: 'roles/iam.serviceAccountUser', members: [stranger] };
  await world.google('POST', `${account}:setIamPolicy`, { policy: { ...own, bindings: [...own.bindings, viewers] } });
  await labelCluster(world, { team: 'theirs' });
  await labelInstance(world, { team: 'theirs' });
  await world.changed('POST', `/v1/projects/${project}/instances/hello-world-db/databases`, { name: 'theirs' });
  for (const path of Object.values(objectPaths)) {
    const metadata = { labels: { team: 'theirs' }, annotations: { 'example.com/note': 'theirs' } };
    await world.kube('PATCH', path, { metadata }, 'application/merge-patch+json');
  }
  const more = { data: { THEIRS: 'yes' } };
  await world.kube('PATCH', objectPaths['kubernetes.config-map'] ?? '', more, 'application/merge-patch+json');
}

/** Fails unless the project's policy still has every member that is not ours. */
export async function strangersInPolicy(world: StackWorld): Promise<void> {
  const policy = JSON.stringify(await policyOf(world));
  assert.equal(policy.split(stranger).length - 1, 2, policy);
  assert.ok(policy.includes(JSON.stringify(conditional.condition.expression)), policy);
}

/** Fails unless all of it is still there. */
export async function strangersIn(world: StackWorld): Promise<void> {
  await strangersInPolicy(world);
  const own = await world.google('POST', `${account}:getIamPolicy`);
  assert.match(JSON.stringify(own), new RegExp(stranger));
  const cluster = await world.google('GET', `/v1/projects/${project}/locations/${region}/clusters/hello-world-cluster`);
  assert.equal((cluster['resourceLabels'] as Json)['team'], 'theirs');
  const instance = await world.google('GET', `/v1/projects/${project}/instances/hello-world-db`);
  assert.equal(((instance['settings'] as Json)['userLabels'] as Json)['team'], 'theirs');
  await world.google('GET', `/v1/projects/${project}/instances/hello-world-db/databases/theirs`);
  for (const [kind, path] of Object.entries(objectPaths)) {
    if (kind === 'kubernetes.secret') continue; // its test deletes it by hand, with all that was on it
    const { metadata } = await world.kube<{ metadata: { labels: Json; annotations: Json } }>('GET', path);
    assert.equal(metadata.labels['team'], 'theirs', kind);
    assert.equal(metadata.annotations['example.com/note'], 'theirs', kind);
  }
  const config = await world.kube<{ data: Json }>('GET', objectPaths['kubernetes.config-map'] ?? '');
  assert.equal(config.data['THEIRS'], 'yes');
}

interface Binding {
  readonly role: string;
  readonly members: readonly string[];
}
