import { CloudError, type CloudReason } from '../../base/errors.ts';
import { isObject } from '../../base/json.ts';

/** What came back, before anything is made of it. */
export interface KubeAnswer {
  readonly http: number;
  readonly text: string;
  readonly retryAfter?: string | undefined;
  /** Values of a Secret must not come back to the user in the server's complaint about them. */
  readonly secret: boolean;
}

interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

interface Status {
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly Cause[];
  readonly retryAfterSeconds: number | undefined;
}

/**
 * The one place that says what an answer of the Kubernetes API other than success means.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#response-status-kind
 */
export function answerError(answer: KubeAnswer): CloudError {
  const status = readStatus(answer.text);
  const retryAfterMs = secondsToMs(answer.retryAfter) ?? secondsToMs(status.retryAfterSeconds);
  const conflicts = status.causes
    .filter((cause) => cause.reason === 'FieldManagerConflict')
    .map((cause) => ({ manager: managerIn(cause.message), field: cause.field.replace(/^\./, '') }));
  const by = denierIn(status.message) ?? silentIn(status.message);
  return new CloudError(readable(status.message, answer), {
    reason: reasonOf(answer.http, status),
    service: 'kubernetes',
    http: answer.http,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(status.reason !== '' && { serviceReasons: [status.reason] }),
    ...(conflicts.length > 0 && { conflicts }),
    ...(by !== undefined && { by }),
  });
}

/** A request that nothing came back for: the network, TLS, a timeout. */
export function networkError(error: unknown, server: string): CloudError {
  const code = isObject(error) && typeof error['code'] === 'string' ? error['code'] : '';
  const why = error instanceof Error ? error.message || code : String(error);
  const isTls = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/.test(code);
  const message = isTls ? `the certificate of ${server} is not trusted: ${why}` : `${server} does not answer: ${why}`;
  // A wrong certificate stays wrong: trying again is for silence only.
  return new CloudError(message, { reason: isTls ? 'unexpected' : 'unavailable', service: 'kubernetes' });
}

function readStatus(text: string): Status {
  const body = parse(text);
  if (body['kind'] !== 'Status') return { reason: '', message: text.trim(), causes: [], retryAfterSeconds: undefined };
  const details = isObject(body['details']) ? body['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'].filter(isObject) : [];
  const seconds = details['retryAfterSeconds'];
  return {
    reason: textOf(body['reason']),
    message: textOf(body['message']),
    causes: causes.map((each) => ({
      reason: textOf(each['reason']),
      message: textOf(each['message']),
      field: textOf(each['field']),
    })),
    retryAfterSeconds: typeof seconds === 'number' ? seconds : undefined,
  };
}

function parse(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function secondsToMs(seconds: string | number | undefined): number | undefined {
  const number = Number(seconds);
  return seconds === undefined || !Number.isFinite(number) ? undefined : number * 1000;
}

/** `conflict with "kubectl" using apps/v1` */
function managerIn(message: string): string {
  return /^conflict with "((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? 'unknown';
}

/** A Job's immutable template comes as a page of Go; a proxy answers with HTML. */
function readable(message: string, { http, secret }: KubeAnswer): string {
  if (/^\s*<(!doctype|html)/i.test(message)) return `answered ${http} with a web page: is there a proxy in between?`;
  const told = secret ? message.replaceAll(/(Invalid value: |got )[^]*/g, '$1(not shown)') : message;
  const short = told.length > 600 ? `${told.slice(0, 600)}…` : told;
  return short === '' ? `answered ${http} without a message` : short;
}

const byHttp: Readonly<Record<number, CloudReason>> = {
  400: 'invalid',
  401: 'unauthenticated',
  404: 'not-found',
  405: 'invalid',
  406: 'invalid',
  410: 'conflict',
  413: 'invalid',
  415: 'invalid',
  429: 'rate-limited',
};

// Whoever refuses chooses the status code, and there is no reason of its own: the API server's words are the only signal.
const denials = [
  /^admission webhook "([^"]+)" denied the request/,
  /ValidatingAdmissionPolicy '([^']+)' .*denied request/,
  /violates (PodSecurity "[^"]+")/,
];

/** The policy that refused. */
function denierIn(message: string): string | undefined {
  return denials.map((words) => words.exec(message)?.[1]).find((name) => name !== undefined);
}

/** The webhook that was to be asked, and did not answer. */
function silentIn(message: string): string | undefined {
  return /failed calling webhook "([^"]+)"/.exec(message)?.[1];
}

function reasonOf(http: number, status: Status): CloudReason {
  if (denierIn(status.message) !== undefined) return 'policy';
  if (http === 403) return forbiddenReason(status);
  if (http === 409) return status.reason === 'AlreadyExists' ? 'exists' : 'conflict';
  if (http === 422) return status.causes.some(isImmutable) || isImmutable(status) ? 'immutable' : 'invalid';
  // A body that doesn't fit the schema is answered with 500 and no reason; sending it again helps nobody.
  if (http === 500 && /failed to (create typed patch object|convert new object)/.test(status.message)) return 'invalid';
  if (http >= 500) return 'unavailable';
  return byHttp[http] ?? 'unexpected';
}

function forbiddenReason(status: Status): CloudReason {
  if (status.causes.some((cause) => cause.reason === 'NamespaceTerminating')) return 'busy';
  return status.message.includes('exceeded quota') ? 'quota' : 'forbidden';
}

// Immutable fields have no reason of their own: the words are the only signal.
const immutableWords = /immutable|may not change once set|cannot change roleRef|updates to statefulset spec/;

function isImmutable(cause: { readonly message: string }): boolean {
  return immutableWords.test(cause.message);
}
