import { isCloudError } from '../../base/errors.ts';
import { defineKind } from '../../model/kind.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { accountIdOf, emailOf, namespaceOf } from '../names.ts';
import { clusterId } from './cluster.ts';
import { addMember, hasMember, readPolicy, removeMember, type PolicyOf } from './policy.ts';
import { serviceAccountId } from './service-account.ts';

/** Lets the pods' Kubernetes service account act as the Google one, without a key. */
export interface WorkloadIdentity {
  readonly project: string;
  readonly account: string;
  readonly email: string;
  readonly role: string;
  /** `serviceAccount:<project>.svc.id.goog[<namespace>/<name>]`. */
  readonly member: string;
}

export function workloadIdentityId(spec: Spec): ResourceId {
  return address('google.workload-identity', accountIdOf(spec));
}

export const workloadIdentity = defineKind<WorkloadIdentity>({
  name: 'google.workload-identity',
  docs: 'https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity',
  typicalSeconds: 7,
  *declare(spec) {
    if (!spec.db) return;
    const account = accountIdOf(spec);
    const member = `serviceAccount:${spec.project}.svc.id.goog[${namespaceOf(spec)}/${spec.name}]`;
    const desired = {
      project: spec.project,
      account,
      email: emailOf(spec),
      role: 'roles/iam.workloadIdentityUser',
      member,
    };
    // The identity pool comes with the first cluster of the project; before that the member is refused.
    const cluster = clusterId(spec);
    yield { key: account, desired, after: [serviceAccountId(spec), ...(cluster ? [cluster] : [])], path: ['db'] };
  },
  title: (desired) => `workload identity of ${desired.account}`,
  rules: { project: 'immutable', account: 'immutable', email: 'immutable', role: 'immutable', member: 'immutable' },
  within: (desired) => address('google.service-account', desired.account),
  lock: (desired) => `iam policy of ${desired.email}`,
  async observe(ctx, want) {
    try {
      const policy = await readPolicy(ctx, policyOf(want));
      if (!hasMember(policy, want.role, want.member)) return { is: 'absent' };
      return { is: 'present', owner: 'us', want, live: want, outputs: {}, readiness: { is: 'ready' } };
    } catch (error) {
      // IAM answers "forbidden" as well for an account that is not there; the account's own kind tells which it is.
      if (isCloudError(error, 'not-found', 'forbidden')) return { is: 'absent' };
      throw error;
    }
  },
  async create(ctx, want) {
    await addMember(ctx, policyOf(want), want.role, want.member);
  },
  async remove(ctx, want) {
    await removeMember(ctx, policyOf(want), want.role, want.member);
  },
});

function policyOf({ project, email }: WorkloadIdentity): PolicyOf {
  return { service: 'iam', path: `/v1/projects/${project}/serviceAccounts/${email}` };
}
