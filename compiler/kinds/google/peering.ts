import { CloudError } from '../../base/errors.ts';
import { defineKind } from '../../model/kind.ts';
import type { Ctx, Operation, RestOperation } from '../../model/ports.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { networkOf } from '../names.ts';
import { enabledApisId } from './enabled-apis.ts';
import { privateRangeId, privateRangeNameOf } from './private-range.ts';
import { projectNumber } from './project.ts';

/** The network's one connection to Google's managed services; private IP of Cloud SQL needs it. */
export interface Peering {
  readonly network: string;
  /** Names of the address ranges in use, sorted. The connection is shared: wanted is what is there, and ours. */
  readonly ranges: readonly string[];
}

interface Connections {
  readonly connections?: readonly { readonly reservedPeeringRanges?: readonly string[]; readonly network?: string }[];
}

const parent = '/v1/services/servicenetworking.googleapis.com';

export function peeringId(spec: Spec): ResourceId {
  return address('google.peering', networkOf(spec));
}

export const peering = defineKind<Peering>({
  name: 'google.peering',
  docs: 'https://cloud.google.com/service-infrastructure/docs/service-networking/reference/rest/v1/services.connections',
  typicalSeconds: 60,
  *declare(spec) {
    if (!spec.db) return;
    const network = networkOf(spec);
    const desired = { network, ranges: [privateRangeNameOf(spec)] };
    yield { key: network, desired, after: [enabledApisId(spec), privateRangeId(spec)], path: ['db'] };
  },
  title: (desired) => `private services connection of network ${desired.network}`,
  rules: { network: 'immutable', ranges: 'mutable' },
  lock: (desired) => `peering ${desired.network}`,
  async observe(ctx, desired) {
    const query = { network: await networkPath(ctx, desired) };
    const found = await ctx.google.rest<Connections>({
      service: 'servicenetworking',
      method: 'GET',
      path: `${parent}/connections`,
      query,
    });
    const connection = found.connections?.[0];
    if (!connection) return { is: 'absent' };
    const ranges = [...(connection.reservedPeeringRanges ?? [])].toSorted();
    const want = { ...desired, ranges: [...new Set([...ranges, ...desired.ranges])].toSorted() };
    // With no range but ours, nobody else can be using it; otherwise it is plumbing that we share.
    const owner = ranges.every((range) => desired.ranges.includes(range)) ? 'us' : 'shared';
    return { is: 'present', owner, want, live: { ...desired, ranges }, outputs: {}, readiness: { is: 'ready' } };
  },
  async create(ctx, desired) {
    const body = { network: await networkPath(ctx, desired), reservedPeeringRanges: desired.ranges };
    return start(ctx, 'POST', `${parent}/connections`, body);
  },
  async update(ctx, desired, _fields, seen) {
    const body = { network: await networkPath(ctx, desired), reservedPeeringRanges: seen.want.ranges };
    return start(ctx, 'PATCH', `${parent}/connections/-`, body, { updateMask: 'reservedPeeringRanges', force: 'true' });
  },
  async remove(ctx, desired) {
    const body = { consumerNetwork: await networkPath(ctx, desired) };
    return heldForDays(await start(ctx, 'POST', `${parent}/connections/servicenetworking-googleapis-com`, body));
  },
});

async function networkPath(ctx: Ctx, { network }: Peering): Promise<string> {
  return `projects/${await projectNumber(ctx)}/global/networks/${network}`;
}

async function start(
  ctx: Ctx,
  method: 'POST' | 'PATCH',
  path: string,
  body: object,
  query?: Record<string, string>,
): Promise<Operation> {
  const request = { service: 'servicenetworking', method, path, body, ...(query && { query }) } as const;
  const answer = await ctx.google.rest<RestOperation>(request);
  return ctx.google.operation('servicenetworking', answer, `/v1/${answer.name}`);
}

/** After the last Cloud SQL instance is gone, Google holds the connection for up to four days (seen in public issues). */
function heldForDays(operation: Operation): Operation {
  const why =
    'Google still holds the connection, for up to 4 days after the last Cloud SQL instance; run destroy again then';
  return {
    name: operation.name,
    async poll() {
      const status = await operation.poll();
      if (!status.done || !status.error) return status;
      return {
        done: true,
        error: new CloudError(`${status.error.message} (${why})`, { ...status.error.parts, reason: 'protected' }),
      };
    },
  };
}
