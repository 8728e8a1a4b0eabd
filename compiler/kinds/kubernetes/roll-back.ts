import { digest } from '../../base/digest.ts';
import { isObject } from '../../base/json.ts';
import type { RolledBack } from '../../model/kind.ts';
import type { KubeObject, KubernetesApi } from '../../model/ports.ts';
import { itemsOf, member, numberOf, textOf } from './kube-json.ts';
import type { Manifest } from './manifest.ts';
import { replicaSetsOf, revisionOf, templateHash } from './replica-sets.ts';
import { configMapType, deploymentType } from './types.ts';
import { configHash } from './workload-needs.ts';

/**
 * Puts back the pod template of the newest other ReplicaSet that is healthy: it still has pods that work, as the rolling
 * update has not taken them away. By server-side apply under our own name, so that the next plan shows the difference.
 */
export async function rollBack(api: KubernetesApi, want: Manifest, first: () => Promise<void>): Promise<RolledBack> {
  const { name, namespace } = want.metadata;
  const live = await api.find(deploymentType, name, namespace);
  if (!live) return { done: false, message: 'nothing to roll back: it is not there' };
  const others = (await replicaSetsOf(api, live)).filter((each) => revisionOf(each) !== revisionOf(live));
  if (others.length === 0) return { done: false, message: 'nothing to roll back to: this is its first release' };
  const healthy = others.filter((each) => numberOf(member(each.status, 'availableReplicas')) > 0);
  const [last] = healthy.toSorted((a, b) => revisionOf(b) - revisionOf(a));
  if (!last) return { done: false, message: 'nothing to roll back to: no release before this one is healthy' };
  await first();
  const template = templateOf(last);
  await putBackTemplate(api, want, template);
  const message = `rolled back to revision ${revisionOf(last)} (${imagesOf(template).join(', ')})`;
  return { done: true, message: `${message}${await aboutConfig(api, live, template)}` };
}

/** Lets the pods of a Deployment be as an earlier template says; all else stays as `want` has it. */
export async function putBackTemplate(api: KubernetesApi, want: Manifest, template: unknown): Promise<void> {
  await api.apply(deploymentType, { ...want, spec: { ...want.spec, template } }, { force: true });
}

/** The images of a pod template's containers. */
export function imagesOf(template: unknown): string[] {
  return itemsOf(member(template, 'spec', 'containers')).map((each) => textOf(member(each, 'image')));
}

/** The template as it was before the controller added its label. */
function templateOf(set: KubeObject): Record<string, unknown> {
  const template = member(set.spec, 'template');
  const metadata = member(template, 'metadata');
  const labels = Object.entries(isObject(member(metadata, 'labels')) ? (member(metadata, 'labels') as object) : {});
  const annotations = member(metadata, 'annotations');
  return {
    metadata: {
      labels: Object.fromEntries(labels.filter(([key]) => key !== templateHash)),
      ...(annotations !== undefined && { annotations }),
    },
    spec: member(template, 'spec'),
  };
}

/** A ConfigMap has no history: one that has changed since can't be put back, and pods that start anew read it as it is. */
async function aboutConfig(api: KubernetesApi, { metadata }: KubeObject, template: unknown): Promise<string> {
  const hash = member(template, 'metadata', 'annotations', configHash);
  const config = await api.find(configMapType, metadata.name, metadata.namespace);
  const isSame = hash === undefined || !config || digest(config.data ?? {}).slice(0, 16) === hash;
  return isSame ? '' : ', but for its environment, which has changed since: pods that start anew see the new one';
}
