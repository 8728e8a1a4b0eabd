import { clusterId } from '../google/cluster.ts';
import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import { foreignInNamespace } from './foreign.ts';
import { objectLabels } from './labels.ts';
import { namespaceType } from './types.ts';

/** The app's namespace. Everything of the app lives in it; it is deleted only when nothing else does. */
export const namespace = appliedKind({
  name: 'kubernetes.namespace',
  docs: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/',
  type: namespaceType,
  *declare(spec) {
    const name = namespaceOf(spec);
    const cluster = clusterId(spec);
    const enforce = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    const metadata = { name, labels: { ...objectLabels(spec.name), ...enforce } };
    yield {
      key: name,
      desired: { apiVersion: 'v1', kind: 'Namespace', metadata },
      after: cluster ? [cluster] : [],
      path: ['name'],
    };
  },
  holdsForeign: async (ctx, desired) => foreignInNamespace(ctx, desired.metadata.name),
});
