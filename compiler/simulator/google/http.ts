import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse } from './errors.ts';

const bodyMaxBytes = 4 * 1024 * 1024;

/** The request's body as JSON; undefined when it has none. Refuses what is not JSON as Google's front end does. */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyMaxBytes)
      throw refuse({ code: 413, message: 'Request payload size exceeds the limit.', status: 'INVALID_ARGUMENT' });
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = `Invalid JSON payload received. ${error instanceof Error ? error.message : 'Parse error.'}`;
    throw refuse({ code: 400, message, status: 'INVALID_ARGUMENT' });
  }
}

export function sendJson(res: ServerResponse, status: number, body: unknown, pretty = false): void {
  const text = `${JSON.stringify(body, null, pretty ? 2 : 0)}\n`;
  res.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(text),
    vary: 'Origin',
  });
  res.end(text);
}

export function sendHtml(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'content-type': 'text/html; charset=UTF-8', 'content-length': Buffer.byteLength(text) });
  res.end(text);
}
