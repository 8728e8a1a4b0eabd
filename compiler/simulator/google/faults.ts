import { isObject } from '../../base/json.ts';

/** What a client asked to go wrong: the next `times` requests that match get this answer. */
export interface Fault {
  /** A regular expression on "METHOD path?query". */
  readonly match: string;
  /** How often; once when absent. */
  readonly times?: number;
  /** Of each match, drawn from `seed`; always when absent. */
  readonly probability?: number;
  readonly seed?: number;
  readonly status?: number;
  /** One of `namedFaults`, instead of status and body. */
  readonly named?: string;
  readonly body?: unknown;
  /** Before the answer; real milliseconds. */
  readonly delayMs?: number;
  /** Whether the request is carried out although its answer is lost. */
  readonly afterEffect?: 'apply' | 'drop';
}

export interface Answer {
  readonly status: number;
  /** An object is sent as JSON, a text as HTML, nothing as a connection that breaks. */
  readonly body?: unknown;
}

/** A fault that fired. Without an answer the request only waits. */
export interface Strike {
  readonly answer?: Answer;
  readonly delayMs: number;
  readonly apply: boolean;
}

interface Armed {
  readonly fault: Fault;
  readonly pattern: RegExp;
  readonly random: () => number;
  left: number;
}

export interface Faults {
  /** Throws a TypeError that says what is wrong with it. */
  add(fault: unknown): void;
  clear(): void;
  strike(request: string): Strike | undefined;
}

const retryLater = 'The service is currently unavailable.';
const namedFaults: Readonly<Record<string, Answer>> = {
  unavailable: {
    status: 503,
    body: {
      error: {
        code: 503,
        message: retryLater,
        status: 'UNAVAILABLE',
        errors: [{ message: retryLater, domain: 'global', reason: 'backendError' }],
      },
    },
  },
  internal: { status: 500, body: { error: { code: 500, message: 'Internal error encountered.', status: 'INTERNAL' } } },
  'bad-gateway': { status: 502, body: '<!DOCTYPE html><html><title>Error 502 (Server Error)!!1</title></html>' },
  'rate-limited': {
    status: 429,
    body: {
      error: {
        code: 429,
        message:
          "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service 'local-cloud' for consumer 'project_number:0'.",
        status: 'RESOURCE_EXHAUSTED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'RATE_LIMIT_EXCEEDED',
            domain: 'googleapis.com',
            metadata: { quota_unit: '1/min/{project}' },
          },
        ],
      },
    },
  },
  'permission-denied': {
    status: 403,
    body: { error: { code: 403, message: 'The caller does not have permission', status: 'PERMISSION_DENIED' } },
  },
  reset: { status: 0 },
};

export function createFaults(): Faults {
  let armed: Armed[] = [];
  return {
    add(value) {
      const fault = readFault(value);
      armed.push({ fault, pattern: new RegExp(fault.match), random: seeded(fault.seed ?? 1), left: fault.times ?? 1 });
    },
    clear() {
      armed = [];
    },
    strike(request) {
      const found = armed.find(
        (each) => each.left > 0 && each.pattern.test(request) && each.random() < (each.fault.probability ?? 1),
      );
      if (!found) return undefined;
      found.left -= 1;
      const { named, status, body, delayMs = 0, afterEffect = 'drop' } = found.fault;
      const answer = named ? namedFaults[named] : status === undefined ? undefined : { status, body };
      return { ...(answer ? { answer } : {}), delayMs, apply: afterEffect === 'apply' };
    },
  };
}

function readFault(value: unknown): Fault {
  if (!isObject(value) || typeof value['match'] !== 'string')
    throw new TypeError('a fault needs `match`, a regular expression on "METHOD path"');
  const known = ['match', 'times', 'probability', 'seed', 'status', 'named', 'body', 'delayMs', 'afterEffect'];
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown) throw new TypeError(`a fault has no "${unknown}"; it has ${known.join(', ')}`);
  const named = value['named'];
  if (named !== undefined && !(typeof named === 'string' && named in namedFaults)) {
    throw new TypeError(`no fault is named ${JSON.stringify(named)}; there are ${Object.keys(namedFaults).join(', ')}`);
  }
  return value as unknown as Fault;
}

/** A small generator (mulberry32), so that a run with the same seed fails in the same places. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
