import { defineKind } from '../../model/kind.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { accountIdOf, emailOf } from '../names.ts';
import { enabledApisId } from './enabled-apis.ts';
import { addMember, hasMember, readPolicy, removeMember, type PolicyOf } from './policy.ts';
import { listOwned } from './listing.ts';
import { ownAccounts, serviceAccountId } from './service-account.ts';

/**
 * One member of one role of the project. Additive: it never touches another member. There is nowhere to put a mark;
 * the member is an account of ours, so the grant is ours.
 */
export interface IamMember {
  readonly project: string;
  readonly role: string;
  readonly member: string;
}

/** What the Cloud SQL proxy needs to connect. https://cloud.google.com/sql/docs/postgres/roles-and-permissions */
const roles = ['roles/cloudsql.client'] as const;

export function iamMemberIds(spec: Spec): ResourceId[] {
  return roles.map((role) => address('google.iam-member', keyOf(role, spec)));
}

export const iamMember = defineKind<IamMember>({
  name: 'google.iam-member',
  docs: 'https://cloud.google.com/iam/docs/granting-changing-revoking-access',
  typicalSeconds: 7,
  *declare(spec) {
    if (!spec.db) return;
    for (const role of roles) {
      const desired = { project: spec.project, role, member: `serviceAccount:${emailOf(spec)}` };
      yield { key: keyOf(role, spec), desired, after: [enabledApisId(spec), serviceAccountId(spec)], path: ['db'] };
    }
  },
  title: (desired) => `${desired.role} for ${desired.member}`,
  rules: { project: 'immutable', role: 'immutable', member: 'immutable' },
  lock: (desired) => `iam policy of ${desired.project}`,
  async observe(ctx, want) {
    const policy = await readPolicy(ctx, policyOf(want));
    if (!hasMember(policy, want.role, want.member)) return { is: 'absent' };
    return { is: 'present', owner: 'us', want, live: want, outputs: {}, readiness: { is: 'ready' } };
  },
  async create(ctx, want) {
    await addMember(ctx, policyOf(want), want.role, want.member);
  },
  async remove(ctx, want) {
    await removeMember(ctx, policyOf(want), want.role, want.member);
  },
  /** Only the roles that we grant: whoever gave our account another one has their reasons. */
  async owned(ctx) {
    const accounts = await ownAccounts(ctx);
    const grants = accounts.flatMap(({ accountId, email }) =>
      roles.map((role) => {
        const desired = { project: ctx.project, role, member: `serviceAccount:${email}` };
        return { key: `${role.replace('roles/', '')}/${accountId}`, desired };
      }),
    );
    if (grants.length === 0) return [];
    const [policy] = await listOwned(ctx, async () => [await readPolicy(ctx, policyOfProject(ctx.project))]);
    return grants.filter(({ desired }) => policy && hasMember(policy, desired.role, desired.member));
  },
});

function keyOf(role: string, spec: Spec): string {
  return `${role.replace('roles/', '')}/${accountIdOf(spec)}`;
}

function policyOf({ project }: IamMember): PolicyOf {
  return policyOfProject(project);
}

function policyOfProject(project: string): PolicyOf {
  return { service: 'cloudresourcemanager', path: `/v3/projects/${project}` };
}
