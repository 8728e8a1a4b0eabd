import { connect, type Socket } from 'node:net';
import type { KubeObject, PodRuntime } from '../parts.ts';

/** Connects to a port of a pod, or says in the kubelet's words why it can't. */
export async function reach(
  runtime: PodRuntime,
  pod: KubeObject,
  port: number,
): Promise<{ readonly socket?: Socket; readonly refusal?: string }> {
  const { name, namespace = '', uid } = pod.metadata;
  const hostPort = runtime.hostPort({ namespace, pod: name, port });
  if (hostPort === undefined) return { refusal: `container not running (${uid})` };
  const socket = connect({ host: '127.0.0.1', port: hostPort });
  const { promise, resolve } = Promise.withResolvers<{ socket?: Socket; refusal?: string }>();
  socket.once('connect', () => resolve({ socket }));
  socket.once('error', (error: NodeJS.ErrnoException) => {
    const why = error.code === 'ECONNREFUSED' ? 'connection refused' : error.message;
    resolve({
      refusal: `error forwarding port ${port} to pod ${uid}, uid : failed to connect to localhost:${port} inside namespace "${uid}": dial tcp4 127.0.0.1:${port}: connect: ${why}`,
    });
  });
  return promise;
}
