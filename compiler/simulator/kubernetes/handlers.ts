import { isObject } from '../../base/json.ts';
import type { KubeObject, PodRuntime } from '../parts.ts';
import type { Cluster } from './cluster.ts';
import { remove, type DeleteOptions } from './deletes.ts';
import { numberAt, textAt, type Draft } from './json-object.ts';
import { listBody, listPage } from './listing.ts';
import { servePodLog } from './pod-log.ts';
import { jsonPatch, mergePatch } from './patch.ts';
import {
  checkVerb,
  contentType,
  isDryRun,
  parseBody,
  readBody,
  writeOptions,
  type Call,
  type Target,
} from './request.ts';
import { sendJson } from './respond.ts';
import { reviewAnswer } from './reviews.ts';
import { scaled, scaleOf } from './scale.ts';
import { shapeOf, shapeOfResource } from './schema.ts';
import {
  ApiError,
  badRequest,
  fieldRequired,
  invalid,
  methodNotAllowed,
  notFound,
  unknownResource,
  unsupportedMediaType,
} from './status-error.ts';
import { strategicMerge } from './strategic-merge.ts';
import { tableFor, wantsTable } from './tables.ts';
import { serveWatch } from './watch.ts';
import { shown, toStore } from './versions.ts';
import { type WriteOptions } from './write-options.ts';
import { apply, create, update } from './writes.ts';

/** Answers one request on a resource. */
export async function serveResource(cluster: Cluster, pods: PodRuntime, target: Target, call: Call): Promise<void> {
  const { resource, name, subresource } = target;
  if (subresource !== '') {
    await serveSubresource(cluster, pods, target, call);
    return;
  }
  switch (call.method) {
    case 'GET':
      if (call.query.get('watch') === 'true' || call.query.get('watch') === '1') {
        checkVerb(resource, 'watch');
        serveWatch(cluster, target, call);
      } else if (name === '') serveList(cluster, target, call);
      else serveGet(cluster, target, call);
      return;
    case 'POST':
      await servePost(cluster, target, call);
      return;
    case 'PUT':
      await servePut(cluster, target, call);
      return;
    case 'PATCH':
      await servePatch(cluster, target, call);
      return;
    case 'DELETE':
      await serveDelete(cluster, target, call);
      return;
    default:
      throw methodNotAllowed();
  }
}

async function serveSubresource(cluster: Cluster, pods: PodRuntime, target: Target, call: Call): Promise<void> {
  const { resource, subresource } = target;
  const served = (subresource === 'status' && resource.status) || (subresource === 'scale' && resource.scale);
  if (resource.kind === 'Pod' && subresource === 'log' && call.method === 'GET') {
    servePodLog(cluster, pods, find(cluster, target), call);
  } else if (resource.kind === 'Pod' && subresource === 'eviction' && call.method === 'POST') {
    remove(cluster, resource, find(cluster, target), { dryRun: false });
    sendJson(call, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
  } else if (resource.kind === 'Pod' && ['exec', 'portforward'].includes(subresource)) {
    throw badRequest('Upgrade request required');
  } else if (!served) throw unknownResource();
  else if (call.method === 'GET') sendObject(call, target, 200, find(cluster, target));
  else if (call.method === 'PUT') await servePut(cluster, target, call);
  else if (call.method === 'PATCH') await servePatch(cluster, target, call);
  else throw methodNotAllowed();
}

function find(cluster: Cluster, { resource, namespace, name }: Target): KubeObject {
  const object = cluster.storage.get(resource, namespace, name);
  if (!object) throw notFound(resource, name);
  return object;
}

function sendObject(call: Call, target: Target, code: number, object: KubeObject): void {
  const { resource, subresource } = target;
  if (subresource === 'scale') sendJson(call, code, scaleOf(object));
  else if (wantsTable(call.request)) {
    const { resourceVersion } = object.metadata;
    sendJson(call, code, tableFor(resource, [object], { resourceVersion }, call.query.get('includeObject')));
  } else sendJson(call, code, shown(target, object));
}

function serveGet(cluster: Cluster, target: Target, call: Call): void {
  checkVerb(target.resource, 'get');
  sendObject(call, target, 200, find(cluster, target));
}

function serveList(cluster: Cluster, target: Target, call: Call): void {
  checkVerb(target.resource, 'list');
  const page = listPage(cluster, target, call.query);
  if (wantsTable(call.request)) {
    sendJson(call, 200, tableFor(target.resource, page.items, page.metadata, call.query.get('includeObject')));
  } else sendJson(call, 200, listBody(target, page));
}

async function servePost(cluster: Cluster, target: Target, call: Call): Promise<void> {
  if (target.name !== '') throw methodNotAllowed();
  checkVerb(target.resource, 'create');
  const type = contentType(call.request);
  if (!bodyTypes.includes(type))
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${bodyTypes.join(', ')}`,
    );
  const options = writeOptions(call, 'CreateOptions');
  const body = toStore(target, parseBody(type, await readBody(call.request)));
  const answer = reviewAnswer(target.resource, body);
  if (answer) {
    sendJson(call, 201, answer);
    return;
  }
  if (target.resource.namespaced && target.namespace === '')
    throw badRequest('an empty namespace may not be set during creation');
  sendObject(call, target, 201, create(cluster, target.resource, target.namespace, body, options));
}

const bodyTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', ''];

async function servePut(cluster: Cluster, target: Target, call: Call): Promise<void> {
  checkVerb(target.resource, 'update');
  if (target.name === '') throw methodNotAllowed();
  const options = withSubresource(writeOptions(call, 'UpdateOptions'), target);
  const given = parseBody(contentType(call.request), await readBody(call.request));
  const live = find(cluster, target);
  const body = toStore(target, given, live);
  const wanted = target.subresource === 'scale' ? scaled(live, body) : body;
  sendObject(call, target, 200, update(cluster, target.resource, live, wanted, options));
}

function withSubresource(options: WriteOptions, { subresource }: Target): WriteOptions {
  return subresource === 'status' || subresource === 'scale' ? { ...options, subresource } : options;
}

/** Needs merge keys, which only built-in kinds have. */
const strategicType = 'application/strategic-merge-patch+json';
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  strategicType,
  'application/apply-patch+yaml',
] as const;

async function servePatch(cluster: Cluster, target: Target, call: Call): Promise<void> {
  checkVerb(target.resource, 'patch');
  if (target.name === '') throw methodNotAllowed();
  const accepted = patchTypes.filter((each) => !target.resource.custom || each !== strategicType);
  const type = accepted.find((each) => each === contentType(call.request));
  if (!type)
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
    );
  const force = call.query.get('force');
  if (type !== 'application/apply-patch+yaml' && force !== null) {
    const problem = {
      reason: 'FieldValueForbidden' as const,
      field: 'force',
      message: 'Forbidden: may not be specified for non-apply patch',
    };
    throw invalid('meta.k8s.io', 'PatchOptions', '', [problem]);
  }
  const options = withSubresource(writeOptions(call, 'PatchOptions'), target);
  const patch = parseBody(type, await readBody(call.request));
  if (type === 'application/apply-patch+yaml') {
    if (!call.query.get('fieldManager')) {
      throw invalid('meta.k8s.io', 'PatchOptions', '', [fieldRequired('fieldManager', 'is required for apply patch')]);
    }
    const config = toStore(target, patch);
    const { object, created } = apply(cluster, target.resource, target, config, {
      ...options,
      force: force === 'true',
    });
    sendObject(call, target, created ? 201 : 200, object);
    return;
  }
  const live = find(cluster, target);
  sendObject(call, target, 200, update(cluster, target.resource, live, patched(target, live, type, patch), options));
}

function patched(target: Target, live: KubeObject, type: (typeof patchTypes)[number], patch: unknown): unknown {
  const isScale = target.subresource === 'scale';
  const before = isScale ? scaleOf(live) : shown(target, live);
  const shape = isScale ? shapeOf('V1Scale') : shapeOfResource(target.shownAs ?? target.resource);
  const after =
    type === 'application/json-patch+json'
      ? jsonPatch(before, patch)
      : type === 'application/merge-patch+json'
        ? mergePatch(before, objectPatch(patch))
        : strategicMerge(shape, before, objectPatch(patch));
  return isScale ? scaled(live, after) : toStore(target, after, live);
}

function objectPatch(patch: unknown): Draft {
  if (!isObject(patch)) throw badRequest('the patch is not an object');
  return patch;
}

async function serveDelete(cluster: Cluster, target: Target, call: Call): Promise<void> {
  const body = await readBody(call.request);
  const options = deleteOptions(call, body.length === 0 ? {} : parseBody(contentType(call.request), body));
  if (target.name === '') {
    checkVerb(target.resource, 'deletecollection');
    const page = listPage(cluster, target, call.query);
    for (const object of page.items) remove(cluster, target.resource, object, options);
    sendJson(call, 200, listBody(target, page));
    return;
  }
  checkVerb(target.resource, 'delete');
  const live = find(cluster, target);
  const { object, gone } = remove(cluster, target.resource, live, options);
  if (target.resource.returnsDeleted || !gone) sendObject(call, target, 200, object);
  else sendJson(call, 200, deletedStatus(target, object));
}

function deletedStatus({ resource }: Target, object: KubeObject): unknown {
  const { name, uid } = object.metadata;
  const details = { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function deleteOptions(call: Call, body: unknown): DeleteOptions {
  const dryRun = isObject(body) && Array.isArray(body['dryRun']) ? body['dryRun'].map(String) : [];
  const policy = textAt(body, 'propagationPolicy') || (call.query.get('propagationPolicy') ?? '');
  const grace = numberAt(body, 'gracePeriodSeconds') ?? seconds(call.query.get('gracePeriodSeconds'));
  const uid = textAt(body, 'preconditions', 'uid');
  const resourceVersion = textAt(body, 'preconditions', 'resourceVersion');
  return {
    dryRun: isDryRun([...dryRun, ...call.query.getAll('dryRun')], 'DeleteOptions'),
    ...(policy === '' ? {} : { propagationPolicy: policy }),
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(uid === '' ? {} : { uid }),
    ...(resourceVersion === '' ? {} : { resourceVersion }),
  };
}

function seconds(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value)) throw new ApiError(400, 'BadRequest', `gracePeriodSeconds: invalid value "${text}"`);
  return value;
}
