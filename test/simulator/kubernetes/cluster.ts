import { setTimeout as delay } from 'node:timers/promises';
import { request as send } from 'node:https';
import type { TestContext } from 'node:test';
import { scaledClock, type Clock } from '../../../compiler/simulator/clock.ts';
import { createClusterServer, type ClusterServer } from '../../../compiler/simulator/kubernetes/cluster-server.ts';
import { clusterFaults, type ClusterFaults } from '../../../compiler/simulator/kubernetes/named-faults.ts';
import type { ClusterObjects, KubeObject, PodRuntime } from '../../../compiler/simulator/parts.ts';
import { openStore } from '../../../compiler/simulator/store.ts';

export const token = 'a-token-of-the-test';
export const clusterId = 'projects/shop/locations/europe-west1/clusters/main';

/** An answer: the status code, the headers, the text and what it says in JSON. */
export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  readonly json: Json;
}

/** Bodies are looked into without types: what they must look like is what the tests say. */
// oxlint-disable-next-line typescript/no-explicit-any -- answers of a wire protocol
export type Json = any;

export interface Ask {
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  readonly token?: string;
}

export interface TestCluster {
  readonly server: ClusterServer;
  /** What is to go wrong. */
  readonly faults: ClusterFaults;
  readonly objects: ClusterObjects;
  readonly ask: (method: string, path: string, ask?: Ask) => Promise<Answer>;
  /** A server-side apply, as the field manager `hello` unless the query says otherwise. */
  readonly apply: (path: string, body: object, query?: string) => Promise<Answer>;
}

const runtime: PodRuntime = {
  usage: () => undefined,
  logs: ({ container, previous }) => (previous ? undefined : `hello from ${container}\n`),
  follow(_ask, line) {
    line('and more', '2026-01-01T00:00:00.000000000Z');
    return () => undefined;
  },
  exec: () => undefined,
  hostPort: () => undefined,
};

/** A cluster of its own for one test, stopped after it. */
export async function startCluster(
  t: TestContext,
  file?: string,
  clock: Clock = scaledClock(100),
): Promise<TestCluster> {
  const faults = clusterFaults();
  const server = await createClusterServer({
    id: clusterId,
    store: openStore(file),
    clock,
    token,
    podRuntime: runtime,
    faults,
  });
  t.after(() => server.stop());
  const ask = (method: string, path: string, what: Ask = {}): Promise<Answer> => exchange(server, method, path, what);
  return {
    server,
    faults,
    objects: server.objects,
    ask,
    apply: (path, body, query = 'fieldManager=hello&force=false') =>
      ask('PATCH', `${path}?${query}`, { body, type: 'application/apply-patch+yaml' }),
  };
}

async function exchange(server: ClusterServer, method: string, path: string, what: Ask): Promise<Answer> {
  const text =
    what.body === undefined ? undefined : typeof what.body === 'string' ? what.body : JSON.stringify(what.body);
  return new Promise((resolve, reject) => {
    const request = send(
      `https://${server.endpoint}${path}`,
      {
        method,
        agent: false,
        ca: server.caPem,
        headers: {
          Authorization: `Bearer ${what.token ?? token}`,
          Accept: what.accept ?? 'application/json',
          ...(text === undefined
            ? {}
            : { 'Content-Type': what.type ?? 'application/json', 'Content-Length': Buffer.byteLength(text) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString('utf8');
          resolve({ code: response.statusCode ?? 0, headers: response.headers, text: body, json: parsed(body) });
        });
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Waits until something holds, and hands it out; gives up after ten seconds. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await delay(10);
  }
}

/** A node in a few lines: bound pods run and become ready at once, unless their image says otherwise; deleted ones end. */
export function startKubelet(t: TestContext, objects: ClusterObjects): void {
  let address = 1;
  const look = (pod: KubeObject): void => {
    const { name, namespace, deletionTimestamp } = pod.metadata;
    const { spec, status } = pod as Json;
    if (deletionTimestamp !== undefined) {
      setImmediate(() => objects.remove('pods', name, namespace, { graceSeconds: 0 }));
      return;
    }
    if (spec.nodeName === undefined || status.phase === 'Running' || spec.containers[0].image.startsWith('broken'))
      return;
    address += 1;
    const podIP = `127.1.0.${address}`;
    setImmediate(() => objects.setStatus('pods', name, namespace, runningStatus(pod, podIP), 'kubelet'));
  };
  for (const pod of objects.list('pods')) look(pod);
  const stop = objects.subscribe((plural, type, object) => {
    if (plural === 'pods' && type !== 'DELETED') look(object);
  });
  t.after(stop);
}

function runningStatus(pod: KubeObject, podIP: string): object {
  const { spec, status } = pod as Json;
  const now = new Date().toISOString();
  const ready = ['Initialized', 'Ready', 'ContainersReady'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: now,
  }));
  return {
    ...status,
    phase: 'Running',
    podIP,
    startTime: now,
    conditions: [...(status.conditions ?? []), ...ready],
    containerStatuses: spec.containers.map(({ name, image }: Json) => ({
      name,
      image,
      imageID: image,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: now } },
    })),
  };
}

export const deployments = '/apis/apps/v1/namespaces/default/deployments';
export const configMaps = '/api/v1/namespaces/default/configmaps';

/** A Deployment as users write it, legal for Autopilot. */
export function deployment(
  name: string,
  more: { readonly replicas?: number; readonly image?: string; readonly spec?: object } = {},
): Json {
  const resources = { requests: { cpu: '500m', memory: '1Gi', 'ephemeral-storage': '1Gi' } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas: more.replicas ?? 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{ name: 'app', image: more.image ?? 'app:1', ports: [{ containerPort: 8080 }], resources }],
        },
      },
      ...more.spec,
    },
  };
}

export function configMap(name: string, data: Readonly<Record<string, string>>): Json {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/** The condition of a type of an object's status. */
export const condition = (object: Json, type: string): Json =>
  object?.status?.conditions?.find((each: Json) => each.type === type);

/** A rollout that is over, as `kubectl rollout status` sees it. */
export function settled({ objects }: TestCluster, name: string): Promise<Json> {
  return until(`${name} is rolled out`, () => {
    const live = objects.get('deployments', name, 'default') as Json;
    const { status, spec, metadata } = live;
    const done =
      status?.observedGeneration === metadata.generation &&
      (status.updatedReplicas ?? 0) === spec.replicas &&
      (status.replicas ?? 0) === spec.replicas &&
      (status.availableReplicas ?? 0) === spec.replicas;
    return done && live;
  });
}
