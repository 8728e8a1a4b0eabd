import type { KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import { isObject } from '../../base/json.ts';
import { member } from './kube-json.ts';

const replicaSetType: KubeType = { apiVersion: 'apps/v1', kind: 'ReplicaSet', plural: 'replicasets', namespaced: true };
const revisionKey = 'deployment.kubernetes.io/revision';

/** The label that tells the pods of one template from those of another. */
export const templateHash = 'pod-template-hash';

/** Which release of a Deployment it is: one that is rolled back to gets a new number. */
export function revisionOf(object: KubeObject): number {
  return Number(object.metadata.annotations?.[revisionKey] ?? 0);
}

/** The ReplicaSets of a Deployment: one for each pod template that it has had and still keeps. */
export async function replicaSetsOf(api: KubernetesApi, deployment: KubeObject): Promise<readonly KubeObject[]> {
  const { namespace = '', uid } = deployment.metadata;
  const labelSelector = selectorOf(deployment);
  const found = await api.list(replicaSetType, { namespace, ...(labelSelector && { labelSelector }) });
  return found.filter((each) => each.metadata.ownerReferences?.some((owner) => owner.uid === uid));
}

/** What the pods of a Deployment are selected by, as a query says it. */
export function selectorOf(deployment: KubeObject): string {
  const labels = member(deployment.spec, 'selector', 'matchLabels');
  if (!isObject(labels)) return '';
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',');
}
