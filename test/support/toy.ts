import { apply, type Applied } from '../../compiler/engine/apply.ts';
import { compile } from '../../compiler/engine/compile.ts';
import type { Policy } from '../../compiler/engine/decide.ts';
import { prepare, type Prepared } from '../../compiler/engine/plan.ts';
import type { Run } from '../../compiler/engine/run.ts';
import { problem } from '../../compiler/base/diagnostic.ts';
import { CloudError } from '../../compiler/base/errors.ts';
import type { Event } from '../../compiler/model/event.ts';
import { defineKind, type AnyKind, type Kind, type Owner, type Readiness } from '../../compiler/model/kind.ts';
import type { Ctx, GoogleApi } from '../../compiler/model/ports.ts';
import { address, refTo, type Declaration } from '../../compiler/model/resource.ts';
import type { Spec } from '../../compiler/spec/spec.ts';

/** A thing of the toy world, as it is live. */
export interface Live {
  value: string;
  size: number;
  password: string;
  owner: Owner;
  readiness: Readiness;
  /** Whatever else is on it; the toy kind knows nothing of it. */
  foreign?: string;
}

export interface Box {
  readonly name: string;
  readonly value: string;
  readonly size: number;
  readonly password: string;
}

export interface ToyWorld {
  readonly things: Map<string, Live>;
  /** Every write that reached the world, in order. */
  readonly writes: string[];
  /** Thrown by the next writes, first one first. */
  readonly failures: Error[];
}

export function toyWorld(): ToyWorld {
  return { things: new Map(), writes: [], failures: [] };
}

type Declared = Declaration<Box>;

export function box(key: string, more: Partial<Declared['desired']> = {}, after: readonly string[] = []): Declared {
  const desired = { name: key, value: 'v', size: 1, password: 'p', ...more };
  return { key, desired, after: after.map((name) => address('toy.box', name)), path: [] };
}

export function outputOf(name: string): ReturnType<typeof refTo> {
  return refTo(address('toy.box', name), 'value');
}

/** A kind whose cloud is a map: value is mutable, size immutable, password secret. */
export function toyKind(
  world: ToyWorld,
  declared: readonly Declared[],
  more: Partial<Kind<Box, { value: string }>> = {},
): AnyKind {
  const write = (what: string): void => {
    const failure = world.failures.shift();
    if (failure) throw failure;
    world.writes.push(what);
  };
  const put = (want: Box): void => {
    const before = world.things.get(want.name);
    world.things.set(want.name, { ...before, ...want, owner: 'us', readiness: { is: 'ready' } });
  };
  return defineKind<Box, { value: string }>({
    name: 'toy.box',
    docs: 'none',
    declare: () => declared,
    title: (desired) => `box ${desired.name}`,
    rules: { name: 'immutable', value: 'mutable', size: 'immutable', password: 'secret' },
    async observe(_ctx, want) {
      const live = world.things.get(want.name);
      if (!live) return { is: 'absent' };
      const { value, size, password, owner, readiness } = live;
      return {
        is: 'present',
        owner,
        want,
        live: { name: want.name, value, size, password },
        outputs: { value },
        readiness,
      };
    },
    async create(_ctx, want) {
      write(`create ${want.name}`);
      put(want);
    },
    async update(_ctx, want) {
      write(`update ${want.name}`);
      put(want);
    },
    async remove(_ctx, want) {
      write(`remove ${want.name}`);
      world.things.delete(want.name);
    },
    async owned() {
      return [...world.things]
        .filter(([, live]) => live.owner === 'us')
        .map(([key, { value, size, password }]) => ({ key, desired: { name: key, value, size, password } }));
    },
    ...more,
  });
}

const noGoogle: GoogleApi = {
  container: async () => Promise.reject(new Error('the toy world has no Google')),
  sql: async () => Promise.reject(new Error('the toy world has no Google')),
  rest: async () => Promise.reject(new Error('the toy world has no Google')),
  operation: (_service, answer) => ({ name: answer.name ?? '', poll: async () => ({ done: true }) }),
};

export interface ToyRun {
  readonly events: Event[];
  prepare(mode?: 'apply' | 'destroy'): Promise<Prepared>;
  apply(prepared: Prepared): Promise<Applied>;
}

export function toyRun(
  kinds: readonly AnyKind[],
  policy: Partial<Policy> = {},
  signal = new AbortController().signal,
  more: Partial<Pick<Run, 'whereIs' | 'rollBackOnFailure'>> = {},
): ToyRun {
  const spec = { name: 'toy', project: 'toy-project' } as unknown as Spec;
  const events: Event[] = [];
  let nowMs = 0;
  const host = {
    now: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    },
    random: () => 0.5,
    env: {},
  };
  const memory = new Map<string, string>();
  const look = (): Ctx => ({
    app: 'toy',
    project: 'toy-project',
    host,
    signal,
    google: noGoogle,
    usesGoogle: false,
    how: 'survey',
    kubernetes: async () => undefined,
    once: async (_key, read) => read(),
    memory,
    forceConflicts: false,
  });
  const full: Policy = { adopt: false, allowDataLoss: [], forceConflicts: false, ...policy };
  const graph = compile(spec, kinds);
  const emit = (event: Event): void => void events.push(event);
  const run: Run = { registry: kinds, look, policy: full, host, signal, emit, parallelism: 4, ...more };
  return {
    events,
    prepare: async (mode = 'apply') =>
      prepare(graph, kinds, look(), { mode, app: 'toy', project: 'toy-project', policy: full }),
    apply: async (prepared) =>
      apply(prepared, run, (error, resource) => problem('HELLO3001', error.message, { resource: resource.id })),
  };
}

export function busy(): CloudError {
  return new CloudError('another operation is running', { reason: 'busy', service: 'toy' });
}
