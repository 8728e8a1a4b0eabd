import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Duplex } from 'node:stream';
import type { Connection } from './connect.ts';
import { answerError, networkError } from './errors.ts';

/** One WebSocket with numbered channels: how the API speaks of `exec` and `portforward`. */
export interface Channels {
  /** Which of the protocols that were offered the server has chosen. */
  readonly protocol: string;
  /** Resolves when the server may be sent more. */
  send(channel: number, bytes: Uint8Array): Promise<void>;
  /** What the server sends, as fast as it is taken; ends with the connection. Throws CloudError when it breaks. */
  messages(): AsyncGenerator<{ readonly channel: number; readonly bytes: Buffer }>;
  close(): void;
}

const handshakeMs = 20_000;
/** Silence is what an idle shell is like; something in between may take it for the end. */
const pingEveryMs = 20_000;

/**
 * Opens one. Not by the official client, which loses the server's words for a refusal, and sends as fast as it reads,
 * however slowly the other side takes it. Throws CloudError, or the signal's reason when aborted.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/ and the protocols of k8s.io/apimachinery's remotecommand.
 */
export async function openChannels(
  connection: Connection,
  path: string,
  protocols: readonly string[],
  signal: AbortSignal,
): Promise<Channels> {
  signal.throwIfAborted();
  const { WebSocket, createWebSocketStream } = await import('ws');
  const { agent, headers, auth } = await connection.transport();
  const socket = new WebSocket(`${connection.server.replace(/^http/, 'ws')}${path}`, [...protocols], {
    agent,
    headers: { ...headers, 'user-agent': 'hello' },
    handshakeTimeout: handshakeMs,
    perMessageDeflate: false,
    ...(auth && { auth }),
  });
  const opened = Promise.withResolvers<void>();
  socket.once('open', () => opened.resolve());
  socket.once('error', (error: unknown) => opened.reject(networkError(error, connection.server)));
  socket.once('unexpected-response', (_request, response: IncomingMessage) => {
    void text(response).then(
      (body) => opened.reject(answerError({ http: response.statusCode ?? 0, text: body, secret: false })),
      (error: unknown) => opened.reject(networkError(error, connection.server)),
    );
  });
  const stream = createWebSocketStream(socket, { readableObjectMode: true });
  stream.on('error', () => undefined); // told by whoever reads or writes
  const end = (): void => socket.terminate();
  signal.addEventListener('abort', end, { once: true });
  const ping = setInterval(() => socket.readyState === socket.OPEN && socket.ping(), pingEveryMs);
  socket.once('close', () => {
    clearInterval(ping);
    signal.removeEventListener('abort', end);
    opened.reject(networkError(new Error('it closed the connection'), connection.server));
  });
  try {
    await opened.promise;
  } catch (error) {
    socket.terminate();
    signal.throwIfAborted();
    throw error;
  }
  return {
    protocol: socket.protocol,
    send: async (channel, bytes) => write(stream, Buffer.concat([Buffer.of(channel), bytes])),
    messages: () => messages(stream, connection, signal),
    close: () => socket.close(1000),
  };
}

async function* messages(
  stream: Duplex,
  { server }: Connection,
  signal: AbortSignal,
): AsyncGenerator<{ readonly channel: number; readonly bytes: Buffer }> {
  try {
    for await (const message of stream as AsyncIterable<Buffer>) {
      const channel = message[0];
      if (channel !== undefined) yield { channel, bytes: message.subarray(1) };
    }
  } catch (error) {
    signal.throwIfAborted();
    throw networkError(error, server);
  }
  signal.throwIfAborted();
}

/** A connection that is gone takes nothing more; whoever reads from it hears why. */
async function write(stream: Duplex, message: Buffer): Promise<void> {
  if (!stream.writable) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.write(message, () => resolve());
  await promise;
}
