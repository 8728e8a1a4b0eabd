import { CloudError, isCloudError } from '../../base/errors.ts';
import type { Host } from '../../base/host.ts';
import { isObject } from '../../base/json.ts';
import { patientRead, retry, type RetryPolicy } from '../../base/retry.ts';
import type { KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import type { Connection } from './connect.ts';
import { asObject, asPage, pathOf } from './objects.ts';
import { kubeRequest, type KubeRequest } from './request.ts';

/** Our name in managedFields. It stays as it is for ever: fields that we own are found by it. */
export const fieldManager = 'hello';
const ours = 'app.kubernetes.io/managed-by=hello';

/** How {@link kubernetesApi} is opened. */
export interface KubernetesOptions {
  /** Everything is about to be looked at: reads go by lists, shared among all who ask. */
  readonly survey: boolean;
  /** Ends every request under way. */
  readonly signal?: AbortSignal;
}

/** An applied object and an exact delete may be sent again, so writes are as patient as reads. */
const patientWrite: RetryPolicy = { ...patientRead, reasons: ['unavailable', 'rate-limited', 'busy'] };

/** Kubernetes as kinds see it, over one set of connections and with raw JSON bodies. */
export function kubernetesApi(
  connection: Connection,
  host: Host,
  { survey, signal }: KubernetesOptions,
): KubernetesApi {
  const ask = async (policy: RetryPolicy, request: KubeRequest): Promise<unknown> =>
    retry(host, policy, signal, async () => kubeRequest(connection, request, signal));
  const lists = new Map<string, Promise<readonly KubeObject[]>>();
  const list: KubernetesApi['list'] = async (type, query) => {
    const key = `${pathOf(type, query.namespace)} ${query.labelSelector ?? ''} ${query.fieldSelector ?? ''}`;
    const known = survey ? lists.get(key) : undefined;
    const shared = known ?? listAll(async (request) => ask(patientRead, request), type, query);
    lists.set(key, shared);
    return shared;
  };
  const get = async (type: KubeType, name: string, namespace?: string): Promise<KubeObject | undefined> => {
    try {
      return asObject(
        await ask(patientRead, { method: 'GET', path: pathOf(type, namespace, name), secret: isSecret(type) }),
        type,
      );
    } catch (error) {
      if (isCloudError(error, 'not-found')) return undefined;
      throw error;
    }
  };
  return {
    list,
    find: async (type, name, namespace) => {
      const seen = survey ? await findListed(list, type, name, namespace) : undefined;
      return seen ?? get(type, name, namespace);
    },
    serves: async (type) => {
      const path = type.apiVersion.includes('/') ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
      try {
        const found = await ask(patientRead, { method: 'GET', path });
        const resources = isObject(found) && Array.isArray(found['resources']) ? found['resources'] : [];
        return resources.some((each) => isObject(each) && each['name'] === type.plural);
      } catch (error) {
        if (isCloudError(error, 'not-found')) return false;
        throw error;
      }
    },
    apply: async (type, object, how) => {
      if (!how.dryRun) lists.clear(); // what was seen before a write is no longer so
      return asObject(await ask(patientWrite, applyRequest(type, object, how)), type);
    },
    create: async (type, object) => {
      lists.clear();
      return asObject(await ask(patientWrite, createRequest(type, object)), type);
    },
    remove: async (type, object) => {
      lists.clear();
      await ask(patientWrite, removeRequest(type, object)).catch(unlessGone);
    },
    watch: async function* watch(type, name, namespace, until) {
      const { watchObject } = await import('./watch.ts');
      yield* watchObject(
        { connection, host, ask: async (request) => ask(patientRead, request) },
        { type, name, namespace },
        until,
      );
    },
    logs: async (namespace, pod, container, how) => {
      const { readLogs } = await import('./logs.ts');
      return readLogs(connection, { namespace, pod, container, ...how }, signal);
    },
  };
}

function isSecret(type: KubeType): boolean {
  return type.kind === 'Secret' && type.apiVersion === 'v1';
}

async function findListed(
  list: KubernetesApi['list'],
  type: KubeType,
  name: string,
  namespace?: string,
): Promise<KubeObject | undefined> {
  try {
    const items = await list(type, { labelSelector: ours, ...(namespace !== undefined && { namespace }) });
    return items.find((each) => each.metadata.name === name);
  } catch (error) {
    // Without the right to list, each object is asked for by name.
    if (isCloudError(error, 'forbidden')) return undefined;
    throw error;
  }
}

const pagesMax = 200;

/** All pages. A type that the cluster doesn't know has no objects; a list that expired half-way starts again, once. */
async function listAll(
  ask: (request: KubeRequest) => Promise<unknown>,
  type: KubeType,
  query: Parameters<KubernetesApi['list']>[1],
): Promise<readonly KubeObject[]> {
  const path = pathOf(type, query.namespace);
  const items: KubeObject[] = [];
  let next = '';
  let restarted = false;
  for (let page = 0; page < pagesMax; page += 1) {
    const pageQuery = {
      limit: '500',
      ...(query.labelSelector && { labelSelector: query.labelSelector }),
      ...(query.fieldSelector && { fieldSelector: query.fieldSelector }),
      ...(next && { continue: next }),
    };
    try {
      const got = asPage(await ask({ method: 'GET', path, query: pageQuery, secret: isSecret(type) }), type);
      items.push(...got.items);
      next = got.next;
      if (next === '') return items;
    } catch (error) {
      if (isCloudError(error, 'not-found')) return [];
      if (restarted || !(error instanceof CloudError && error.parts.http === 410)) throw error;
      restarted = true;
      items.length = 0;
      next = '';
    }
  }
  throw new CloudError(`more than ${pagesMax * 500} ${type.plural} in the list`, {
    reason: 'unexpected',
    service: 'kubernetes',
  });
}

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
function applyRequest(type: KubeType, object: KubeObject, how: Parameters<KubernetesApi['apply']>[2]): KubeRequest {
  const { managedFields: _, ...metadata } = object.metadata; // the server refuses to be told
  return {
    method: 'PATCH',
    path: pathOf(type, object.metadata.namespace, object.metadata.name),
    query: {
      fieldManager: how.manager ?? fieldManager,
      fieldValidation: 'Strict',
      force: String(how.force ?? false),
      ...(how.dryRun && { dryRun: 'All' }),
    },
    body: { ...object, apiVersion: type.apiVersion, kind: type.kind, metadata },
    contentType: 'application/apply-patch+yaml',
    secret: isSecret(type),
  };
}

function createRequest(type: KubeType, object: KubeObject): KubeRequest {
  return {
    method: 'POST',
    path: pathOf(type, object.metadata.namespace),
    query: { fieldManager, fieldValidation: 'Strict' },
    body: { ...object, apiVersion: type.apiVersion, kind: type.kind },
    secret: isSecret(type),
  };
}

/** A Deployment goes after its pods, so that nothing of it is left when it is gone. */
function removeRequest(type: KubeType, object: KubeObject): KubeRequest {
  const { uid } = object.metadata;
  return {
    method: 'DELETE',
    path: pathOf(type, object.metadata.namespace, object.metadata.name),
    body: {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: type.kind === 'Deployment' ? 'Foreground' : 'Background',
      ...(uid !== undefined && { preconditions: { uid } }),
    },
    secret: isSecret(type),
  };
}

function unlessGone(error: unknown): void {
  if (!isCloudError(error, 'not-found')) throw error;
}
