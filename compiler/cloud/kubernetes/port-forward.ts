import type { Socket } from 'node:net';
import { CloudError } from '../../base/errors.ts';
import { openChannels } from './channels.ts';
import type { Connection } from './connect.ts';
import { pathOf } from './objects.ts';

const pods = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const protocols = ['v4.channel.k8s.io'];
const channels = { data: 0, error: 1 } as const;

/** Which port of which pod. */
export interface ForwardTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/**
 * Joins one connection of this machine to a port of a pod until either side ends it. Throws CloudError when the port is
 * not to be had, or when the signal aborts its reason.
 */
export async function forward(
  connection: Connection,
  { namespace, pod, port }: ForwardTarget,
  socket: Socket,
  signal: AbortSignal,
): Promise<void> {
  const path = `${pathOf(pods, namespace, pod)}/portforward?ports=${port}`;
  const opened = await openChannels(connection, path, protocols, signal);
  const begun = new Set<number>();
  try {
    // There is no way to say that one direction has ended: the end of the client is the end of it all.
    void sendAll(socket, async (bytes) => opened.send(channels.data, bytes)).finally(() => opened.close());
    for await (const { channel, bytes } of opened.messages()) {
      // The first message of a channel begins with the number of the port, in two bytes.
      const content = begun.has(channel) ? bytes : bytes.subarray(2);
      begun.add(channel);
      if (content.length === 0) continue;
      if (channel === channels.error)
        throw new CloudError(content.toString(), { reason: 'unavailable', service: 'kubernetes', http: 200 });
      await written(socket, content);
    }
  } finally {
    opened.close();
    socket.end();
  }
}

async function sendAll(socket: Socket, send: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  try {
    for await (const bytes of socket as AsyncIterable<Uint8Array>) await send(bytes);
  } catch {
    // A client that breaks off has ended, too.
  }
}

async function written(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (!socket.writable) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.write(bytes, () => resolve());
  await promise;
}
