import { isObject } from '../../base/json.ts';

/** What any Google error says, whichever client it came through. */
export interface Answer {
  readonly http?: number;
  /** The canonical code's name: `NOT_FOUND`. */
  readonly status?: string;
  /** Machine-readable reasons, of ErrorInfo and of the older `errors[]`. */
  readonly reasons: readonly string[];
  /** Types of the preconditions that failed: `googleapis.com/billing-enabled`. */
  readonly violations: readonly string[];
  readonly message: string;
  readonly retryAfterMs?: number;
  /** Nothing came back: a network failure or a timeout. */
  readonly unanswered: boolean;
}

/** Where google-gax keeps the body that it got: the only place with the older `errors[].reason`. */
const rawPayload = Symbol.for('google-gax.rawHttpResponsePayload');

const codeNames: Readonly<Record<number, string>> = {
  1: 'CANCELLED',
  3: 'INVALID_ARGUMENT',
  4: 'DEADLINE_EXCEEDED',
  5: 'NOT_FOUND',
  6: 'ALREADY_EXISTS',
  7: 'PERMISSION_DENIED',
  8: 'RESOURCE_EXHAUSTED',
  9: 'FAILED_PRECONDITION',
  10: 'ABORTED',
  12: 'UNIMPLEMENTED',
  13: 'INTERNAL',
  14: 'UNAVAILABLE',
  16: 'UNAUTHENTICATED',
};

/** Reads a GoogleError (gax: numeric gRPC code), a GaxiosError (HTTP status), or a failure of the network. */
export function readAnswer(error: unknown): Answer {
  if (isObject(error) && error['cause'] instanceof SyntaxError) return notJson;
  const fields = isObject(error) ? error : {};
  const response = isObject(fields['response']) ? fields['response'] : {};
  const body = readBody((isObject(error) ? Reflect.get(error, rawPayload) : undefined) ?? response['data']);
  const inner = isObject(body['error']) ? body['error'] : {};
  const details = listOf(inner['details']).concat(listOf(fields['statusDetails']));
  const http = firstNumber(fields['httpStatusCode'], fields['status'], response['status'], inner['code']);
  const code = fields['code'];
  const grpcName = typeof code === 'number' ? codeNames[code] : undefined;
  const status = typeof inner['status'] === 'string' ? inner['status'] : grpcName;
  const retryAfterMs = retryAfter(response['headers'], details);
  return {
    ...(http !== undefined && { http }),
    ...(status !== undefined && { status }),
    reasons: reasonsOf(fields, inner, body, details),
    violations: details.flatMap((each) => listOf(each['violations'])).flatMap((each) => texts(each['type'])),
    message: messageOf(inner, body, error),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    unanswered: http === undefined && isNetworkFailure(error, grpcName),
  };
}

/** gax takes a body that it cannot parse for silence; but somebody did answer, and would answer the same again. */
const notJson: Answer = {
  reasons: [],
  violations: [],
  message: 'the answer was not JSON: is there a proxy in between?',
  unanswered: false,
};

function readBody(data: unknown): Record<string, unknown> {
  if (typeof data !== 'string') return isObject(data) ? data : {};
  try {
    const parsed: unknown = JSON.parse(data);
    const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    return isObject(first) ? first : {};
  } catch {
    return {};
  }
}

function reasonsOf(
  fields: Record<string, unknown>,
  inner: Record<string, unknown>,
  body: Record<string, unknown>,
  details: readonly Record<string, unknown>[],
): string[] {
  const older = listOf(inner['errors']).flatMap((each) => texts(each['reason']));
  const newer = details.flatMap((each) => texts(each['reason']));
  // The token endpoint answers `{"error": "invalid_grant"}`.
  return [...new Set([...older, ...newer, ...texts(fields['reason']), ...texts(body['error'])])];
}

function messageOf(inner: Record<string, unknown>, body: Record<string, unknown>, error: unknown): string {
  const [own] = [...texts(inner['message']), ...texts(body['error_description'])];
  const message = own ?? (error instanceof Error ? error.message : String(error));
  // A proxy's HTML page says nothing that helps.
  const plain = /^\s*<(!doctype|html)/i.test(message)
    ? 'the answer was a web page, not the API: is there a proxy in between?'
    : message;
  return plain.length > 1000 ? `${plain.slice(0, 1000)}…` : plain;
}

function retryAfter(headers: unknown, details: readonly Record<string, unknown>[]): number | undefined {
  const header = headerOf(headers, 'retry-after');
  if (header !== undefined && /^\d+$/.test(header)) return Number(header) * 1000;
  const delay = details.find((each) => each['retryDelay'] !== undefined)?.['retryDelay'];
  if (typeof delay === 'string') return Number.parseFloat(delay) * 1000 || undefined; // "30s"
  if (isObject(delay)) return Number(delay['seconds'] ?? 0) * 1000 + Number(delay['nanos'] ?? 0) / 1e6;
  return undefined;
}

/** By shape, not by class: several copies of `Headers` are about. */
function headerOf(headers: unknown, name: string): string | undefined {
  if (!isObject(headers) || typeof headers['get'] !== 'function') return undefined;
  const value: unknown = Reflect.apply(headers['get'], headers, [name]);
  return typeof value === 'string' ? value : undefined;
}

const networkCodes =
  /^(E[A-Z_]{3,}|UND_ERR_\w+|TimeoutError|ERR_(SSL|TLS|SOCKET)\w*|(CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)_\w+)$/;

function isNetworkFailure(error: unknown, grpcName: string | undefined): boolean {
  if (grpcName === 'UNAVAILABLE' || grpcName === 'DEADLINE_EXCEEDED') return true;
  for (let at = error, depth = 0; isObject(at) && depth < 4; at = at['cause'], depth += 1) {
    if (typeof at['code'] === 'string' && networkCodes.test(at['code'])) return true;
    if (at['name'] === 'TimeoutError') return true;
  }
  return false;
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function texts(value: unknown): string[] {
  return typeof value === 'string' && value !== '' ? [value] : [];
}

function firstNumber(...values: readonly unknown[]): number | undefined {
  return values.find((each): each is number => typeof each === 'number' && each >= 100 && each < 600);
}
