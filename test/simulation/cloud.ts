import { CloudError, type CloudReason } from '../../compiler/base/errors.ts';
import type { AnyKind, Owner, Present, Readiness } from '../../compiler/model/kind.ts';
import { defineKind } from '../../compiler/model/kind.ts';
import type { Operation } from '../../compiler/model/ports.ts';
import type { Declaration } from '../../compiler/model/resource.ts';
import type { Box } from '../support/toy.ts';
import type { Chance } from './chance.ts';

/** A thing of the simulated cloud. `note` is another's field: hello knows nothing of it. */
export interface Thing extends Box {
  readonly owner: Owner;
  readonly note?: string;
  readonly version: number;
  /** Looks that it still takes until it can be used; writes are refused meanwhile when it is busy. */
  readonly waits: number;
  readonly busy: boolean;
}

/** How often things go wrong, each in [0, 1]. */
export interface Weather {
  /** A write is refused, or acts and its answer is lost. */
  readonly writeFails: number;
  readonly readFails: number;
  /** A new thing takes its time. */
  readonly slow: number;
}

export interface SimulatedCloud {
  readonly things: Map<string, Thing>;
  /** Every write that had an effect: `create a`. */
  readonly writes: string[];
  /** Breaks when a thing is made before what it needs. */
  readonly needs: Map<string, readonly string[]>;
  readonly broken: string[];
  weather: Weather;
  /** Requests that are still served; then the client is dead, and nothing of it goes on. */
  left: number;
}

export const fairWeather: Weather = { writeFails: 0, readFails: 0, slow: 0 };

export function simulatedCloud(): SimulatedCloud {
  return {
    things: new Map(),
    writes: [],
    needs: new Map(),
    broken: [],
    weather: fairWeather,
    left: Number.POSITIVE_INFINITY,
  };
}

const before: readonly [CloudReason, ...CloudReason[]] = ['busy', 'conflict', 'unavailable', 'not-yet', 'not-found'];

/** Things of the cloud as a kind: name and size cannot change, and the password is secret. */
export function thingKind(cloud: SimulatedCloud, declared: readonly Declaration<Box>[], chance: Chance): AnyKind {
  const request = requestsOf(cloud, chance);
  return defineKind<Box, { value: string }>({
    name: 'toy.box',
    docs: 'none',
    declare: () => declared,
    title: (desired) => `box ${desired.name}`,
    rules: { name: 'immutable', value: 'mutable', size: 'immutable', password: 'secret' },
    async observe(_ctx, want) {
      const found = await request.read(() => cloud.things.get(want.name));
      if (!found) return { is: 'absent' };
      const { name, value, size, password, owner } = found;
      const live = { name, value, size, password };
      return { is: 'present', owner, want, live, outputs: { value }, readiness: readinessOf(cloud, request, found) };
    },
    create: async (_ctx, want) =>
      request.write(`create ${want.name}`, () => {
        if (cloud.things.has(want.name)) throw failure('exists');
        const missing = (cloud.needs.get(want.name) ?? []).filter((need) => !cloud.things.has(need));
        if (missing.length > 0) cloud.broken.push(`${want.name} was made before ${missing.join(' and ')}`);
        const waits = chance.is(cloud.weather.slow) ? 1 + chance.below(4) : 0;
        cloud.things.set(want.name, { ...want, owner: 'us', version: 1, waits, busy: chance.is(0.5) });
      }),
    update: async (_ctx, want, _fields, seen) => {
      const version = versionOf(cloud, seen);
      return request.write(`update ${want.name}`, () => {
        const found = writable(cloud, want.name);
        if (found.version !== version) throw failure('conflict');
        cloud.things.set(want.name, { ...found, ...want, owner: 'us', version: found.version + 1 });
      });
    },
    remove: async (_ctx, want) =>
      request.write(`remove ${want.name}`, () => {
        writable(cloud, want.name);
        cloud.things.delete(want.name);
      }),
    owned: async () =>
      request.read(() =>
        [...cloud.things.values()]
          .filter((thing) => thing.owner === 'us')
          .map(({ name, value, size, password }) => ({ key: name, desired: { name, value, size, password } })),
      ),
  });
}

interface Requests {
  read<T>(read: () => T): Promise<T>;
  write(what: string, effect: () => void): Promise<void>;
}

/** Each request takes a while, may fail, and is never answered once the client is dead. */
function requestsOf(cloud: SimulatedCloud, chance: Chance): Requests {
  const travel = async (): Promise<void> => {
    for (let hops = chance.below(3); hops >= 0; hops -= 1) await new Promise((resolve) => setImmediate(resolve));
    cloud.left -= 1;
    if (cloud.left < 0) await new Promise<never>(() => undefined);
  };
  return {
    async read(read) {
      await travel();
      if (chance.is(cloud.weather.readFails)) throw failure('unavailable');
      return read();
    },
    async write(what, effect) {
      await travel();
      const fails = chance.is(cloud.weather.writeFails);
      const acts = !fails || chance.is(0.4);
      if (!acts) throw failure(chance.pick(before));
      effect();
      cloud.writes.push(what);
      await travel();
      if (fails) throw failure('unavailable');
    },
  };
}

function readinessOf(cloud: SimulatedCloud, request: Requests, { name, waits, busy }: Thing): Readiness {
  if (waits === 0) return { is: 'ready' };
  const pass = (): boolean => {
    const thing = cloud.things.get(name);
    if (thing && thing.waits > 0) cloud.things.set(name, { ...thing, waits: thing.waits - 1 });
    return (thing?.waits ?? 0) <= 1;
  };
  const operation: Operation = { name: `op-${name}`, poll: async () => request.read(() => ({ done: pass() })) };
  if (!busy) pass();
  return { is: 'progressing', why: 'it is being made', busy, ...(busy && { operation }) };
}

function writable(cloud: SimulatedCloud, name: string): Thing {
  const found = cloud.things.get(name);
  if (!found) throw failure('not-found');
  if (found.waits > 0 && found.busy) throw failure('busy');
  return found;
}

/** What was read is known by its values: a write on another version is refused. */
function versionOf(cloud: SimulatedCloud, seen: Present<Box, { value: string }>): number {
  const found = cloud.things.get(seen.live.name);
  const same = found && found.value === seen.live.value && found.password === seen.live.password;
  return same ? found.version : -1;
}

function failure(reason: CloudReason): CloudError {
  return new CloudError(`the cloud says ${reason}`, { reason, service: 'toy' });
}
