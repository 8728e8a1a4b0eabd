import { digest } from '../../base/json.ts';
import { address, refTo, type Ref, type ResourceId, type Unresolved } from '../../model/resource.ts';
import type { Spec } from '../../spec/schema.ts';
import { iamMemberIds } from '../google/iam-member.ts';
import { sqlDatabaseId } from '../google/sql-database.ts';
import { sqlUserId } from '../google/sql-user.ts';
import { workloadIdentityId } from '../google/workload-identity.ts';
import { namespaceOf } from '../names.ts';
import { appliedKind, type Manifest } from './applied.ts';
import { configMapId, configOf } from './config-map.ts';
import { objectLabels, selectorLabels } from './labels.ts';
import { podSpecOf } from './pod.ts';
import { explainRollout } from './rollout.ts';
import { secretId } from './secret.ts';
import { podServiceAccountId } from './service-account.ts';
import { deploymentType, namespaceId, secretHash } from './types.ts';

export function deploymentId(spec: Spec): ResourceId {
  return address('kubernetes.deployment', spec.name);
}

/** The app's pods, and how they are replaced. */
export const deployment = appliedKind({
  name: 'kubernetes.deployment',
  docs: 'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/',
  type: deploymentType,
  readyWithinMs: 10 * 60_000,
  // An Autopilot pod that needs a new node waits for it.
  typicalSeconds: 60,
  watched: true,
  *declare(spec) {
    yield { key: spec.name, desired: manifestOf(spec), after: needsOf(spec), path: ['app'] };
  },
  outputs: (live) => ({ generation: String(live.metadata.generation ?? '') }),
  explain: explainRollout,
});

function manifestOf(spec: Spec): Unresolved<Manifest> {
  const labels = objectLabels(spec.name);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: spec.name, namespace: namespaceOf(spec), labels },
    spec: {
      replicas: spec.replicas,
      revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: selectorLabels(spec.name) },
      template: { metadata: { labels, annotations: rollOn(spec) }, spec: podSpecOf(spec) },
    },
  };
}

/** Pods do not see a changed ConfigMap or Secret: these annotations change with the content, and so roll them, once. */
function rollOn(spec: Spec): Record<string, string | Ref> {
  const config = { 'hello/config-hash': digest(configOf(spec)).slice(0, 16) };
  return spec.db ? { ...config, [secretHash]: refTo(sqlUserId(spec), 'fingerprint') } : config;
}

function needsOf(spec: Spec): ResourceId[] {
  const config = Object.keys(configOf(spec)).length > 0 ? [configMapId(spec)] : [];
  const database = spec.db
    ? [secretId(spec), sqlDatabaseId(spec), workloadIdentityId(spec), ...iamMemberIds(spec)]
    : [];
  return [namespaceId(spec), podServiceAccountId(spec), ...config, ...database];
}
