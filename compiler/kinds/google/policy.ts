import { CloudError, isCloudError } from '../../base/errors.ts';
import type { Ctx, RestService } from '../../model/ports.ts';

/** An IAM policy, as every service speaks it. Whatever we do not know of it is carried along untouched. */
export interface Policy {
  readonly version?: number;
  readonly etag?: string;
  readonly bindings?: readonly Binding[];
  readonly [more: string]: unknown;
}

interface Binding {
  readonly role: string;
  readonly members?: readonly string[];
  readonly condition?: unknown;
}

/** Which policy: `projects/p` of Resource Manager, or a service account's own. */
export interface PolicyOf {
  readonly service: RestService;
  /** Without the verb: `/v3/projects/p`. */
  readonly path: string;
}

export async function readPolicy(ctx: Ctx, of: PolicyOf): Promise<Policy> {
  const body = { options: { requestedPolicyVersion: 3 } };
  // Service accounts take the option in the query, projects in the body.
  const onProject = of.service === 'cloudresourcemanager';
  const query = onProject ? {} : { 'options.requestedPolicyVersion': '3' };
  const request = { service: of.service, method: 'POST', path: `${of.path}:getIamPolicy`, query, reads: true } as const;
  return ctx.once(`policy ${of.path}`, async () => ctx.google.rest<Policy>({ ...request, ...(onProject && { body }) }));
}

export function hasMember(policy: Policy, role: string, member: string): boolean {
  return (
    policy.bindings?.some((each) => each.role === role && !each.condition && each.members?.includes(member)) ?? false
  );
}

/**
 * Adds one member to one role by read, change and conditional write: the etag makes a concurrent change a `conflict`,
 * to be tried again from a fresh read. Every other member, condition and field goes back as it came.
 * A principal that was made a moment ago may still be unknown to IAM, which answers `invalid`: that is `not-yet`.
 */
export async function addMember(ctx: Ctx, of: PolicyOf, role: string, member: string): Promise<void> {
  const policy = await readPolicy(ctx, of);
  if (hasMember(policy, role, member)) return;
  const bindings = [...(policy.bindings ?? [])];
  const at = bindings.findIndex((each) => each.role === role && !each.condition);
  const binding = bindings[at];
  if (binding) bindings[at] = { ...binding, members: [...(binding.members ?? []), member] };
  else bindings.push({ role, members: [member] });
  try {
    await writePolicy(ctx, of, { ...policy, bindings });
  } catch (error) {
    if (isCloudError(error, 'invalid')) throw new CloudError(error.message, { ...error.parts, reason: 'not-yet' });
    throw error;
  }
}

/** Takes one member out of one role; a role without members leaves the policy. */
export async function removeMember(ctx: Ctx, of: PolicyOf, role: string, member: string): Promise<void> {
  const policy = await readPolicy(ctx, of);
  const bindings = (policy.bindings ?? []).flatMap((each) => {
    if (each.role !== role || each.condition) return [each];
    const members = (each.members ?? []).filter((one) => one !== member);
    return members.length > 0 ? [{ ...each, members }] : [];
  });
  await writePolicy(ctx, of, { ...policy, bindings });
}

async function writePolicy(ctx: Ctx, of: PolicyOf, policy: Policy): Promise<void> {
  const conditional = policy.bindings?.some((each) => each.condition) ?? false;
  const body = { policy: conditional ? { ...policy, version: 3 } : policy };
  await ctx.google.rest({ service: of.service, method: 'POST', path: `${of.path}:setIamPolicy`, body });
}
