import { project, region, type Json, type StackWorld } from '../../support/stack-world.ts';
import { objectPaths } from './kubernetes-drifts.ts';

const google: Readonly<Record<string, string>> = {
  apis: `/v1/projects/${project}/services?filter=state:ENABLED&pageSize=200`,
  addresses: `/compute/v1/projects/${project}/global/addresses`,
  cluster: `/v1/projects/${project}/locations/${region}/clusters`,
  instances: `/v1/projects/${project}/instances`,
  databases: `/v1/projects/${project}/instances/hello-world-db/databases`,
  users: `/v1/projects/${project}/instances/hello-world-db/users`,
  accounts: `/v1/projects/${project}/serviceAccounts`,
};

/** All that the stack is made of, as the APIs tell it, without what controllers write on their own. */
export async function snapshot(world: StackWorld): Promise<Json> {
  const found = await Promise.all(
    Object.entries(google).map(async ([name, path]) => [name, await world.google('GET', path)] as const),
  );
  const objects = await Promise.all(
    Object.entries(objectPaths).map(async ([kind, path]) => [kind, withoutStatus(await world.kubeFind(path))] as const),
  );
  return { ...Object.fromEntries(found), policy: await policyOf(world), ...Object.fromEntries(objects) };
}

export async function policyOf(world: StackWorld): Promise<Json> {
  return world.google('POST', `/v3/projects/${project}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } });
}

function withoutStatus(object: Json | undefined): Json | undefined {
  if (!object) return undefined;
  const { status: _, metadata, ...rest } = object;
  const { resourceVersion: __, managedFields, ...meta } = metadata as Json & { managedFields: readonly Json[] };
  const held = managedFields.filter((entry) => entry['subresource'] !== 'status' && entry['operation'] === 'Apply');
  return { ...rest, metadata: { ...meta, held } };
}
