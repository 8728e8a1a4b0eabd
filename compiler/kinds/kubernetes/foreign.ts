import type { Ctx, KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import { isCloudError } from '../../base/errors.ts';
import { configMapType, deploymentType, namespaceType, secretType, serviceAccountType, serviceType } from './types.ts';
import { ownerOf } from './labels.ts';
import { isReleaseRecord } from './release.ts';

/** What people put into clusters. Pods, replica sets and the like come from these. */
const types: readonly KubeType[] = [
  deploymentType,
  { apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets', namespaced: true },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', plural: 'daemonsets', namespaced: true },
  { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', namespaced: true },
  { apiVersion: 'batch/v1', kind: 'CronJob', plural: 'cronjobs', namespaced: true },
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', plural: 'ingresses', namespaced: true },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', namespaced: true },
  serviceType,
  configMapType,
  secretType,
  serviceAccountType,
];

/** Namespaces of Kubernetes itself and of GKE. */
const systemNamespace = /^(kube-|gke-|gmp-|config-management-|anthos-|istio-system$)/;

/** Why a cluster must not be deleted: the first thing in it that is not ours, in words. */
export async function foreignInCluster(ctx: Ctx): Promise<string | undefined> {
  return foreignIn(ctx);
}

/** Why a namespace must not be deleted. */
export async function foreignInNamespace(ctx: Ctx, namespace: string): Promise<string | undefined> {
  return foreignIn(ctx, namespace);
}

async function foreignIn(ctx: Ctx, namespace?: string): Promise<string | undefined> {
  const api = await ctx.kubernetes();
  if (!api) return undefined;
  const lists = await Promise.all(
    [...(namespace ? [] : [namespaceType]), ...types].map(async (type) => listed(api, type, namespace)),
  );
  const foreign = lists.flat().filter(({ type, object }) => isForeign(ctx, type, object));
  const [first, ...more] = foreign.map(({ type, object }) => nameOf(type, object)).toSorted();
  return first && `it holds what is not ours: ${first}${more.length > 0 ? ` and ${more.length} more` : ''}`;
}

interface Listed {
  readonly type: KubeType;
  readonly object: KubeObject;
}

async function listed(api: KubernetesApi, type: KubeType, namespace?: string): Promise<Listed[]> {
  try {
    const objects = await api.list(type, namespace ? { namespace } : {});
    return objects.map((object) => ({ type, object }));
  } catch (error) {
    if (isCloudError(error, 'not-found')) return []; // this cluster does not serve that type
    throw error;
  }
}

function isForeign(ctx: Ctx, type: KubeType, object: KubeObject): boolean {
  const { name, namespace, ownerReferences, deletionTimestamp } = object.metadata;
  const place = type.namespaced ? (namespace ?? '') : name;
  if (systemNamespace.test(place) || ownerReferences || deletionTimestamp) return false;
  if (ownerOf(object, ctx.app) === 'us' || isReleaseRecord(object, ctx.app)) return false;
  if (type === namespaceType) return name !== 'default';
  // Every namespace is born with these.
  if (type === serviceAccountType && name === 'default') return false;
  if (type === configMapType && name === 'kube-root-ca.crt') return false;
  return !(type === serviceType && name === 'kubernetes' && namespace === 'default');
}

function nameOf(type: KubeType, { metadata }: KubeObject): string {
  return metadata.namespace ? `${type.kind} ${metadata.namespace}/${metadata.name}` : `${type.kind} ${metadata.name}`;
}
