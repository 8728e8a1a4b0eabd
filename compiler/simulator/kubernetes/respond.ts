import { randomUUID } from 'node:crypto';
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

export function sendText(call: Call, code: number, text: string): void {
  send(call, code, text, 'text/plain; charset=utf-8');
}

export function send(
  call: Call,
  code: number,
  body: string | Buffer,
  type: string,
  headers: Record<string, string> = {},
): void {
  begin(call, code, type, { ...headers, 'Content-Length': String(Buffer.byteLength(body)) });
  call.response.end(body);
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
