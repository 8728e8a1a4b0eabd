import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import type { Cluster } from '../cloud/kubernetes/cluster.ts';
import { proxyName } from '../kinds/kubernetes/containers.ts';
import { secretType } from '../kinds/kubernetes/types.ts';
import { namespaceOf, passwordSecretOf } from '../kinds/names.ts';
import type { KubeObject } from '../model/ports.ts';
import type { Spec } from '../spec/spec.ts';
import { didYouMean } from '../spec/suggest.ts';
import { appPods, containersIn, isGoing, isReady, noPods, podType } from './pods.ts';

/** The port of the proxy in each pod. */
const proxyPort = 5432;

/** Which database is meant, and who logs in there. */
export interface Database {
  readonly instance: string;
  readonly name: string;
  readonly user: string;
}

/** The database of that name, or the only one. Throws a Refusal when there is none. */
export function databaseNamed(spec: Spec, name: string | undefined): Database {
  const { db } = spec;
  if (!db) {
    const fix = 'Give it one with `db: {}` in the config.';
    throw new Refusal(problem('HELLO1010', `${spec.name} has no database`, { fix }));
  }
  const { instance, user, databases } = db;
  const found = name ?? (databases.length === 1 ? databases[0] : undefined);
  if (found !== undefined && databases.includes(found)) return { instance, user, name: found };
  const meant = found !== undefined && didYouMean(found, databases);
  const what = found === undefined ? 'which database is meant is not said' : `there is no database "${found}"`;
  const fix = meant ? `Did you mean \`${meant}\`?` : `Name one of: ${databases.join(', ')}.`;
  throw new Refusal(problem('HELLO1010', what, { fix }));
}

/** The recorded password. Never told: it is handed to what logs in. */
export async function passwordOf(cluster: Cluster, spec: Spec): Promise<string> {
  const { name, key } = passwordSecretOf(spec);
  const packed = (await cluster.api.find(secretType, name, namespaceOf(spec)))?.data?.[key];
  if (packed !== undefined) return Buffer.from(packed, 'base64').toString();
  throw noPods(`the Secret ${name} is not there, or holds no password`);
}

/** A port of this machine behind which the database is. */
export interface Tunnel {
  readonly port: number;
  /** The pod whose proxy it goes through first. */
  readonly pod: string;
  close(): Promise<void>;
}

/**
 * Opens a port on the loopback address, each of whose connections goes through the Cloud SQL proxy of a pod. A pod is
 * looked for with each, so that it outlives rollouts. Throws a Refusal when no pod has a proxy, or the port is taken.
 */
export async function openTunnel(
  cluster: Cluster,
  spec: Spec,
  port: number,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<Tunnel> {
  const first = await podWithProxy(cluster, spec);
  const server = createServer((socket) => {
    socket.on('error', () => undefined); // a client that breaks off has ended
    const join = async (): Promise<void> => {
      const { name, namespace = '' } = (await podWithProxy(cluster, spec)).metadata;
      await cluster.forward({ namespace, pod: name, port: proxyPort }, socket, signal);
    };
    join().catch((error: unknown) => {
      socket.destroy();
      if (!signal.aborted) tell(`The connection failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  });
  await listening(server, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    pod: first.metadata.name,
    async close() {
      server.close();
    },
  };
}

async function podWithProxy(cluster: Cluster, spec: Spec): Promise<KubeObject> {
  const found = await cluster.api.list(podType, { namespace: namespaceOf(spec), labelSelector: appPods(spec) });
  const ready = found.filter((pod) => containersIn(pod).includes(proxyName) && isReady(pod) && !isGoing(pod));
  const [pod] = ready;
  if (pod) return pod;
  throw noPods('the way to the database leads through the proxy of a pod, and no pod that has one is ready');
}

async function listening(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const fix = 'Choose another one with --port, or leave it out for one that is free.';
    throw new Refusal(problem('HELLO6004', `port ${port} cannot be opened: ${why}`, { fix }));
  }
}
