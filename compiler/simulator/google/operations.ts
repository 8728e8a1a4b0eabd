import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { BugError } from '../../base/errors.ts';
import type { Clock } from '../clock.ts';
import type { Store, Table } from '../store.ts';

/** A long-running operation as the store keeps it: its effect is data, so that another process can finish it. */
export interface Operation<Args = unknown> {
  readonly id: string;
  /** The API's name, which knows how to show it: `container`, `sqladmin`, … */
  readonly api: string;
  readonly project: string;
  /** CREATE_CLUSTER, UPDATE, insert, … in the API's own words. */
  readonly type: string;
  /** The resource that it changes; one operation at a time per lock. */
  readonly lock: string;
  readonly startedMs: number;
  readonly dueMs: number;
  readonly state: 'running' | 'done';
  readonly endedMs?: number;
  readonly error?: Failure;
  readonly effect: string;
  /** Removed when it is done, as it may hold a password. */
  readonly args?: Args;
  /** What the API shows beside: links, target ids. */
  readonly shown: Readonly<Record<string, unknown>>;
  /** What a google.longrunning operation answers with. */
  readonly response?: object;
}

/** How an operation failed: a canonical code, the service's own word for it, and its message. */
export interface Failure {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** Thrown by an effect: the operation ends with this error. */
export class OperationFailure extends Error {
  override readonly name = 'OperationFailure';
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** What an operation does: `work` begins at once and may be repeated after a restart, `finish` happens when it is due. */
export interface Effect<Args> {
  work?(args: Args): Promise<void>;
  finish(args: Args): object | void;
  failed?(args: Args): void;
}

export type Effects = Readonly<Record<string, Effect<never>>>;

/** An effect under its argument type; the registry knows only names. */
export function effect<Args>(each: Effect<Args>): Effect<never> {
  return each;
}

export interface Begin {
  readonly api: string;
  readonly project: string;
  readonly type: string;
  readonly lock: string;
  readonly seconds: number;
  readonly effect: string;
  readonly args: unknown;
  readonly id: string;
  readonly shown?: Readonly<Record<string, unknown>>;
}

export interface Operations {
  begin(what: Begin): Operation;
  /** Begins it and waits until it is done: what some services answer at once. */
  settle(what: Begin): Promise<Operation>;
  /** Begins it and waits until its work succeeded or it failed: it may still be running then, but it can't fail any more. */
  beginSurely(what: Begin): Promise<Operation>;
  get(id: string): Operation | undefined;
  list(api: string, project: string): readonly Operation[];
  /** The operation that holds the lock, if one is running. */
  running(lock: string): Operation | undefined;
  /** Resolves when the operation is done, or after `seconds` of the real service's time. */
  wait(id: string, seconds: number): Promise<void>;
  /** Knows the effects from now on, and carries on with what an earlier process left running. */
  resume(effects: Effects): void;
  stop(): Promise<void>;
}

/** Finished operations beyond so many are forgotten, the oldest first. */
const kept = 1000;

export function createOperations({ store, clock }: { readonly store: Store; readonly clock: Clock }): Operations {
  const table = store.table<Operation>('google/operations');
  const stopping = new AbortController();
  const runs = new Map<string, Promise<void>>();
  const works = new Map<string, Promise<void>>();
  let effects: Effects = {};

  const start = async (operation: Operation): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    works.set(operation.id, promise);
    const around: Surroundings = { table, clock, signal: stopping.signal, worked: resolve };
    const run = carryOut(operation, effects[operation.effect], around);
    runs.set(operation.id, run);
    await run;
    resolve();
    runs.delete(operation.id);
    works.delete(operation.id);
  };
  const live = (id: string): Operation => {
    const found = table.get(id);
    if (!found) throw new BugError(`operation ${id} is lost`);
    return found;
  };
  const begin = (what: Begin): Operation => {
    const operation = newOperation(what, clock);
    forgetOldest(table);
    table.set(operation.id, operation);
    void start(operation);
    return operation;
  };
  return {
    begin,
    async settle(what) {
      const { id } = begin(what);
      await runs.get(id);
      return live(id);
    },
    async beginSurely(what) {
      const { id } = begin(what);
      await works.get(id);
      return live(id);
    },
    get: (id) => table.get(id),
    list: (api, project) =>
      [...table.entries()].map(([, each]) => each).filter((each) => each.api === api && each.project === project),
    running: (lock) => [...table.entries()].find(([, each]) => each.lock === lock && each.state === 'running')?.[1],
    async wait(id, seconds) {
      const enough = new AbortController();
      await Promise.race([runs.get(id), clock.wait(seconds, enough.signal)]);
      enough.abort();
    },
    resume(known) {
      effects = known;
      for (const [, each] of table.entries()) if (each.state === 'running') void start(each);
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(runs.values());
    },
  };
}

function newOperation({ seconds, ...what }: Begin, clock: Clock): Operation {
  const startedMs = clock.now();
  return { shown: {}, ...what, startedMs, dueMs: startedMs + clock.scaled(seconds), state: 'running' };
}

interface Surroundings {
  readonly table: Table<Operation>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly worked: () => void;
}

/** Never rejects: what goes wrong ends in the operation. Stopped half-way, the operation stays running in the store. */
async function carryOut(
  operation: Operation,
  known: Effect<never> | undefined,
  { table, clock, signal, worked }: Surroundings,
): Promise<void> {
  const args = operation.args as never;
  const end = (more: Pick<Operation, 'error' | 'response'>): void => {
    const { args: _spent, ...rest } = operation;
    table.set(operation.id, { ...rest, ...more, state: 'done', endedMs: clock.now() });
  };
  try {
    if (!known) throw new Error(`no effect is called ${operation.effect}`);
    await known.work?.(args);
    worked();
    const waitMs = operation.dueMs - clock.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal });
    if (signal.aborted) return;
    const response = known.finish(args);
    end(response ? { response } : {});
  } catch (error) {
    if (signal.aborted) return;
    known?.failed?.(args);
    end({
      error:
        error instanceof OperationFailure
          ? error.failure
          : { code: 13, reason: 'INTERNAL_ERROR', message: String(error instanceof Error ? error.message : error) },
    });
  }
}

function forgetOldest(table: Table<Operation>): void {
  let excess = table.size - kept;
  for (const [id, each] of table.entries()) {
    if (excess <= 0) return;
    if (each.state === 'done') {
      table.delete(id);
      excess -= 1;
    }
  }
}

/** `operation-1718024305921-5d0f…`, as GKE and Compute Engine name them. */
export function operationName(clock: Clock): string {
  return `operation-${clock.now()}-${randomUUID()}`;
}
