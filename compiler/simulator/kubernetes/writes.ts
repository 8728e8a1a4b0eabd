import { isObject } from '../../base/json.ts';
import type { KubeObject } from '../parts.ts';
import { admit, type Admission } from './admission.ts';
import { applyFields, sameOwners } from './apply.ts';
import { must, timestamp, type Cluster } from './cluster.ts';
import { misfits, normalise, typedMisfits } from './conform.ts';
import { foldStringData, withDefaults } from './defaults.ts';
import { fieldsOf, sameSet } from './field-set.ts';
import { initialStatus } from './initial-status.ts';
import { at, objectAt, put, same, textAt, without, type Draft } from './json-object.ts';
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
import { apiVersionOf, type Resource } from './resources.ts';
import { shapeOf } from './schema.ts';
import {
  alreadyExists,
  ApiError,
  badRequest,
  conflict,
  fieldForbidden,
  forbidden,
  invalid,
  notFound,
  staleVersion,
} from './status-error.ts';
import { newUid } from './storage.ts';
import { validate } from './validate.ts';

/** How a write is to be done, and by whom. */
export interface WriteOptions {
  /** The field manager. */
  readonly manager: string;
  readonly dryRun: boolean;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  readonly subresource?: 'status' | 'scale';
  /** The text of a `Warning` header. */
  readonly warn: (text: string) => void;
}

/** What the parts of the local cloud itself write with. */
export const inside = (manager: string, subresource?: 'status'): WriteOptions => ({
  manager,
  dryRun: false,
  fieldValidation: 'Ignore',
  warn: () => undefined,
  ...(subresource ? { subresource } : {}),
});

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
  const owners = updateManagers(shapeOf(resource.model), {}, prepared, [], me);
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
  const shape = shapeOf(resource.model);
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
  const shape = shapeOf(resource.model);
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
  const fields = stripUnowned(fieldsOf(shapeOf(resource.model), without(live, 'status')));
  return [{ manager: 'before-first-apply', operation: 'Update', apiVersion: apiVersionOf(resource), fields }];
}

function applyConfig(
  resource: Resource,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  body: unknown,
  options: WriteOptions,
): Draft {
  if (!isObject(body)) throw badRequest('error decoding YAML: the body is not an object');
  checkIdentity(resource, body);
  if (at(body, 'metadata', 'managedFields') !== undefined) throw badRequest('metadata.managedFields must be nil');
  const own = textAt(body, 'metadata', 'name');
  if (own !== '' && own !== name)
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  const metadata = {
    ...objectAt(body, 'metadata'),
    name,
    ...(resource.namespaced ? { namespace: checkNamespace(namespace, body) } : {}),
  };
  const config: Draft = { ...body, metadata };
  if (options.subresource)
    for (const field of Object.keys(config))
      if (!['apiVersion', 'kind', 'metadata', 'status'].includes(field)) delete config[field];
  const wrong = typedMisfits(shapeOf(resource.model), config);
  if (wrong.length > 0) {
    const what = `${resource.namespaced ? `${namespace}/` : '/'}${name}; ${apiVersionOf(resource)}, Kind=${resource.kind}`;
    const text = wrong.length === 1 ? wrong[0] : `errors:\n${wrong.map((each) => `  ${each}`).join('\n')}`;
    throw new ApiError(500, undefined, `failed to create typed patch object (${what}): ${text}`);
  }
  if (resource.status && !options.subresource) delete config['status'];
  return config;
}

/** Body against URL and schema; what comes out may be edited. */
function decode(resource: Resource, body: unknown, options: WriteOptions): Draft {
  if (!isObject(body)) throw badRequest('the body is not a JSON object');
  checkIdentity(resource, body);
  const { unknown, mistyped } = misfits(shapeOf(resource.model), body);
  const what = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}`;
  if (mistyped.length > 0) throw badRequest(`${what}: ${mistyped[0]}`);
  const strange = unknown.map((path) => `unknown field "${path}"`);
  if (strange.length > 0 && options.fieldValidation === 'Strict')
    throw badRequest(`${what}: strict decoding error: ${strange.join(', ')}`);
  if (options.fieldValidation === 'Warn') for (const text of strange) options.warn(text);
  return { ...body, metadata: { ...objectAt(body, 'metadata') } };
}

function checkIdentity(resource: Resource, body: Readonly<Draft>): void {
  const { apiVersion = apiVersionOf(resource), kind = resource.kind } = body;
  if (apiVersion === apiVersionOf(resource) && kind === resource.kind) return;
  if (kind !== resource.kind) {
    throw badRequest(
      `the kind in the data (${String(apiVersion)}, Kind=${String(kind)}) does not match the expected kind (${apiVersionOf(resource)}, Kind=${resource.kind})`,
    );
  }
  throw badRequest(
    `the API version in the data (${String(apiVersion)}) does not match the expected API version (${apiVersionOf(resource)})`,
  );
}

function checkNamespace(namespace: string, body: Readonly<Draft>): string {
  const own = textAt(body, 'metadata', 'namespace');
  if (own !== '' && own !== namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  return namespace;
}

function checkVersion(resource: Resource, live: KubeObject, draft: Readonly<Draft>): void {
  const version = textAt(draft, 'metadata', 'resourceVersion');
  const { name } = live.metadata;
  if (version !== '' && version !== live.metadata.resourceVersion) throw staleVersion(resource, name);
  const uid = textAt(draft, 'metadata', 'uid');
  if (uid !== '' && uid !== live.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
    );
  }
}

const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** Five letters that make no words, as the server appends to `generateName`. */
export function randomSuffix(length = 5): string {
  return Array.from({ length }, () => suffixLetters[Math.floor(Math.random() * suffixLetters.length)]).join('');
}

function nameNew(draft: Draft): void {
  const prefix = textAt(draft, 'metadata', 'generateName');
  if (textAt(draft, 'metadata', 'name') === '' && prefix !== '')
    put(draft, ['metadata', 'name'], `${prefix.slice(0, 58)}${randomSuffix()}`);
}

function prepareNew(
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
    uid: newUid(),
    creationTimestamp: timestamp(cluster),
    ...(resource.generation === 'none' ? {} : { generation: 1 }),
  };
  if (resource.status) draft['status'] = initialStatus(resource.kind, draft);
  return finish(cluster, resource, draft, undefined, options);
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
function prepareChange(
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
    return finish(
      cluster,
      resource,
      { ...live, metadata: without(live.metadata, 'managedFields'), status: draft['status'] ?? {} },
      live,
      options,
    );
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
  const shape = shapeOf(resource.model);
  if (resource.kind === 'Secret') foldStringData(draft);
  const complete = withDefaults(shape, normalise(shape, draft)) as Draft;
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  const admission: Admission = { live, dryRun: options.dryRun, warn: options.warn };
  const admitted =
    options.subresource === 'status' ? complete : admit(cluster, resource, { ...complete, ...identity }, admission);
  if (options.subresource !== 'status') validate(resource, admitted, live);
  checkFinalizers(resource, admitted, live);
  return { ...identity, ...admitted };
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
      ...(live && generationMoves(resource, live, prepared)
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
  if (resource.kind === 'Namespace') return !Array.isArray(at(object, 'spec', 'finalizers'));
  return (object.metadata.deletionGracePeriodSeconds ?? 0) === 0;
}
