import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../parts.ts';
import type { Admission } from './admission-request.ts';
import { admit } from './admission.ts';
import { must, timestamp, type Cluster } from './cluster.ts';
import { normalise } from './conform.ts';
import { checkNamespace } from './decode.ts';
import { foldStringData, withDefaults } from './defaults.ts';
import { initialStatus } from './initial-status.ts';
import { at, objectAt, put, textAt, without, type Draft } from './json-object.ts';
import { apiVersionOf, type Resource } from './resources.ts';
import { shapeOfResource } from './schema.ts';
import { ApiError, alreadyExists, badRequest, fieldForbidden, forbidden, invalid, notFound } from './status-error.ts';
import { validate } from './validate.ts';
import type { WriteOptions } from './write-options.ts';

const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** Five letters that make no words, as the server appends to `generateName`. */
export function randomSuffix(length = 5): string {
  return Array.from({ length }, () => suffixLetters[Math.floor(Math.random() * suffixLetters.length)]).join('');
}

/** Completes `generateName`. */
export function nameNew(draft: Draft): void {
  const prefix = textAt(draft, 'metadata', 'generateName');
  if (textAt(draft, 'metadata', 'name') === '' && prefix !== '')
    put(draft, ['metadata', 'name'], `${prefix.slice(0, 58)}${randomSuffix()}`);
}

/** A new object as it will be stored: identified, defaulted, admitted, validated. */
export function prepareNew(
  cluster: Cluster,
  resource: Resource,
  namespace: string,
  draft: Draft,
  options: WriteOptions,
): Draft {
  const name = textAt(draft, 'metadata', 'name');
  if (resource.namespaced) put(draft, ['metadata', 'namespace'], checkNamespace(namespace, draft));
  else delete (draft['metadata'] as Draft)['namespace'];
  if (cluster.storage.get(resource, namespace, name)) throw alreadyExists(resource, name);
  checkDefinitionLives(cluster, resource);
  checkNamespaceLives(cluster, resource, namespace, name);
  const metadata = without(
    objectAt(draft, 'metadata'),
    'managedFields',
    'resourceVersion',
    'uid',
    'selfLink',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
  );
  draft['metadata'] = {
    ...metadata,
    uid: randomUUID(),
    creationTimestamp: timestamp(cluster),
    ...(resource.generation === 'none' ? {} : { generation: 1 }),
  };
  if (resource.status) draft['status'] = resource.custom ? undefined : initialStatus(resource.kind, draft);
  return finish(cluster, resource, draft, undefined, options);
}

/** Nothing new of a kind that is being taken away. */
function checkDefinitionLives(cluster: Cluster, { custom, plural, group }: Resource): void {
  const definition = custom && cluster.storage.get(must('customresourcedefinitions'), '', `${plural}.${group}`);
  if (definition?.metadata.deletionTimestamp === undefined) return;
  const message = 'create not allowed while custom resource definition is terminating';
  throw new ApiError(405, 'MethodNotAllowed', message, {});
}

function checkNamespaceLives(cluster: Cluster, resource: Resource, namespace: string, name: string): void {
  if (!resource.namespaced) return;
  const namespaces = must('namespaces');
  const found = cluster.storage.get(namespaces, '', namespace);
  if (!found) throw notFound(namespaces, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(resource, name, why, [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }]);
}

/** What the server alone writes stays as it is; the main endpoint leaves status alone, `/status` all the rest. */
export function prepareChange(
  cluster: Cluster,
  resource: Resource,
  live: KubeObject,
  draft: Draft,
  options: WriteOptions,
): Draft {
  const { name } = live.metadata;
  const own = textAt(draft, 'metadata', 'name');
  if (own !== '' && own !== name)
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  if (live.metadata.namespace !== undefined) checkNamespace(live.metadata.namespace, draft);
  if (options.subresource === 'status') {
    // Controllers leave their notes in annotations along with the status; nothing else of the object moves.
    const annotations = at(draft, 'metadata', 'annotations') ?? live.metadata.annotations;
    const metadata = {
      ...without(live.metadata, 'managedFields', 'annotations'),
      ...(annotations ? { annotations } : {}),
    };
    const changed = complete(resource, { metadata, status: draft['status'] ?? {} });
    checkFinalizers(resource, changed, live);
    return { ...live, ...changed };
  }
  const kept = [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'generation',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'resourceVersion',
    'generateName',
  ];
  const mine = Object.entries(live.metadata).filter(([field]) => kept.includes(field));
  draft['metadata'] = {
    ...without(objectAt(draft, 'metadata'), ...kept, 'managedFields', 'selfLink'),
    ...Object.fromEntries(mine),
  };
  if (resource.status) draft['status'] = live['status'];
  return finish(cluster, resource, draft, live, options);
}

function finish(
  cluster: Cluster,
  resource: Resource,
  draft: Draft,
  live: KubeObject | undefined,
  options: WriteOptions,
): Draft {
  if (resource.kind === 'Secret') foldStringData(draft);
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  const admission: Admission = { live, dryRun: options.dryRun, warn: options.warn };
  const admitted = admit(cluster, resource, { ...complete(resource, draft), ...identity }, admission);
  validate(resource, admitted, live);
  checkFinalizers(resource, admitted, live);
  return { ...identity, ...admitted };
}

function complete(resource: Resource, draft: Draft): Draft {
  const shape = shapeOfResource(resource);
  return withDefaults(shape, normalise(shape, draft)) as Draft;
}

function checkFinalizers(resource: Resource, draft: Readonly<Draft>, live: KubeObject | undefined): void {
  if (live?.metadata.deletionTimestamp === undefined) return;
  const before = at(live, 'metadata', 'finalizers');
  const after = at(draft, 'metadata', 'finalizers');
  const known = Array.isArray(before) ? before : [];
  const fresh = (Array.isArray(after) ? after : []).filter((each) => !known.includes(each));
  if (fresh.length === 0) return;
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${fresh.map((each) => `"${String(each)}"`).join(', ')}}`;
  throw invalid(resource.group, resource.kind, live.metadata.name, [fieldForbidden('metadata.finalizers', why)]);
}
