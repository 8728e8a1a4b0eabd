import type { Identities } from '../parts.ts';
import { createAccounts } from './accounts.ts';
import { createPolicies } from './policy.ts';
import type { World } from './world.ts';

/** Roles that hold all permissions of another one. */
const wider: Readonly<Record<string, readonly string[]>> = {
  'roles/cloudsql.client': ['roles/cloudsql.editor', 'roles/cloudsql.admin', 'roles/editor', 'roles/owner'],
  'roles/cloudsql.instanceUser': ['roles/cloudsql.admin', 'roles/owner'],
};

/** What workload identity and the project's policy allow a pod. */
export function createIdentities(world: World): Identities {
  const accounts = createAccounts(world);
  const policies = createPolicies(world);
  const holds = (project: string, member: string, role: string): boolean => {
    const roles = [role, ...(wider[role] ?? ['roles/owner'])];
    return policies
      .bindings(`projects/${project}`)
      .some((each) => roles.includes(each.role) && each.members.includes(member));
  };
  return {
    refusal({ project, namespace, serviceAccount, googleServiceAccount, role }) {
      const found = world.project(project);
      if (!found) return `project ${project} does not exist`;
      const pool = `${found.id}.svc.id.goog`;
      if (googleServiceAccount === undefined) {
        const principal = `principal://iam.googleapis.com/projects/${found.number}/locations/global/workloadIdentityPools/${pool}/subject/ns/${namespace}/sa/${serviceAccount}`;
        if (holds(found.id, principal, role)) return undefined;
        return `Kubernetes service account ${namespace}/${serviceAccount} has no iam.gke.io/gcp-service-account annotation, and ${principal} lacks ${role} on project ${found.id}`;
      }
      const account = accounts.visible(googleServiceAccount);
      if (!account) return `service account ${googleServiceAccount} does not exist`;
      if (account.disabled) return `service account ${googleServiceAccount} is disabled`;
      const member = `serviceAccount:${pool}[${namespace}/${serviceAccount}]`;
      const trusted = policies.bindings(`serviceAccounts/${account.uniqueId}`);
      if (!trusted.some((each) => each.role === 'roles/iam.workloadIdentityUser' && each.members.includes(member))) {
        return `${member} lacks roles/iam.workloadIdentityUser on ${googleServiceAccount} (permission iam.serviceAccounts.getAccessToken)`;
      }
      if (holds(found.id, `serviceAccount:${account.email}`, role)) return undefined;
      return `${googleServiceAccount} lacks ${role} on project ${found.id}`;
    },
  };
}
