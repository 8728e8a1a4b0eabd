import { Writable } from 'node:stream';
import { CloudError } from '../../base/errors.ts';
import { isObject } from '../../base/json.ts';
import type { Connection } from './connect.ts';
import { answerError, networkError } from './errors.ts';

/** Which log, and how much of it. */
export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly tailLines: number;
  readonly previous?: boolean;
}

const charactersMax = 256 * 1024;
const timeoutMs = 20_000;

/** The last lines that a container wrote, at most a quarter of a megabyte. Throws CloudError. */
export async function readLogs(connection: Connection, request: LogRequest, signal?: AbortSignal): Promise<string> {
  const { Log } = await import('@kubernetes/client-node');
  const { namespace, pod, container, tailLines, previous = false } = request;
  const log = new Log(await connection.kubeConfig());
  const sink = textSink();
  const limit = AbortSignal.timeout(timeoutMs);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  either.addEventListener('abort', () => sink.stream.destroy(new Error('timed out')), { once: true });
  try {
    const ended = sink.ended;
    ended.catch(() => undefined); // awaited below; must not count as unhandled while the request is on its way
    const controller = await log.log(namespace, pod, container, sink.stream, {
      tailLines,
      previous,
      limitBytes: charactersMax,
    });
    await ended.finally(() => controller.abort());
    return sink.text();
  } catch (error) {
    signal?.throwIfAborted();
    throw logError(error, connection.server);
  }
}

function textSink() {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: unknown, _encoding, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
  const ended = new Promise<void>((resolve, reject) => {
    stream.once('finish', resolve);
    stream.once('error', reject);
    stream.once('close', resolve);
  });
  return { stream, ended, text: () => chunks.join('').slice(-charactersMax) };
}

/** The client throws its ApiException, with the body as text, or what fetch threw. */
function logError(error: unknown, server: string): CloudError {
  if (error instanceof CloudError) return error;
  const fields = isObject(error) ? error : {};
  if (typeof fields['code'] !== 'number') return networkError(fields['cause'] ?? error, server);
  const body = fields['body'];
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  return answerError({ http: fields['code'], text, secret: false });
}
