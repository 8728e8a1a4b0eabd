import type { KubeObject } from '../../parts.ts';
import { must, timestamp, type Cluster } from '../cluster.ts';
import { customResource } from '../custom-resources.ts';
import { remove } from '../deletes.ts';
import { at, listAt, objectAt, textAt } from '../json-object.ts';
import { change, conditionsOf, setStatus, withCondition } from './owned.ts';
import type { Controller } from './queue.ts';

const cleanup = 'customresourcecleanup.apiextensions.k8s.io';

/** Makes definitions count, and empties those that are to go: their objects go first. */
export function customResourceController(cluster: Cluster): Controller {
  const definitions = must('customresourcedefinitions');
  return {
    name: 'custom-resource',
    keysOf({ resource, object, type }) {
      if (resource === definitions) return type === 'DELETED' ? [] : [object.metadata.name];
      return resource.custom && type === 'DELETED' ? [`${resource.plural}.${resource.group}`] : [];
    },
    reconcile(name) {
      const definition = cluster.storage.get(definitions, '', name);
      if (!definition) return undefined;
      if (definition.metadata.deletionTimestamp === undefined) establish(cluster, definition);
      else empty(cluster, definition);
      return undefined;
    },
  };
}

function establish(cluster: Cluster, definition: KubeObject): void {
  const finalizers = listAt(definition, 'metadata', 'finalizers');
  const held = finalizers.includes(cleanup)
    ? definition
    : change(cluster, 'customresourcedefinitions', definition, { metadata: { finalizers: [...finalizers, cleanup] } });
  const now = timestamp(cluster);
  const met = [
    { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
    {
      type: 'Established',
      status: 'True',
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
    },
  ];
  const stored = listAt(held, 'spec', 'versions').find((each) => at(each, 'storage') === true);
  setStatus(cluster, 'customresourcedefinitions', held, {
    acceptedNames: objectAt(held, 'spec', 'names'),
    storedVersions: [textAt(stored, 'name')],
    conditions: met.reduce<readonly unknown[]>(
      (conditions, each) => withCondition(held, conditions, each, now, false),
      conditionsOf(held),
    ),
  });
}

function empty(cluster: Cluster, definition: KubeObject): void {
  const rows = customResource(definition);
  const left = rows.flatMap((row) => cluster.storage.list(row, '').map((object) => ({ row, object })));
  for (const { row, object } of left)
    if (object.metadata.deletionTimestamp === undefined) remove(cluster, row, object, { dryRun: false });
  if (rows.some((row) => cluster.storage.list(row, '').length > 0)) return;
  const finalizers = listAt(definition, 'metadata', 'finalizers').filter((each) => each !== cleanup);
  change(cluster, 'customresourcedefinitions', definition, { metadata: { finalizers } });
}
