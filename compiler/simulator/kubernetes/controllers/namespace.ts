import { must, timestamp, type Cluster } from '../cluster.ts';
import { contentOf, remove } from '../deletes.ts';
import { listAt, objectAt } from '../json-object.ts';
import { inside } from '../write-options.ts';
import { create, update } from '../writes.ts';
import { conditionsOf, managerName, setStatus, withCondition } from './owned.ts';
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
      const counts = new Map<string, number>();
      for (const [resource] of left)
        counts.set(
          `${resource.plural}.${resource.group}`,
          (counts.get(`${resource.plural}.${resource.group}`) ?? 0) + 1,
        );
      const texts = [...counts].map(([plural, count]) => `${plural} has ${count} resource instances`);
      const remaining = {
        type: 'NamespaceContentRemaining',
        status: 'True',
        reason: 'SomeResourcesRemain',
        message: `Some resources are remaining: ${texts.join(', ')}`,
      };
      const conditions = withCondition(namespace, conditionsOf(namespace), remaining, timestamp(cluster), false);
      setStatus(cluster, 'namespaces', namespace, { ...objectAt(namespace, 'status'), conditions });
      return undefined;
    },
  };
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
