import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { CloudError } from '../../base/errors.ts';
import type { Connection } from './connect.ts';
import { answerError, networkError } from './errors.ts';

/** One request to a Kubernetes API. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** The body or the answer concerns a Secret. */
  readonly secret?: boolean;
}

/** Milliseconds that one request may take. */
const timeoutMs = { GET: 20_000, POST: 60_000, PATCH: 60_000, DELETE: 60_000 } as const;

/**
 * One request with a raw JSON body, and its JSON answer. Throws CloudError, or the signal's reason when aborted.
 * The official client's own calls drop fields that its models don't know, so bodies never go through them.
 */
export async function kubeRequest(
  connection: Connection,
  request: KubeRequest,
  signal?: AbortSignal,
): Promise<unknown> {
  signal?.throwIfAborted();
  const limit = AbortSignal.timeout(timeoutMs[request.method]);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  const { response, body } = await send(connection, request, either).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw limit.aborted ? timedOut(connection) : error;
  });
  const http = response.statusCode ?? 0;
  if (http >= 200 && http < 300) return parse(body, connection.server, http);
  throw answerError({ http, text: body, retryAfter: response.headers['retry-after'], secret: request.secret ?? false });
}

/**
 * The answer of a GET as it comes: a log, a watch. Nothing bounds how long it lasts but the signal, and the silence that
 * is allowed between two pieces. Throws as {@link kubeRequest} does, until the answer begins.
 */
export async function kubeStream(
  connection: Connection,
  request: Pick<KubeRequest, 'path' | 'query'>,
  { signal, silenceMs }: { readonly signal: AbortSignal; readonly silenceMs?: number },
): Promise<IncomingMessage> {
  signal.throwIfAborted();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs.GET);
  try {
    const response = await open(connection, { ...request, method: 'GET' }, AbortSignal.any([signal, limit.signal]));
    const http = response.statusCode ?? 0;
    if (http < 200 || http >= 300) throw answerError({ http, text: await text(response), secret: false });
    response.socket.setKeepAlive(true, aliveMs);
    if (silenceMs !== undefined) response.setTimeout(silenceMs, () => response.destroy(new Error('timed out')));
    return response;
  } catch (error) {
    signal.throwIfAborted();
    throw limit.signal.aborted ? timedOut(connection) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** How often a connection on which nothing is said is asked whether it is still there. */
const aliveMs = 20_000;

function timedOut(connection: Connection): CloudError {
  return networkError(new Error('timed out'), connection.server);
}

async function send(
  connection: Connection,
  request: KubeRequest,
  signal: AbortSignal,
): Promise<{ response: IncomingMessage; body: string }> {
  const response = await open(connection, request, signal);
  try {
    return { response, body: await text(response) };
  } catch (error) {
    throw networkError(error, connection.server);
  }
}

/** Sends the request; resolves when the answer begins. */
async function open(connection: Connection, request: KubeRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { agent, headers, auth } = await connection.transport();
  const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
  const url = `${connection.server}${request.path}${queryText(request.query)}`;
  const options = {
    method: request.method,
    agent,
    signal,
    ...(auth && { auth }),
    headers: {
      ...headers,
      accept: 'application/json',
      'user-agent': 'hello',
      // Without a length, the body of a DELETE breaks the kept connection.
      ...(payload !== undefined && {
        'content-type': request.contentType ?? 'application/json',
        'content-length': Buffer.byteLength(payload),
      }),
    },
  };
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, options, resolve);
      outgoing.once('error', reject);
      outgoing.end(payload);
    });
  } catch (error) {
    throw networkError(error, connection.server);
  }
}

function parse(body: string, server: string, http: number): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new CloudError(`${server} answered ${http} with something that is not JSON: is it a Kubernetes API?`, {
      reason: 'unexpected',
      service: 'kubernetes',
      http,
    });
  }
}

function queryText(query: KubeRequest['query']): string {
  const pairs = Object.entries(query ?? {});
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}
