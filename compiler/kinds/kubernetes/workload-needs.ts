import { digest } from '../../base/digest.ts';
import { refTo, type Ref, type ResourceId } from '../../model/resource.ts';
import type { Spec, Workload } from '../../spec/spec.ts';
import { iamMemberIds } from '../google/iam-member.ts';
import { sqlDatabaseId } from '../google/sql-database.ts';
import { sqlUserId } from '../google/sql-user.ts';
import { workloadIdentityId } from '../google/workload-identity.ts';
import { configMapId, configOf } from './config-map.ts';
import { secretId } from './secret.ts';
import { podServiceAccountId } from './service-account.ts';
import { namespaceId, secretHash } from './types.ts';

/** What must be there before a pod of a service or a job can work. */
export function needsOf(spec: Spec, workload: Workload): ResourceId[] {
  const config = configMapId(spec, workload);
  const { database } = workload;
  const ofDatabase =
    spec.db && database !== undefined
      ? [secretId(spec), sqlDatabaseId(spec, database), workloadIdentityId(spec), ...iamMemberIds(spec)]
      : [];
  return [namespaceId(spec), podServiceAccountId(spec), ...(config ? [config] : []), ...ofDatabase];
}

/** The annotation that carries the hash of a ConfigMap: on the pods that it rolls. */
export const configHash = 'hello/config-hash';

/** Pods do not see a changed ConfigMap or Secret: these annotations change with the content, and so roll them, once. */
export function rollOn(spec: Spec, workload: Workload): Record<string, string | Ref> {
  const config = { [configHash]: digest(configOf(spec, workload)).slice(0, 16) };
  const usesDatabase = spec.db !== undefined && workload.database !== undefined;
  return usesDatabase ? { ...config, [secretHash]: refTo(sqlUserId(spec), 'fingerprint') } : config;
}
