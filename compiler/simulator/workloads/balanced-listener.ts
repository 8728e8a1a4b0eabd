import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Ports } from '../free-port.ts';

/** A port of this machine whose connections are spread over targets. */
export interface BalancedListener {
  readonly hostPort: number;
  /** Ends it, and every connection through it. */
  close(): void;
}

/** Load balancers of the local cloud are for this machine alone. */
export const BALANCER_ADDRESS = '127.0.0.1';

/** Listens on the preferred port when it is free; `targets` gives the host ports to spread over, asked for each connection. */
export async function openBalancedListener(
  ports: Ports,
  preferred: number,
  targets: () => readonly number[],
): Promise<BalancedListener> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const all = targets();
    const at = all.length === 0 ? 0 : turn++ % all.length;
    forward(client, [...all.slice(at), ...all.slice(0, at)], sockets);
  });
  const hostPort = await listen(server, ports, preferred);
  return {
    hostPort,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      ports.release(hostPort);
    },
  };
}

/** Listens on the preferred port, or on another when that is not to be had. */
async function listen(server: Server, ports: Ports, preferred: number): Promise<number> {
  for (let tries = 0; ; tries++) {
    const port = await ports.take(tries === 0 ? preferred : undefined);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen(port, BALANCER_ADDRESS, resolve);
    try {
      await promise;
      return port;
    } catch (error) {
      ports.release(port);
      if (tries === 4) throw error;
    } finally {
      server.removeListener('error', reject);
    }
  }
}

/** Joins a client with the first target that answers. With none, the connection is reset, as through the real one. */
function forward(client: Socket, targets: readonly number[], sockets: Set<Socket>): void {
  sockets.add(client);
  client.setNoDelay(true);
  client.on('error', () => undefined);
  client.once('close', () => sockets.delete(client));
  const [first, ...others] = targets;
  if (first === undefined) {
    client.resetAndDestroy();
    return;
  }
  const target = connect({ port: first, host: BALANCER_ADDRESS, allowHalfOpen: true, noDelay: true });
  let joined = false;
  target.once('connect', () => {
    joined = true;
    client.pipe(target).pipe(client);
    client.once('close', () => target.destroy());
    target.once('close', () => client.destroy());
  });
  target.on('error', () => {
    if (!joined && !client.destroyed) forward(client, others, sockets);
  });
}
