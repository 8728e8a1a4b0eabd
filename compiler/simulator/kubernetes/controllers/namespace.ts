import type { KubeObject } from '../../parts.ts';
import { must, timestamp, type Cluster } from '../cluster.ts';
import { contentOf, remove } from '../deletes.ts';
import { listAt, objectAt } from '../json-object.ts';
import type { Resource } from '../resources.ts';
import { inside } from '../write-options.ts';
import { create, update } from '../writes.ts';
import { conditionsOf, managerName, setStatus, withCondition, type Condition } from './owned.ts';
import type { Controller } from './queue.ts';

/** Furnishes new namespaces, and empties those that are to go. */
export function namespaceController(cluster: Cluster): Controller {
  return {
    name: 'namespace',
    keysOf({ type, resource, object }) {
      if (resource.plural === 'namespaces') return type === 'DELETED' ? [] : [object.metadata.name];
      const home = object.metadata.namespace;
      const standard = resource.plural === 'serviceaccounts' || resource.plural === 'configmaps';
      if (home === undefined || type === 'ADDED' || (type === 'MODIFIED' && !standard)) return [];
      return [home];
    },
    reconcile(name) {
      const namespaces = must('namespaces');
      const namespace = cluster.storage.get(namespaces, '', name);
      if (!namespace) return undefined;
      if (namespace.metadata.deletionTimestamp === undefined) {
        furnish(cluster, name);
        return undefined;
      }
      for (const [resource, object] of contentOf(cluster, name)) {
        if (object.metadata.deletionTimestamp === undefined) remove(cluster, resource, object, { dryRun: false });
      }
      const left = contentOf(cluster, name);
      if (left.length === 0) {
        // Its own finalizer is the server's alone: with nothing left inside, only those of others can hold it.
        if (listAt(namespace, 'metadata', 'finalizers').length === 0) cluster.storage.remove(namespaces, namespace);
        return undefined;
      }
      const conditions = remaining(left.map(([resource, object]) => ({ resource, object }))).reduce(
        (before, condition) => withCondition(namespace, before, condition, timestamp(cluster), false),
        conditionsOf(namespace),
      );
      setStatus(cluster, 'namespaces', namespace, { ...objectAt(namespace, 'status'), conditions });
      return undefined;
    },
  };
}

/** What is left in a namespace, and which finalizers hold it. */
function remaining(left: readonly { readonly resource: Resource; readonly object: KubeObject }[]): Condition[] {
  const tally = (names: readonly string[]): readonly (readonly [string, number])[] =>
    [...Map.groupBy(names.toSorted(), (name) => name)].map(([name, list]) => [name, list.length] as const);
  const kinds = tally(left.map(({ resource }) => `${resource.plural}.${resource.group}`));
  const holders = tally(left.flatMap(({ object }) => listAt(object, 'metadata', 'finalizers').map(String)));
  const kindTexts = kinds.map(([name, count]) => `${name} has ${count} resource instances`);
  const holderTexts = holders.map(([name, count]) => `${name} in ${count} resource instances`);
  return [
    {
      type: 'NamespaceContentRemaining',
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: `Some resources are remaining: ${kindTexts.join(', ')}`,
    },
    {
      type: 'NamespaceFinalizersRemaining',
      status: holders.length > 0 ? 'True' : 'False',
      reason: holders.length > 0 ? 'SomeFinalizersRemain' : 'ContentHasNoFinalizers',
      message:
        holders.length > 0
          ? `Some content in the namespace has finalizers remaining: ${holderTexts.join(', ')}`
          : 'All content-preserving finalizers finished',
    },
  ];
}

/** Every namespace has a service account, and the authority that pods trust. */
function furnish(cluster: Cluster, namespace: string): void {
  const accounts = must('serviceaccounts');
  if (!cluster.storage.get(accounts, namespace, 'default')) {
    create(cluster, accounts, namespace, { metadata: { name: 'default', namespace } }, inside(managerName));
  }
  const maps = must('configmaps');
  const name = 'kube-root-ca.crt';
  const about =
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc.';
  const body = {
    metadata: { name, namespace, annotations: { 'kubernetes.io/description': about } },
    data: { 'ca.crt': cluster.caPem },
  };
  const live = cluster.storage.get(maps, namespace, name);
  if (!live) create(cluster, maps, namespace, body, inside(managerName));
  else if (objectAt(live, 'data')['ca.crt'] !== cluster.caPem)
    update(cluster, maps, live, { ...live, data: body.data }, inside(managerName));
}
