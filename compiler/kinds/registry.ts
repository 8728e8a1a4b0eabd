import type { AnyKind } from '../model/kind.ts';
import { cluster } from './google/cluster.ts';
import { enabledApis } from './google/enabled-apis.ts';
import { iamMember } from './google/iam-member.ts';
import { peering } from './google/peering.ts';
import { privateRange } from './google/private-range.ts';
import { serviceAccount } from './google/service-account.ts';
import { sqlDatabase } from './google/sql-database.ts';
import { sqlInstance } from './google/sql-instance.ts';
import { sqlUser } from './google/sql-user.ts';
import { workloadIdentity } from './google/workload-identity.ts';
import { autoscaler } from './kubernetes/autoscaler.ts';
import { configMap } from './kubernetes/config-map.ts';
import { cronJob } from './kubernetes/cron-job.ts';
import { deployment } from './kubernetes/deployment.ts';
import { disruptionBudget } from './kubernetes/disruption-budget.ts';
import { job } from './kubernetes/job.ts';
import { namespace } from './kubernetes/namespace.ts';
import { networkPolicy } from './kubernetes/network-policy.ts';
import { podMonitoring } from './kubernetes/pod-monitoring.ts';
import { secret } from './kubernetes/secret.ts';
import { podServiceAccount } from './kubernetes/service-account.ts';
import { service } from './kubernetes/service.ts';

/** Every kind that hello knows. The order is that of display, where need does not order them. */
export const registry: readonly AnyKind[] = [
  enabledApis,
  privateRange,
  peering,
  cluster,
  sqlInstance,
  serviceAccount,
  iamMember,
  workloadIdentity,
  namespace,
  podServiceAccount,
  configMap,
  sqlDatabase,
  sqlUser,
  secret,
  service,
  networkPolicy,
  disruptionBudget,
  job,
  deployment,
  autoscaler,
  podMonitoring,
  cronJob,
];
