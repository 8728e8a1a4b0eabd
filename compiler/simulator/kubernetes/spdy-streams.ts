import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createWebSocketStream } from 'ws';
import type { Execution, KubeObject, PodRuntime } from '../parts.ts';
import { reach } from './pod-port.ts';
import { serveSpdy, type SpdyStream } from './spdy.ts';
import { accept, protocolOf, type Upgrade } from './upgrade.ts';

/** SPDY inside of a WebSocket, as kubectl forwards ports from 1.31 on. */
const tunnel = 'SPDY/3.1+portforward.k8s.io';

/** Whether a client wants SPDY, bare or inside of a WebSocket. */
export function wantsSpdy(upgrade: Upgrade): boolean {
  return upgrade.request.headers.upgrade?.toLowerCase() === 'spdy/3.1' || protocolOf(upgrade, [tunnel]) !== undefined;
}

/** Completes the handshake; the connection then speaks SPDY. */
async function connectionOf(upgrade: Upgrade, protocol: string): Promise<Duplex> {
  if (protocolOf(upgrade, [tunnel]) !== undefined) return createWebSocketStream(await accept(upgrade, tunnel));
  const { socket, head } = upgrade;
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** Streams of a command, each opened by the client; `status` takes how it ended. */
export async function execOverSpdy(
  upgrade: Upgrade,
  execution: Execution,
  wanted: readonly string[],
  status: () => Promise<string>,
): Promise<void> {
  const connection = await connectionOf(upgrade, 'v4.channel.k8s.io');
  const streams = new Map<string, SpdyStream>();
  const over = serveSpdy(connection, (stream) => {
    streams.set(stream.headers['streamtype'] ?? '', stream);
    if (!['error', ...wanted].every((name) => streams.has(name))) return;
    void runOn(streams, execution, status).then(() => setTimeout(() => connection.end(), lingerMs));
  });
  await over;
  execution.kill();
}

/** The client reads what is still on its way. */
const lingerMs = 100;

async function runOn(
  streams: ReadonlyMap<string, SpdyStream>,
  execution: Execution,
  status: () => Promise<string>,
): Promise<void> {
  const [stdout, stderr] = [streams.get('stdout'), streams.get('stderr')];
  streams.get('stdin')?.pipe(execution.stdin);
  if (!streams.has('stdin')) execution.stdin.end();
  if (stdout) execution.stdout.pipe(stdout);
  else execution.stdout.resume();
  // With a terminal both outputs are one.
  if (stderr ?? stdout) execution.stderr.pipe(stderr ?? (stdout as SpdyStream), { end: stderr !== undefined });
  else execution.stderr.resume();
  const text = await status();
  await Promise.all([stdout, stderr].map(async (stream) => stream && finished(stream, { readable: false })));
  streams.get('error')?.end(text);
}

/** A pair of streams for each connection to a port: one of data and one of errors. */
export async function forwardOverSpdy(upgrade: Upgrade, runtime: PodRuntime, pod: KubeObject): Promise<void> {
  const connection = await connectionOf(upgrade, 'portforward.k8s.io');
  const errors = new Map<string, SpdyStream>();
  await serveSpdy(connection, (stream) => {
    const { streamtype, requestid = '', port } = stream.headers;
    if (streamtype === 'error') errors.set(requestid, stream);
    else if (streamtype === 'data') void forward(runtime, pod, Number(port), stream, errors.get(requestid));
  });
}

async function forward(
  runtime: PodRuntime,
  pod: KubeObject,
  port: number,
  data: SpdyStream,
  errors: SpdyStream | undefined,
): Promise<void> {
  const { socket, refusal } = await reach(runtime, pod, port);
  if (socket) {
    data.pipe(socket).pipe(data);
    socket.on('error', () => data.destroy());
    data.on('close', () => socket.destroy());
    await once(socket, 'close').catch(() => undefined);
  }
  errors?.end(refusal);
  data.end();
}
