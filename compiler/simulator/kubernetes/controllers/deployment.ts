import { createHash } from 'node:crypto';
import { canonical } from '../../../base/json.ts';
import type { KubeObject } from '../../parts.ts';
import { must, type Cluster } from '../cluster.ts';
import { remove } from '../deletes.ts';
import { recordEvent } from '../events.ts';
import { at, numberAt, objectAt, same, stringsAt, textAt, without, type Draft } from '../json-object.ts';
import { isApiError } from '../status-error.ts';
import { inside } from '../write-options.ts';
import { create, update } from '../writes.ts';
import { reportDeployment } from './deployment-status.ts';
import { change, dependents, isActive, keyOf, managerName, ownerKeys, reference, splitKey } from './owned.ts';
import type { Controller } from './queue.ts';
import {
  bareTemplate,
  boundsOf,
  byAge,
  isNewest,
  newReplicas,
  replicasOf,
  revisionKey,
  revisionOf,
  shrinkOld,
  totalOf,
} from './rollout.ts';

const desiredKey = 'deployment.kubernetes.io/desired-replicas';
const maxKey = 'deployment.kubernetes.io/max-replicas';
const ownAnnotations = [
  revisionKey,
  desiredKey,
  maxKey,
  'deployment.kubernetes.io/revision-history',
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
];

/** Rolls Deployments out: one ReplicaSet for each template, scaled up and down within the strategy's bounds. */
export function deploymentController(cluster: Cluster): Controller {
  return {
    name: 'deployment',
    keysOf(changed) {
      if (changed.resource.plural === 'deployments') return changed.type === 'DELETED' ? [] : [keyOf(changed.object)];
      if (changed.resource.plural === 'replicasets') return ownerKeys(changed, 'Deployment');
      if (changed.resource.plural === 'pods' && changed.type === 'DELETED')
        return deploymentsOfPod(cluster, changed.object);
      return [];
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const deployment = cluster.storage.get(must('deployments'), namespace, name);
      if (!deployment) return undefined;
      const sets = dependents(cluster, deployment, 'replicasets').toSorted(byAge);
      if (deployment.metadata.deletionTimestamp === undefined) advance(cluster, deployment, sets);
      const live = cluster.storage.get(must('deployments'), namespace, name);
      if (!live) return undefined;
      return reportDeployment(cluster, live, dependents(cluster, live, 'replicasets').toSorted(byAge));
    },
  };
}

/** With Recreate the new pods wait until the last old one is gone. */
function deploymentsOfPod(cluster: Cluster, pod: KubeObject): string[] {
  const owner = at(pod, 'metadata', 'ownerReferences', 0);
  const set = cluster.storage.get(must('replicasets'), pod.metadata.namespace ?? '', textAt(owner, 'name'));
  const deployment = at(set, 'metadata', 'ownerReferences', 0);
  return textAt(deployment, 'kind') === 'Deployment' ? [`${pod.metadata.namespace}/${textAt(deployment, 'name')}`] : [];
}

/** One step of the rollout; what it changes brings the controller back. */
function advance(cluster: Cluster, deployment: KubeObject, sets: readonly KubeObject[]): void {
  const newest = sets.find((set) => isNewest(deployment, set));
  const old = sets.filter((set) => set !== newest);
  if (at(deployment, 'spec', 'paused') === true || isScaled(deployment, sets)) {
    rescale(cluster, deployment, sets, newest);
    return;
  }
  if (textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate') {
    const shrinking = old.filter((set) => replicasOf(set) > 0);
    for (const set of shrinking) resize(cluster, deployment, set, 0);
    const running = old.some((set) =>
      cluster.storage
        .owned(set.metadata.uid)
        .some((pod) => isActive(pod) || pod.metadata.deletionTimestamp !== undefined),
    );
    if (shrinking.length > 0 || running) return;
  }
  const current = ensureNewest(cluster, deployment, sets, newest);
  if (!current) return;
  const all = [...old, current];
  const wanted =
    replicasOf(current) > replicasOf(deployment) ? replicasOf(deployment) : newReplicas(deployment, all, current);
  if (wanted !== replicasOf(current)) {
    resize(cluster, deployment, current, wanted);
    return;
  }
  const shrunk = shrinkOld(
    deployment,
    old.filter((set) => replicasOf(set) > 0),
    current,
  );
  for (const [set, size] of shrunk) resize(cluster, deployment, set, size);
  if (shrunk.length === 0) forgetOld(cluster, deployment, old);
}

/** The Deployment was scaled, rather than changed: its ReplicaSets keep their proportions. */
function isScaled(deployment: KubeObject, sets: readonly KubeObject[]): boolean {
  return sets.some((set) => {
    const desired = set.metadata.annotations?.[desiredKey];
    return replicasOf(set) > 0 && desired !== undefined && Number(desired) !== replicasOf(deployment);
  });
}

function rescale(
  cluster: Cluster,
  deployment: KubeObject,
  sets: readonly KubeObject[],
  newest: KubeObject | undefined,
): void {
  const active = sets.filter((set) => replicasOf(set) > 0);
  const wanted = replicasOf(deployment);
  const only = active.length <= 1 ? (active[0] ?? newest) : undefined;
  if (only) {
    resize(cluster, deployment, only, wanted);
    return;
  }
  const total = totalOf(active, replicasOf);
  const allowed = wanted > 0 ? wanted + boundsOf(deployment).surge : 0;
  let left = allowed - total;
  const largestFirst = active.toSorted((a, b) => replicasOf(b) - replicasOf(a));
  const sizes = largestFirst.map((set) => {
    const before = Number(set.metadata.annotations?.[maxKey] ?? total) || total;
    const share = Math.round((replicasOf(set) * allowed) / before) - replicasOf(set);
    const part = left > 0 ? Math.min(Math.max(share, 0), left) : Math.max(Math.min(share, 0), left);
    left -= part;
    return [set, replicasOf(set) + part] as const;
  });
  sizes.forEach(([set, size], index) =>
    resize(cluster, deployment, set, Math.max(0, index === 0 ? size + left : size)),
  );
}

function marksOf(deployment: KubeObject): Draft {
  const wanted = replicasOf(deployment);
  return { [desiredKey]: String(wanted), [maxKey]: String(wanted + boundsOf(deployment).surge) };
}

function resize(cluster: Cluster, deployment: KubeObject, set: KubeObject, size: number): void {
  const before = replicasOf(set);
  const marks = marksOf(deployment);
  if (size === before && same({ ...set.metadata.annotations, ...marks }, set.metadata.annotations)) return;
  change(cluster, 'replicasets', set, { metadata: { annotations: marks }, spec: { replicas: size } });
  if (size === before) return;
  const message = `Scaled ${size > before ? 'up' : 'down'} replica set ${set.metadata.name} from ${before} to ${size}`;
  recordEvent(cluster, deployment, {
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message,
    component: 'deployment-controller',
  });
}

/** Finds or makes the ReplicaSet of the current template, and gives it the next revision. */
function ensureNewest(
  cluster: Cluster,
  deployment: KubeObject,
  sets: readonly KubeObject[],
  newest: KubeObject | undefined,
): KubeObject | undefined {
  const revision = Math.max(0, ...sets.filter((set) => set !== newest).map(revisionOf)) + 1;
  const current = newest ?? createNewest(cluster, deployment, sets, revision);
  if (!current) return undefined;
  const annotations = {
    ...without(deployment.metadata.annotations ?? {}, ...ownAnnotations),
    ...marksOf(deployment),
    [revisionKey]: String(Math.max(revision, revisionOf(current))),
  };
  const marked = same({ ...current.metadata.annotations, ...annotations }, current.metadata.annotations)
    ? current
    : change(cluster, 'replicasets', current, {
        metadata: { annotations: { ...annotations, ...history(current, annotations[revisionKey]) } },
        spec: { minReadySeconds: at(deployment, 'spec', 'minReadySeconds') ?? null },
      });
  const own = String(revisionOf(marked));
  if (deployment.metadata.annotations?.[revisionKey] !== own) {
    // Through `/status`, so that the generation stays.
    const noted = { ...deployment.metadata, annotations: { ...deployment.metadata.annotations, [revisionKey]: own } };
    update(cluster, must('deployments'), deployment, { ...deployment, metadata: noted }, inside(managerName, 'status'));
  }
  return marked;
}

/** Revisions that a ReplicaSet had before it was rolled back to. */
function history(set: KubeObject, next: unknown): Draft {
  const before = revisionOf(set);
  if (before === 0 || String(before) === next) return {};
  const key = 'deployment.kubernetes.io/revision-history';
  const known = set.metadata.annotations?.[key];
  return { [key]: known === undefined ? String(before) : `${known},${before}` };
}

function createNewest(
  cluster: Cluster,
  deployment: KubeObject,
  sets: readonly KubeObject[],
  revision: number,
): KubeObject | undefined {
  const collisions = numberAt(deployment, 'status', 'collisionCount') ?? 0;
  const hash = templateHash(deployment, collisions);
  const template = objectAt(deployment, 'spec', 'template');
  const metadata = objectAt(template, 'metadata');
  const labels = { ...stringsAt(metadata, 'labels'), 'pod-template-hash': hash };
  const selector = objectAt(deployment, 'spec', 'selector');
  const minReadySeconds = numberAt(deployment, 'spec', 'minReadySeconds');
  const replicas = newReplicas(deployment, sets, undefined);
  const body = {
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: {
        ...without(deployment.metadata.annotations ?? {}, ...ownAnnotations),
        ...marksOf(deployment),
        [revisionKey]: String(revision),
      },
      ownerReferences: [reference(deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...stringsAt(selector, 'matchLabels'), 'pod-template-hash': hash } },
      template: { ...template, metadata: { ...metadata, labels } },
    },
  };
  try {
    const made = create(cluster, must('replicasets'), deployment.metadata.namespace ?? '', body, inside(managerName));
    if (replicas > 0) {
      const message = `Scaled up replica set ${made.metadata.name} from 0 to ${replicas}`;
      recordEvent(cluster, deployment, {
        type: 'Normal',
        reason: 'ScalingReplicaSet',
        message,
        component: 'deployment-controller',
      });
    }
    return made;
  } catch (error) {
    if (!isApiError(error, 409)) throw error;
    const status = { ...objectAt(deployment, 'status'), collisionCount: collisions + 1 };
    cluster.storage.put(must('deployments'), { ...deployment, status });
    return undefined;
  }
}

const hashLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** Ten letters that tell one template from another. */
function templateHash(deployment: KubeObject, collisions: number): string {
  const bytes = createHash('sha256')
    .update(canonical([bareTemplate(deployment), collisions]))
    .digest();
  return [...bytes.subarray(0, 10)].map((byte) => hashLetters[byte % hashLetters.length]).join('');
}

/** Only so many old ReplicaSets are kept for a rollback. */
function forgetOld(cluster: Cluster, deployment: KubeObject, old: readonly KubeObject[]): void {
  const limit = numberAt(deployment, 'spec', 'revisionHistoryLimit') ?? 10;
  const idle = old.filter(
    (set) =>
      replicasOf(set) === 0 &&
      (numberAt(set, 'status', 'replicas') ?? 0) === 0 &&
      set.metadata.deletionTimestamp === undefined,
  );
  const oldestFirst = idle.toSorted((a, b) => revisionOf(a) - revisionOf(b));
  for (const set of oldestFirst.slice(0, Math.max(0, idle.length - limit)))
    remove(cluster, must('replicasets'), set, { dryRun: false });
}
