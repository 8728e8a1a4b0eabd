import type { KubeObject } from '../parts.ts';
import { applyFields, sameOwners } from './apply.ts';
import { timestamp, type Cluster } from './cluster.ts';
import { applyConfig, checkVersion, decode } from './decode.ts';
import { fieldsOf, sameSet } from './field-set.ts';
import { at, objectAt, same, textAt, without, type Draft } from './json-object.ts';
import {
  capManagers,
  readManagers,
  sameManager,
  stripUnowned,
  updateManagers,
  writeManagers,
  type Manager,
  type Ownership,
} from './managers.ts';
import { nameNew, prepareChange, prepareNew } from './prepare.ts';
import { apiVersionOf, type Resource } from './resources.ts';
import { shapeOfResource } from './schema.ts';
import { conflict, notFound } from './status-error.ts';
import type { WriteOptions } from './write-options.ts';

/** POST: a new object. */
export function create(
  cluster: Cluster,
  resource: Resource,
  namespace: string,
  body: unknown,
  options: WriteOptions,
): KubeObject {
  const draft = decode(resource, body, options);
  nameNew(draft);
  const prepared = prepareNew(cluster, resource, namespace, draft, options);
  const me = { manager: options.manager, operation: 'Update' as const, apiVersion: apiVersionOf(resource) };
  const owners = updateManagers(shapeOfResource(resource), {}, prepared, [], me);
  return commit(cluster, resource, undefined, prepared, owners, options);
}

/** PUT, and every PATCH but apply: `body` is the whole object as it should be. */
export function update(
  cluster: Cluster,
  resource: Resource,
  live: KubeObject,
  body: unknown,
  options: WriteOptions,
): KubeObject {
  const draft = decode(resource, body, options);
  checkVersion(resource, live, draft);
  const cleared = same(at(draft, 'metadata', 'managedFields'), [{}]);
  const prepared = prepareChange(cluster, resource, live, draft, options);
  const me = {
    manager: options.manager,
    operation: 'Update' as const,
    apiVersion: apiVersionOf(resource),
    ...(options.subresource ? { subresource: options.subresource } : {}),
  };
  const managers = readManagers(live.metadata['managedFields']);
  const shape = shapeOfResource(resource);
  const owners = cleared ? [] : updateManagers(shape, live, prepared, managers, me);
  return commit(cluster, resource, live, prepared, owners, options);
}

/** PATCH with an apply patch: server-side apply, which also creates. */
export function apply(
  cluster: Cluster,
  resource: Resource,
  target: { readonly namespace: string; readonly name: string },
  body: unknown,
  options: WriteOptions & { readonly force: boolean },
): { readonly object: KubeObject; readonly created: boolean } {
  const shape = shapeOfResource(resource);
  const live = cluster.storage.get(resource, target.namespace, target.name);
  if (!live && options.subresource) throw notFound(resource, target.name);
  const config = applyConfig(resource, target, body, options);
  if (live) checkVersion(resource, live, config);
  else if (textAt(config, 'metadata', 'uid') !== '')
    throw conflict(
      resource,
      target.name,
      'uid mismatch: the provided object specified uid, and no existing object was found',
    );
  const me = {
    manager: options.manager,
    operation: 'Apply' as const,
    apiVersion: apiVersionOf(resource),
    ...(options.subresource ? { subresource: options.subresource } : {}),
  };
  const result = applyFields(shape, live ?? {}, config, ownersBefore(resource, live), me, options.force);
  const draft = { ...(result.merged as Draft) };
  const prepared = live
    ? prepareChange(cluster, resource, live, draft, options)
    : prepareNew(cluster, resource, target.namespace, draft, options);
  return { object: commit(cluster, resource, live, prepared, result.managers, options), created: !live };
}

/** Whoever wrote before ownership was kept. */
function ownersBefore(resource: Resource, live: KubeObject | undefined): readonly Manager[] {
  const managers = readManagers(live?.metadata['managedFields']);
  if (!live || managers.length > 0) return managers;
  const fields = stripUnowned(fieldsOf(shapeOfResource(resource), without(live, 'status')));
  return [{ manager: 'before-first-apply', operation: 'Update', apiVersion: apiVersionOf(resource), fields }];
}

function commit(
  cluster: Cluster,
  resource: Resource,
  live: KubeObject | undefined,
  prepared: Draft,
  owners: readonly Ownership[],
  options: WriteOptions,
): KubeObject {
  const bare = (object: Readonly<Draft>): Draft => ({
    ...object,
    metadata: without(objectAt(object, 'metadata'), 'managedFields', 'resourceVersion'),
  });
  const before = readManagers(live?.metadata['managedFields']);
  if (live && same(bare(live), bare(prepared)) && sameOwners(before, owners)) return live;
  const now = timestamp(cluster);
  const managers = owners.map((each): Manager => {
    const old = before.find((other) => sameManager(other, each));
    return { ...each, time: old?.time !== undefined && sameSet(old.fields, each.fields) ? old.time : now };
  });
  const metadata = objectAt(prepared, 'metadata');
  const next = {
    ...prepared,
    metadata: {
      ...metadata,
      ...(live && options.subresource !== 'status' && generationMoves(resource, live, prepared)
        ? { generation: Number(metadata['generation'] ?? 0) + 1 }
        : {}),
      managedFields: writeManagers(capManagers(managers)),
    },
  } as unknown as KubeObject;
  if (options.dryRun)
    return live ? next : ({ ...next, metadata: without(next.metadata, 'resourceVersion') } as unknown as KubeObject);
  const stored = cluster.storage.put(resource, next);
  return isFinished(resource, stored) ? cluster.storage.remove(resource, stored) : stored;
}

function generationMoves(resource: Resource, live: KubeObject, next: Readonly<Draft>): boolean {
  if (resource.generation === 'none') return false;
  if (resource.generation === 'all')
    return !same(without(live, 'metadata', 'status'), without(next, 'metadata', 'status'));
  if (!same(live['spec'], next['spec'])) return true;
  return (
    resource.generation === 'spec+annotations' &&
    !same(live.metadata.annotations ?? {}, at(next, 'metadata', 'annotations') ?? {})
  );
}

/** Being deleted, with nothing left that holds it. */
export function isFinished(resource: Resource, object: KubeObject): boolean {
  if (object.metadata.deletionTimestamp === undefined) return false;
  const finalizers = object.metadata['finalizers'];
  if (Array.isArray(finalizers) && finalizers.length > 0) return false;
  if (resource.kind === 'Namespace') return false; // the namespace controller empties it first
  return (object.metadata.deletionGracePeriodSeconds ?? 0) === 0;
}
