import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Faults } from '../faults.ts';
import { readJson, sendJson } from './http.ts';

/** A request that was answered, for tests: never its body, token or query values. */
export interface LogEntry {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** The API's method id, when it has one. */
  readonly id?: string;
  readonly status: number;
}

const logMax = 5000;

export interface RequestLog {
  add(entry: LogEntry): void;
  list(): readonly LogEntry[];
  clear(): void;
}

/** The last few thousand requests, in memory. */
export function createRequestLog(): RequestLog {
  const entries: LogEntry[] = [];
  return {
    add(entry) {
      entries.push(entry);
      if (entries.length > logMax) entries.splice(0, logMax / 10);
    },
    list: () => entries,
    clear() {
      entries.length = 0;
    },
  };
}

/** Serves what no Google API has: `GET|DELETE /_local/requests`, `POST|DELETE /_local/faults`. */
export async function control(
  req: IncomingMessage,
  res: ServerResponse,
  { path, log, faults }: { path: string; log: RequestLog; faults: Faults<undefined> },
): Promise<void> {
  switch (`${req.method ?? ''} ${path}`) {
    case 'GET /_local/requests':
      return sendJson(res, 200, { requests: log.list() });
    case 'DELETE /_local/requests':
      log.clear();
      return sendJson(res, 200, {});
    case 'DELETE /_local/faults':
      faults.clear();
      return sendJson(res, 200, {});
    case 'POST /_local/faults':
      return addFaults(req, res, faults);
    default:
      return sendJson(res, 404, { error: { code: 404, message: `The local cloud has no ${path}.` } });
  }
}

async function addFaults(req: IncomingMessage, res: ServerResponse, faults: Faults<undefined>): Promise<void> {
  const body = await readJson(req);
  try {
    faults.add(body);
    sendJson(res, 200, {});
  } catch (error) {
    sendJson(res, 400, { error: { code: 400, message: error instanceof Error ? error.message : String(error) } });
  }
}
