import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** A connection that a client wants to turn into one of another protocol. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Which of these WebSocket protocols the client speaks, in the order of its liking. */
export function protocolOf({ request }: Upgrade, spoken: readonly string[]): string | undefined {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  return request.headers.upgrade?.toLowerCase() === 'websocket'
    ? offered.find((each) => spoken.includes(each))
    : undefined;
}

const acceptor = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });

/** Completes the handshake with the protocol that was found. */
export async function accept({ request, socket, head }: Upgrade, protocol: string): Promise<WebSocket> {
  request.headers['sec-websocket-protocol'] = protocol;
  return new Promise((resolve) => {
    acceptor.handleUpgrade(request, socket, head, (opened) => resolve(opened));
  });
}

/** Sends one message of a channel: its number, then the bytes. Settles when the client may be sent more. */
export async function sendOn(connection: WebSocket, channel: number, bytes: Uint8Array): Promise<void> {
  if (connection.readyState !== connection.OPEN) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  connection.send(Buffer.concat([Buffer.of(channel), bytes]), () => resolve());
  await promise;
}

/** Passes on all that a stream gives, as fast as the client takes it. */
export async function pass(from: AsyncIterable<unknown>, connection: WebSocket, channel: number): Promise<void> {
  try {
    for await (const chunk of from) await sendOn(connection, channel, chunk as Buffer);
  } catch {
    // A stream that breaks has nothing more to give.
  }
}

/** The messages of a client, each with its channel. */
export function onMessage(connection: WebSocket, take: (channel: number, bytes: Buffer) => void): void {
  connection.on('message', (data: Buffer) => {
    const channel = data[0];
    if (channel !== undefined) take(channel, data.subarray(1));
  });
}

/** Closes a connection whose work is done; a client that does not answer is cut off. */
export async function finish(connection: WebSocket): Promise<void> {
  if (connection.readyState === connection.CLOSED) return;
  const closed = once(connection, 'close');
  connection.close(1000);
  const timer = setTimeout(() => connection.terminate(), 5000);
  await closed;
  clearTimeout(timer);
}
