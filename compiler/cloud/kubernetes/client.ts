import pLimit from 'p-limit';
import { isCloudError } from '../../base/errors.ts';
import type { Host } from '../../base/host.ts';
import { isObject } from '../../base/json.ts';
import { patientRead, retry, type RetryPolicy } from '../../base/retry.ts';
import type { KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import type { Connection } from './connect.ts';
import { listAll, sharedLists } from './lists.ts';
import { asObject, isSecret, pathOf } from './objects.ts';
import { kubeRequest, type KubeRequest } from './request.ts';

/** Our name in managedFields. It stays as it is for ever: fields that we own are found by it. */
export const fieldManager = 'hello';
/**
 * A plan may want to know of thousands of objects: more requests at once would each open a connection, whose handshake takes
 * longer than the answer. Streams are not counted, as they last.
 */
const requestsAtOnce = 24;

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
  const slots = pLimit(requestsAtOnce);
  const ask = async (policy: RetryPolicy, request: KubeRequest): Promise<unknown> =>
    retry(host, policy, signal, async () => slots(async () => kubeRequest(connection, request, signal)));
  const read = async (request: KubeRequest): Promise<unknown> => ask(patientRead, request);
  const lists = sharedLists(read);
  const get = async (type: KubeType, name: string, namespace?: string): Promise<KubeObject | undefined> => {
    try {
      return asObject(await read({ method: 'GET', path: pathOf(type, namespace, name), secret: isSecret(type) }), type);
    } catch (error) {
      if (isCloudError(error, 'not-found')) return undefined;
      throw error;
    }
  };
  return {
    list: async (type, query) => (survey ? lists.list(type, query) : listAll(read, type, query)),
    find: async (type, name, namespace) => {
      const seen = survey ? await lists.find(type, name, namespace) : undefined;
      return seen ?? get(type, name, namespace);
    },
    serves: async (type) => {
      const path = type.apiVersion.includes('/') ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
      try {
        const found = await read({ method: 'GET', path });
        const resources = isObject(found) && Array.isArray(found['resources']) ? found['resources'] : [];
        return resources.some((each) => isObject(each) && each['name'] === type.plural);
      } catch (error) {
        if (isCloudError(error, 'not-found')) return false;
        throw error;
      }
    },
    apply: async (type, object, how) => {
      if (!how.dryRun) lists.forget();
      return asObject(await ask(patientWrite, applyRequest(type, object, how)), type);
    },
    create: async (type, object) => {
      lists.forget();
      return asObject(await ask(patientWrite, createRequest(type, object)), type);
    },
    remove: async (type, object) => {
      lists.forget();
      await ask(patientWrite, removeRequest(type, object)).catch(unlessGone);
    },
    watch: async function* watch(type, name, namespace, until) {
      const { watchObject } = await import('./watch.ts');
      yield* watchObject({ connection, host, ask: read }, { type, name, namespace }, until);
    },
    logs: async (namespace, pod, container, how) => {
      const { readLogs } = await import('./logs.ts');
      return readLogs(connection, { namespace, pod, container, ...how }, signal);
    },
  };
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
