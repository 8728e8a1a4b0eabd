import { createHash } from 'node:crypto';
import type { KubeType } from '../../model/ports.ts';

/**
 * What an app has in its namespace is an ApplySet, so that other tools can list it, and know that it is not theirs:
 * `kubectl get all -l applyset.kubernetes.io/part-of=ID`. The prefix is the one that kubectl uses, not that of the
 * proposal. https://github.com/kubernetes/enhancements/tree/master/keps/sig-cli/3659-kubectl-apply-prune
 */
export const partOfLabel = 'applyset.kubernetes.io/part-of';

/** The ConfigMap that stands for the set. No service or job can be called so: their names have no dot. */
export const parentName = 'hello.apply-set';

/** The id of the set of an app: a hash of where its parent is, so that nobody can pass another off for it. */
export function applySetId(app: string): string {
  return idOf({ name: parentName, namespace: app, kind: 'ConfigMap', group: '' });
}

/** The id of the set with this parent, as kubectl makes it. */
export function idOf(parent: Readonly<Record<'name' | 'namespace' | 'kind' | 'group', string>>): string {
  const { name, namespace, kind, group } = parent;
  const hash = createHash('sha256').update(`${name}.${namespace}.${kind}.${group}`).digest('base64url');
  return `applyset-${hash}-v1`;
}

/** What makes an object the parent of the set that has members of these types. */
export function parentMetadata(
  app: string,
  types: readonly KubeType[],
): Readonly<Record<'labels' | 'annotations', Record<string, string>>> {
  const kinds = types.map(groupKind).toSorted((one, other) => (one < other ? -1 : 1));
  return {
    labels: { 'applyset.kubernetes.io/id': applySetId(app) },
    annotations: {
      'applyset.kubernetes.io/tooling': 'hello/v1',
      'applyset.kubernetes.io/contains-group-kinds': kinds.join(','),
      'applyset.kubernetes.io/additional-namespaces': '',
    },
  };
}

/** `Deployment.apps`; a type of the core group has its kind alone. */
function groupKind({ apiVersion, kind }: KubeType): string {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return group ? `${kind}.${group}` : kind;
}
