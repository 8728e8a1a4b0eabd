import type { Socket } from 'node:net';
import { isCloudError } from '../../base/errors.ts';
import type { Host } from '../../base/host.ts';
import { isObject } from '../../base/json.ts';
import { patientRead, retry } from '../../base/retry.ts';
import type { KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import { kubernetesApi } from './client.ts';
import type { Connection } from './connect.ts';
import type { ExecRequest } from './exec.ts';
import type { LogRequest } from './logs.ts';
import { asObject, pathOf } from './objects.ts';
import type { ForwardTarget } from './port-forward.ts';
import { kubeRequest, type KubeRequest } from './request.ts';
import type { Sight } from './watch.ts';

/** What one may do with an app that runs, beside what its kinds do. Everything throws CloudError. */
export interface Cluster {
  readonly api: KubernetesApi;
  /** Changes some fields in the name of another field manager than ours, which so owns them. */
  patch(type: KubeType, name: string, namespace: string, patch: object, manager: string): Promise<KubeObject>;
  /** What there is of a type, then each change, until the signal aborts. */
  watch(type: KubeType, namespace: string, labelSelector: string, signal: AbortSignal): AsyncIterable<Sight>;
  /** The lines of a log, as fast as they are taken. */
  logLines(request: LogRequest, signal: AbortSignal): AsyncGenerator<string>;
  /** Runs a command in a container to its end; its exit code. */
  exec(request: ExecRequest, signal: AbortSignal): Promise<number>;
  /** Joins a connection of this machine to a port of a pod, until either side ends it. */
  forward(target: ForwardTarget, socket: Socket, signal: AbortSignal): Promise<void>;
  /** Whom the cluster takes us for; undefined where it does not say. */
  whoAmI(): Promise<string | undefined>;
}

/** Opens a cluster; nothing is sent yet. The signal ends every request under way. */
export function openCluster(connection: Connection, host: Host, signal: AbortSignal): Cluster {
  const ask = async (request: KubeRequest): Promise<unknown> =>
    retry(host, patientRead, signal, async () => kubeRequest(connection, request, signal));
  return {
    api: kubernetesApi(connection, host, { survey: false, signal }),
    async patch(type, name, namespace, patch, manager) {
      const path = pathOf(type, namespace, name);
      const how = { query: { fieldManager: manager }, contentType: 'application/merge-patch+json' };
      return asObject(await ask({ method: 'PATCH', path, body: patch, ...how }), type);
    },
    async *watch(type, namespace, labelSelector, until) {
      const { watchObjects } = await import('./watch.ts');
      yield* watchObjects({ connection, host, ask }, { type, namespace, query: { labelSelector } }, until);
    },
    async *logLines(request, until) {
      const { logLines } = await import('./logs.ts');
      yield* logLines(connection, request, until);
    },
    async exec(request, until) {
      const { exec } = await import('./exec.ts');
      return exec(connection, request, until);
    },
    async forward(target, socket, until) {
      const { forward } = await import('./port-forward.ts');
      await forward(connection, target, socket, until);
    },
    whoAmI: async () => whoAmI(ask),
  };
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review */
async function whoAmI(ask: (request: KubeRequest) => Promise<unknown>): Promise<string | undefined> {
  const apiVersion = 'authentication.k8s.io/v1';
  const type = { apiVersion, kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', namespaced: false };
  try {
    const answer = await ask({ method: 'POST', path: pathOf(type), body: { apiVersion, kind: type.kind } });
    const status = isObject(answer) && isObject(answer['status']) ? answer['status'] : {};
    const user = isObject(status['userInfo']) ? status['userInfo']['username'] : undefined;
    return typeof user === 'string' && user !== '' ? user : undefined;
  } catch (error) {
    // Clusters before 1.28 do not know the question.
    if (isCloudError(error, 'not-found', 'forbidden', 'invalid')) return undefined;
    throw error;
  }
}
