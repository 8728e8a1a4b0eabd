import type { Connection } from './connect.ts';
import { networkError } from './errors.ts';
import { linesOf } from './lines.ts';
import { pathOf } from './objects.ts';
import { kubeStream } from './request.ts';

/** Which log, and how much of it: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log */
export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  /** Of the run before this one. */
  readonly previous?: boolean;
  /** Goes on with what is written, until the container ends. */
  readonly follow?: boolean;
  readonly sinceSeconds?: number;
  /** RFC 3339. */
  readonly sinceTime?: string;
  /** Begins each line with its time. */
  readonly timestamps?: boolean;
}

const pods = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const charactersMax = 256 * 1024;
const timeoutMs = 20_000;

/** The last lines that a container wrote, at most a quarter of a megabyte. Throws CloudError. */
export async function readLogs(connection: Connection, request: LogRequest, signal?: AbortSignal): Promise<string> {
  const limit = AbortSignal.timeout(timeoutMs);
  const lines: string[] = [];
  try {
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    for await (const line of logLines(connection, { ...request, limitBytes: charactersMax }, either)) lines.push(line);
  } catch (error) {
    signal?.throwIfAborted();
    throw limit.aborted ? networkError(new Error('timed out'), connection.server) : error;
  }
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * The lines of a log, as fast as they are taken. Ends when the container has ended, or when the server ends it. Throws
 * CloudError, or the signal's reason when aborted.
 */
export async function* logLines(
  connection: Connection,
  { namespace, pod, ...how }: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const query = Object.fromEntries(Object.entries(how).map(([key, value]) => [key, String(value)]));
  const answer = await kubeStream(connection, { path: `${pathOf(pods, namespace, pod)}/log`, query }, { signal });
  try {
    yield* linesOf(answer);
  } catch (error) {
    signal.throwIfAborted();
    throw networkError(error, connection.server);
  } finally {
    answer.destroy();
  }
}
