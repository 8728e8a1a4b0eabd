import { isCloudError } from '../../base/errors.ts';
import { defineKind } from '../../model/kind.ts';
import type { RestOperation } from '../../model/ports.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { networkOf } from '../names.ts';
import { enabledApisId } from './enabled-apis.ts';
import { lastPart, ownDescription, ownerByDescription } from './marks.ts';

/**
 * The addresses of the network that are set aside for Google's managed services, Cloud SQL among them. Not pruned: while
 * any service uses the connection that they are part of, Google refuses; destroy removes them when nothing does.
 */
export interface PrivateRange {
  readonly project: string;
  readonly name: string;
  readonly network: string;
  /** Each region of Cloud SQL takes a /24 of it. */
  readonly prefixLength: number;
  readonly description: string;
}

interface Address {
  readonly name?: string;
  readonly description?: string;
  readonly network?: string;
  readonly prefixLength?: number;
  readonly status?: string;
}

export function privateRangeNameOf(spec: Spec): string {
  return `${spec.name}-private-services`;
}

export function privateRangeId(spec: Spec): ResourceId {
  return address('google.private-range', privateRangeNameOf(spec));
}

export const privateRange = defineKind<PrivateRange>({
  name: 'google.private-range',
  docs: 'https://cloud.google.com/vpc/docs/configure-private-services-access',
  typicalSeconds: 3,
  *declare(spec) {
    if (!spec.db) return;
    const name = privateRangeNameOf(spec);
    const description = ownDescription(spec.name);
    const desired = { project: spec.project, name, network: networkOf(spec), prefixLength: 20, description };
    yield { key: name, desired, after: [enabledApisId(spec)], path: ['db'] };
  },
  title: (desired) => `private services range ${desired.name} (/${desired.prefixLength})`,
  // Everything but labels is immutable here, so the mark is in the description: it comes with the address or not at all.
  rules: {
    project: 'immutable',
    name: 'immutable',
    network: 'immutable',
    prefixLength: 'immutable',
    description: 'immutable',
  },
  async observe(ctx, want) {
    try {
      const found = await ctx.google.rest<Address>({ service: 'compute', method: 'GET', path: pathOf(want) });
      const { description = '', prefixLength = 0 } = found;
      const live = { ...want, network: lastPart(found.network), prefixLength, description };
      const owner = ownerByDescription(description, ctx.app);
      return { is: 'present', owner, want, live, outputs: {}, readiness: readinessOf(found) };
    } catch (error) {
      if (isCloudError(error, 'not-found')) return { is: 'absent' };
      throw error;
    }
  },
  async create(ctx, want) {
    const { project, name, network, prefixLength, description } = want;
    const body = {
      name,
      description,
      prefixLength,
      purpose: 'VPC_PEERING',
      addressType: 'INTERNAL',
      network: `projects/${project}/global/networks/${network}`,
    };
    const path = `/compute/v1/projects/${project}/global/addresses`;
    const answer = await ctx.google.rest<RestOperation>({ service: 'compute', method: 'POST', path, body });
    return ctx.google.operation('compute', answer, operationPath(want, answer));
  },
  async remove(ctx, want) {
    const answer = await ctx.google.rest<RestOperation>({ service: 'compute', method: 'DELETE', path: pathOf(want) });
    return ctx.google.operation('compute', answer, operationPath(want, answer));
  },
});

function pathOf({ project, name }: PrivateRange): string {
  return `/compute/v1/projects/${project}/global/addresses/${name}`;
}

function operationPath({ project }: PrivateRange, answer: RestOperation): string {
  return `/compute/v1/projects/${project}/global/operations/${answer.name}`;
}

function readinessOf({ status }: Address): { is: 'ready' } | { is: 'progressing'; why: string; busy: true } {
  return status === 'RESERVING' ? { is: 'progressing', why: 'being reserved', busy: true } : { is: 'ready' };
}
