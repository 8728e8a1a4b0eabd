import { isObject } from '../base/json.ts';

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
  /** One of the faults that the API has a name for, instead of status and body. */
  readonly named?: string;
  readonly body?: unknown;
  /** Before the answer; real milliseconds. */
  readonly delayMs?: number;
  /** Whether the request is carried out although its answer is lost. */
  readonly afterEffect?: 'apply' | 'drop';
}

export interface Answer {
  /** 0 breaks the connection. */
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
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

/** Faults of one API. `Ask` is what an answer with a name may know of the request that it strikes. */
export interface Faults<Ask> {
  /** Arms one fault, or a list of them. Throws a TypeError that says what is wrong with it. */
  add(fault: unknown): void;
  clear(): void;
  /** `request` is "METHOD path?query". */
  strike(request: string, ask: Ask): Strike | undefined;
}

/** Answers that are known by a name. */
export type NamedFaults<Ask> = Readonly<Record<string, (ask: Ask) => Answer>>;

export function createFaults<Ask>(namedFaults: NamedFaults<Ask>): Faults<Ask> {
  let armed: Armed[] = [];
  return {
    add(value) {
      const faults = (Array.isArray(value) ? (value as unknown[]) : [value]).map((each) =>
        readFault(each, Object.keys(namedFaults)),
      );
      for (const fault of faults) {
        const [pattern, random] = [new RegExp(fault.match), seeded(fault.seed ?? 1)];
        armed.push({ fault, pattern, random, left: fault.times ?? 1 });
      }
    },
    clear() {
      armed = [];
    },
    strike(request, ask) {
      const found = armed.find(
        (each) => each.left > 0 && each.pattern.test(request) && each.random() < (each.fault.probability ?? 1),
      );
      if (!found) return undefined;
      found.left -= 1;
      const { named, status, body, delayMs = 0, afterEffect = 'drop' } = found.fault;
      const answer = named ? namedFaults[named]?.(ask) : status === undefined ? undefined : { status, body };
      return { ...(answer ? { answer } : {}), delayMs, apply: afterEffect === 'apply' };
    },
  };
}

function readFault(value: unknown, names: readonly string[]): Fault {
  if (!isObject(value) || typeof value['match'] !== 'string')
    throw new TypeError('a fault needs `match`, a regular expression on "METHOD path"');
  const known = ['match', 'times', 'probability', 'seed', 'status', 'named', 'body', 'delayMs', 'afterEffect'];
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown) throw new TypeError(`a fault has no "${unknown}"; it has ${known.join(', ')}`);
  const named = value['named'];
  if (named !== undefined && !(typeof named === 'string' && names.includes(named))) {
    throw new TypeError(`no fault is named ${JSON.stringify(named)}; there are ${names.join(', ')}`);
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
