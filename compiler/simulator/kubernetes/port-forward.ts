import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { KubeObject, PodRuntime } from '../parts.ts';
import { reach } from './pod-port.ts';
import { forwardOverSpdy, wantsSpdy } from './spdy-streams.ts';
import { textAt } from './json-object.ts';
import { badRequest } from './status-error.ts';
import { accept, finish, onMessage, pass, protocolOf, sendOn, type Upgrade } from './upgrade.ts';

const protocols = ['v4.channel.k8s.io'];

/**
 * `pods/NAME/portforward?ports=…` over a WebSocket: two channels for each port, one of data and one of errors, each
 * beginning with the port's number. One connection to the pod for each.
 */
export async function servePortForward(
  runtime: PodRuntime,
  pod: KubeObject,
  query: URLSearchParams,
  upgrade: Upgrade,
): Promise<void> {
  if (wantsSpdy(upgrade)) {
    checkRuns(pod);
    await forwardOverSpdy(upgrade, runtime, pod);
    return;
  }
  const ports = query
    .getAll('ports')
    .flatMap((each) => each.split(','))
    .map(Number);
  if (ports.length === 0) throw badRequest('query parameter "ports" is required');
  const wrong = ports.find((port) => !(Number.isInteger(port) && port > 0 && port < 65_536));
  if (wrong !== undefined) throw badRequest(`unable to parse "${wrong}" as a port`);
  checkRuns(pod);
  const protocol = protocolOf(upgrade, protocols);
  if (protocol === undefined) throw badRequest(`unable to upgrade: only WebSocket with ${protocols.join(', ')}`);
  const connection = await accept(upgrade, protocol);
  // What the client sends before the pod is reached waits.
  const inputs = ports.map(() => new PassThrough());
  const sockets: (Socket | undefined)[] = [];
  connection.on('close', () => {
    for (const socket of sockets) socket?.destroy();
  });
  connection.on('error', () => undefined);
  onMessage(connection, (channel, bytes) => {
    if (channel % 2 === 0) inputs[channel / 2]?.write(bytes);
  });
  const number = (port: number): Buffer => Buffer.of(port & 0xff, port >> 8);
  const whole = ports.map(async (port, index) => {
    const { socket, refusal } = await reach(runtime, pod, port);
    sockets[index] = socket;
    if (socket) inputs[index]?.pipe(socket);
    await sendOn(connection, index * 2, number(port));
    await sendOn(connection, index * 2 + 1, number(port));
    if (socket) await pass(socket, connection, index * 2);
    else await sendOn(connection, index * 2 + 1, Buffer.from(refusal ?? ''));
  });
  await Promise.all(whole);
  await finish(connection);
}

/** Refuses a pod that does not run. */
export function checkRuns(pod: KubeObject): void {
  const phase = textAt(pod, 'status', 'phase');
  if (phase !== 'Running') {
    throw badRequest(`unable to forward port because pod is not running. Current status=${phase}`);
  }
}
