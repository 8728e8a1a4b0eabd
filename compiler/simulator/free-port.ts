import { createServer } from 'node:net';

/** Below what systems hand out to outgoing connections, so that none of those sits on a port of ours by chance. */
const RANGE = { from: 20_000, to: 32_000 };

/** Whether a listener on this port of the loopback address, and one on all addresses, could start now. */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

async function canListen(port: number, host: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}

/** A set of ports given out by this process; a port stays ours until it is released. */
export interface Ports {
  /** `preferred` when it is free, else any free one. Throws when a few hundred tries found none. */
  take(preferred?: number): Promise<number>;
  release(port: number): void;
}

/** One for each process: two parts that ask at the same time never get the same port. */
export function portPool(): Ports {
  const taken = new Set<number>();
  const claim = async (port: number): Promise<boolean> => {
    if (taken.has(port)) return false;
    taken.add(port);
    if (await isFree(port)) return true;
    taken.delete(port);
    return false;
  };
  return {
    async take(preferred) {
      if (preferred !== undefined && preferred > 0 && preferred < 65_536 && (await claim(preferred))) return preferred;
      for (let tries = 0; tries < 300; tries++) {
        const port = RANGE.from + Math.floor(Math.random() * (RANGE.to - RANGE.from));
        if (await claim(port)) return port;
      }
      throw new Error(`no free TCP port between ${RANGE.from} and ${RANGE.to} on this machine`);
    },
    release: (port) => void taken.delete(port),
  };
}
