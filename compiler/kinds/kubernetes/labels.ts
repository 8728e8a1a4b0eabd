import type { Owner } from '../../model/kind.ts';
import type { KubeObject } from '../../model/ports.ts';

/**
 * The mark of a Kubernetes object, in the labels that the field has agreed on.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function objectLabels(app: string): Record<string, string> {
  return { 'app.kubernetes.io/name': app, 'app.kubernetes.io/part-of': app, 'app.kubernetes.io/managed-by': 'hello' };
}

/** What a Deployment and a Service select by. Of what never changes, as a selector is immutable. */
export function selectorLabels(app: string): Record<string, string> {
  return { 'app.kubernetes.io/name': app, 'app.kubernetes.io/part-of': app };
}

/** Finds everything that carries our mark, of any app. */
export const managedSelector = 'app.kubernetes.io/managed-by=hello';

export function ownerOf(object: KubeObject, app: string): Owner {
  const labels = object.metadata.labels ?? {};
  if (labels['app.kubernetes.io/managed-by'] !== 'hello') return 'nobody';
  return labels['app.kubernetes.io/part-of'] === app ? 'us' : 'other';
}
