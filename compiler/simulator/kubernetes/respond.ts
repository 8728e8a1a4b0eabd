import { randomUUID } from 'node:crypto';
import type { Answer } from '../faults.ts';
import type { Call } from './request.ts';

/** Sends JSON, with the headers that every answer carries. */
export function sendJson(
  call: Call,
  code: number,
  body: unknown,
  type = 'application/json',
  headers: Record<string, string> = {},
): void {
  send(call, code, `${JSON.stringify(body)}\n`, type, headers);
}

export function sendText(call: Call, code: number, text: string | Buffer): void {
  send(call, code, text, 'text/plain; charset=utf-8');
}

export function send(
  call: Call,
  code: number,
  body: string | Buffer,
  type: string,
  headers: Record<string, string> = {},
): void {
  if (call.lost) {
    lose(call, call.lost);
    return;
  }
  begin(call, code, type, { ...headers, 'Content-Length': String(Buffer.byteLength(body)) });
  call.response.end(body);
}

/** Answers with a fault: an object as JSON, a text as HTML, status 0 by breaking the connection. */
export function lose({ request, response }: Call, { status, body, headers }: Answer): void {
  if (status === 0) {
    request.socket.destroy();
    return;
  }
  const isText = typeof body === 'string';
  const text = isText ? body : body === undefined ? '' : `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'Content-Type': isText ? 'text/html; charset=UTF-8' : 'application/json',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** The head of an answer. */
export function begin(call: Call, code: number, type: string, headers: Record<string, string> = {}): void {
  const warnings = call.warnings.map((text) => `299 - ${JSON.stringify(text)}`);
  call.response.writeHead(code, {
    'Content-Type': type,
    'Cache-Control': 'no-cache, private',
    'Audit-Id': randomUUID(),
    ...(warnings.length > 0 ? { Warning: warnings } : {}),
    ...headers,
  });
}
