import type { KubeObject } from '../parts.ts';
import { timestamp, type Cluster } from './cluster.ts';
import { at, numberAt, objectAt, textAt, type Draft } from './json-object.ts';
import type { Resource } from './resources.ts';
import { conflict, fieldUnsupported, forbidden, invalid } from './status-error.ts';
import { isFinished } from './writes.ts';

/** The body of a DELETE, or what its query said. */
export interface DeleteOptions {
  readonly propagationPolicy?: string;
  readonly gracePeriodSeconds?: number;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun: boolean;
}

const policies = ['Foreground', 'Background', 'Orphan'];

/**
 * Deletes, or starts to. Answers with the object as it then is, and whether it is gone: pods with a grace period,
 * namespaces and whatever has finalizers stay for a while.
 */
export function remove(
  cluster: Cluster,
  resource: Resource,
  live: KubeObject,
  options: DeleteOptions,
): { readonly object: KubeObject; readonly gone: boolean } {
  checkPreconditions(resource, live, options);
  if (options.propagationPolicy !== undefined && !policies.includes(options.propagationPolicy)) {
    throw invalid('meta.k8s.io', 'DeleteOptions', '', [
      fieldUnsupported('propagationPolicy', options.propagationPolicy, [...policies, 'nil']),
    ]);
  }
  if (
    resource.kind === 'Namespace' &&
    ['default', 'kube-system', 'kube-public', 'kube-node-lease'].includes(live.metadata.name)
  ) {
    throw forbidden(resource, live.metadata.name, 'this namespace may not be deleted');
  }
  const next = marked(cluster, resource, live, options);
  if (options.dryRun) return { object: next, gone: isFinished(resource, next) };
  if (isFinished(resource, next)) return { object: cluster.storage.remove(resource, next), gone: true };
  return { object: next === live ? live : cluster.storage.put(resource, next), gone: false };
}

function checkPreconditions(resource: Resource, live: KubeObject, { uid, resourceVersion }: DeleteOptions): void {
  const why = (what: string, wanted: string, real: string): string =>
    `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${real}). The object might have been deleted and then recreated`;
  if (uid !== undefined && uid !== live.metadata.uid) {
    throw conflict(resource, live.metadata.name, why('UID', uid, live.metadata.uid));
  }
  const version = live.metadata.resourceVersion;
  if (resourceVersion !== undefined && resourceVersion !== version) {
    throw conflict(
      resource,
      live.metadata.name,
      why('ResourceVersion', resourceVersion, version).replace(/ The object.*/, ' The object might have been modified'),
    );
  }
}

/** The object with the marks of its deletion; the same object when it already has them. */
function marked(cluster: Cluster, resource: Resource, live: KubeObject, options: DeleteOptions): KubeObject {
  const seconds = graceOf(resource, live, options);
  const already = live.metadata.deletionTimestamp !== undefined;
  const before = live.metadata.deletionGracePeriodSeconds ?? 0;
  const finalizers = finalizersFor(live, options.propagationPolicy);
  const known = at(live, 'metadata', 'finalizers');
  if (already && seconds >= before && finalizers.length === (Array.isArray(known) ? known.length : 0)) return live;
  const metadata: Draft = {
    ...live.metadata,
    deletionTimestamp:
      already && seconds >= before ? live.metadata.deletionTimestamp : timestamp(cluster, seconds * 1000),
    deletionGracePeriodSeconds: seconds,
    ...(finalizers.length > 0 ? { finalizers } : {}),
    ...(resource.generation === 'none' ? {} : { generation: Number(live.metadata['generation'] ?? 0) + 1 }),
  };
  if (resource.kind !== 'Namespace') return { ...live, metadata } as unknown as KubeObject;
  return { ...live, metadata, status: { ...objectAt(live, 'status'), phase: 'Terminating' } } as unknown as KubeObject;
}

/** Only pods that a node runs get time to end. */
function graceOf(resource: Resource, live: KubeObject, { gracePeriodSeconds }: DeleteOptions): number {
  if (resource.kind !== 'Pod' || textAt(live, 'spec', 'nodeName') === '') return 0;
  if (['Succeeded', 'Failed'].includes(textAt(live, 'status', 'phase'))) return 0;
  return Math.max(0, gracePeriodSeconds ?? numberAt(live, 'spec', 'terminationGracePeriodSeconds') ?? 30);
}

function finalizersFor(live: KubeObject, policy: string | undefined): readonly unknown[] {
  const own = at(live, 'metadata', 'finalizers');
  const rest = (Array.isArray(own) ? (own as readonly unknown[]) : []).filter(
    (each) => policy === undefined || (each !== 'orphan' && each !== 'foregroundDeletion'),
  );
  if (policy === 'Orphan') return [...rest, 'orphan'];
  return policy === 'Foreground' ? [...rest, 'foregroundDeletion'] : rest;
}

/** Everything that stands in a namespace, but for the namespace itself. */
export function contentOf(cluster: Cluster, namespace: string): readonly (readonly [Resource, KubeObject])[] {
  return cluster.catalogue
    .kinds()
    .filter((resource) => resource.namespaced)
    .flatMap((resource) => cluster.storage.list(resource, namespace).map((object) => [resource, object] as const));
}

/** The row that an object belongs to. */
export function rowOf(cluster: Cluster, object: KubeObject): Resource | undefined {
  return cluster.catalogue.ofKind(object.apiVersion, object.kind);
}
