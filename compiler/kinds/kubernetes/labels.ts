import { applySetId, partOfLabel } from './apply-set.ts';
import type { Owner } from '../../model/kind.ts';
import type { KubeObject } from '../../model/ports.ts';
import type { Spec } from '../../spec/spec.ts';

/**
 * The mark of a Kubernetes object, in the labels that the field has agreed on.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function objectLabels(app: string): Record<string, string> {
  return { 'app.kubernetes.io/name': app, 'app.kubernetes.io/part-of': app, 'app.kubernetes.io/managed-by': 'hello' };
}

/** The labels of an object in the namespace of the app: the mark, and membership in its ApplySet. */
export function memberLabels(app: string): Record<string, string> {
  return { ...objectLabels(app), [partOfLabel]: applySetId(app) };
}

/** The same of what belongs to one service or job of the app. */
export function workloadLabels(spec: Spec, workload: string): Record<string, string> {
  return { ...memberLabels(spec.name), 'app.kubernetes.io/name': workload };
}

/** The labels of what a controller makes for a service or job, which is no member of the ApplySet. */
export function podLabels(spec: Spec, workload: string): Record<string, string> {
  return { ...objectLabels(spec.name), 'app.kubernetes.io/name': workload };
}

/** What a Deployment and a Service select by. Of what never changes, as a selector is immutable. */
export function selectorLabels(spec: Spec, workload: string): Record<string, string> {
  return { 'app.kubernetes.io/name': workload, 'app.kubernetes.io/part-of': spec.name };
}

/** Finds everything that carries our mark, of any app. */
export const managedSelector = 'app.kubernetes.io/managed-by=hello';

export function ownerOf(object: KubeObject, app: string): Owner {
  const labels = object.metadata.labels ?? {};
  if (labels['app.kubernetes.io/managed-by'] !== 'hello') return 'nobody';
  return labels['app.kubernetes.io/part-of'] === app ? 'us' : 'other';
}
