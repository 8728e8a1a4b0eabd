import type { Json } from '../base/json.ts';
import { isObject } from '../base/json.ts';
import type { AnyKind } from '../model/kind.ts';
import type { ContainerApi, Ctx, GoogleApi, KubernetesApi, Operation, RestRequest, SqlApi } from '../model/ports.ts';
import { knownAfterApply, resolve, type Resource } from '../model/resource.ts';

/** One request to a Google API, as it would go over the wire. */
export interface GoogleCall {
  readonly method: string;
  readonly url: string;
  readonly body?: Json;
}

/**
 * The calls that making a resource means, in their order, found by letting its kind make it in a world that only
 * writes them down. What only the answer of a real API could tell reads as `(known after apply)`; secrets are `(secret)`.
 */
export async function callsOf(kind: AnyKind, resource: Resource, project: string, app: string): Promise<GoogleCall[]> {
  const calls: GoogleCall[] = [];
  const ctx = recordingCtx(project, app, (call) => void calls.push(call));
  const desired = resolve<object>(resource.desired, () => undefined);
  await kind.create(ctx, desired);
  // Of what is always there, like a project's APIs, nothing is created: it is extended from everything being off.
  if (calls.length === 0) await kind.update?.(ctx, desired, [], seenWithout(desired));
  return calls;
}

type Write = (call: GoogleCall) => void;

function seenWithout(desired: object): Parameters<NonNullable<AnyKind['update']>>[3] {
  const readiness = { is: 'ready' } as const;
  return { is: 'present', owner: 'us', want: desired, live: switchedOff(desired), outputs: {}, readiness };
}

function switchedOff(value: unknown): unknown {
  if (typeof value === 'boolean') return false;
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, switchedOff(each)]));
}

function recordingCtx(project: string, app: string, write: Write): Ctx {
  return {
    app,
    project,
    host: { now: () => 0, random: () => 0, sleep: async () => undefined, env: {} },
    signal: new AbortController().signal,
    google: recordingGoogle(write),
    usesGoogle: true,
    how: 'close',
    kubernetes: async () => emptyCluster,
    once: async (_key, read) => read(),
    memory: new Map(),
    forceConflicts: false,
  };
}

const operation: Operation = { name: knownAfterApply, poll: async () => ({ done: true }) };

/** A cluster that has nothing and takes everything: what goes there is no call to Google. */
const emptyCluster: KubernetesApi = {
  find: async () => undefined,
  list: async () => [],
  serves: async () => true,
  create: async (_type, object) => object,
  apply: async (_type, object) => object,
  remove: async () => undefined,
  async *watch() {},
  logs: async () => '',
};

function recordingGoogle(write: Write): GoogleApi {
  return {
    container: async () =>
      recordingClient('https://container.googleapis.com/v1', containerCalls, write) as ContainerApi,
    sql: async () => recordingClient('https://sqladmin.googleapis.com/v1', sqlCalls, write) as SqlApi,
    async rest<T>(request: RestRequest) {
      write(restCall(request));
      // What a read would tell is not known; what we add to it is.
      return { name: knownAfterApply, etag: knownAfterApply } as T;
    },
    operation: () => operation,
  };
}

function restCall({ service, method, path, query = {}, body }: RestRequest): GoogleCall {
  const search = new URLSearchParams();
  for (const [key, each] of Object.entries(query)) for (const one of [each].flat()) search.append(key, one);
  const url = `https://${service}.googleapis.com${path}${search.size > 0 ? `?${search.toString()}` : ''}`;
  return { method, url, ...(body !== undefined && { body: onTheWire(body) }) };
}

type Describe = (...parts: never[]) => { readonly path: string; readonly body: unknown };

const containerCalls: Readonly<Record<string, Describe>> = {
  createCluster: (parent: string, cluster: unknown) => ({ path: `/${parent}/clusters`, body: { cluster } }),
};

const sqlCalls: Readonly<Record<string, Describe>> = {
  insertInstance: (project: string, body: unknown) => ({ path: `/projects/${project}/instances`, body }),
  insertDatabase: (project: string, instance: string, body: unknown) => ({
    path: `/projects/${project}/instances/${instance}/databases`,
    body,
  }),
  insertUser: (project: string, instance: string, body: object) => ({
    path: `/projects/${project}/instances/${instance}/users`,
    body: { ...body, password: '(secret)' },
  }),
};

type Calls = Readonly<Record<string, Describe>>;

/** Stands for a client: writes down what it would POST. Its reads find nothing. */
function recordingClient(base: string, calls: Calls, write: Write): object {
  const answer =
    (name: string) =>
    async (...parts: never[]): Promise<unknown> => {
      const call = calls[name]?.(...parts);
      if (!call) return undefined;
      write({ method: 'POST', url: `${base}${call.path}`, body: onTheWire(call.body) });
      return operation;
    };
  return new Proxy({}, { get: (_target, name) => (name === 'then' ? undefined : answer(String(name))) });
}

/** Protobuf wraps numbers and flags that may be absent in `{ value }`; JSON has them bare. */
function onTheWire(value: unknown): Json {
  if (Array.isArray(value)) return value.map(onTheWire);
  if (!isObject(value)) return value as Json;
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === 'value') return onTheWire(value['value']);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, onTheWire(each)]));
}
