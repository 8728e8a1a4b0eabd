import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** What a server was asked. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The client's port: the same for requests that shared a connection. */
  readonly port: number;
}

/** What it answers: JSON, unless `body` is text. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Chunks that follow each other; the connection stays open after them unless `ends`. */
  readonly stream?: readonly string[];
  /** Drops the connection instead of answering. */
  readonly drops?: true;
}

/** A server on a real socket that answers as `answer` says, and remembers what it was asked. Stopped after the test. */
export async function serve(
  t: TestContext,
  answer: (seen: Seen, count: number) => Reply,
  tls?: { readonly cert: string; readonly key: string },
): Promise<{ readonly url: string; readonly port: number; readonly seen: readonly Seen[] }> {
  const seen: Seen[] = [];
  const listener = listen(seen, answer);
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  const port = await started(server);
  t.after(async () => stop(server));
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, port, seen };
}

function listen(seen: Seen[], answer: (seen: Seen, count: number) => Reply): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://server');
      const asked: Seen = {
        method: request.method ?? '',
        url: request.url ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        port: request.socket.remotePort ?? 0,
      };
      seen.push(asked);
      const reply = answer(asked, seen.length);
      if (reply.drops) {
        request.socket.destroy();
        return;
      }
      const plain = typeof reply.body === 'string';
      response.writeHead(reply.status ?? 200, {
        'content-type': plain ? 'text/plain' : 'application/json',
        ...reply.headers,
      });
      if (reply.stream) for (const chunk of reply.stream) response.write(chunk);
      else response.end(plain ? reply.body : JSON.stringify(reply.body ?? {}));
    });
  };
}

async function started(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
