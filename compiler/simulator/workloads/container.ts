import { setTimeout as delay } from 'node:timers/promises';
import { watchHealth, watchStartup } from './container-health.ts';
import { prepare } from './container-start.ts';
import { keepMemory } from './container-memory.ts';
import { BACKOFF, endRun, pause, type ContainerLife } from './container-state.ts';
import type { Exit, Running } from './launch.ts';
import { seconds, type ContainerSpec, type ContainerStatus, type Terminated } from './pod-types.ts';
import type { PodWorld } from './pod-world.ts';
import { attempt, type Target } from './probes.ts';
import type { Usage } from './usage.ts';

/** A container over all its runs. */
export interface Container {
  readonly spec: ContainerSpec;
  status(): ContainerStatus;
  /** Where a command of its own would run; undefined while it does not run. */
  target(): Target | undefined;
  /** Its last exit code once it will not run again, else undefined. */
  result(): number | undefined;
  /** What it uses now; undefined while that is not known. */
  usage(): Usage | undefined;
  /** Settles when its startup probe has passed, or when it is over. */
  readonly started: Promise<void>;
  /** Settles when it will not run again. */
  readonly over: Promise<void>;
  /** Runs its preStop hook, once: all containers of a pod begin with that together. */
  beginStop(deadline: number): Promise<void>;
  /** preStop unless that has run, SIGTERM, and SIGKILL at the deadline (milliseconds since the epoch). */
  stop(deadline: number): Promise<void>;
}

/** When a container that ended is started again. */
export type Restarts = 'always' | 'on-failure' | 'never';

/** Runs a container until it is over or stopped. `before` is its status from an earlier life of the node. */
export function runContainer(
  world: PodWorld,
  spec: ContainerSpec,
  restarts: Restarts,
  before?: ContainerStatus,
): Container {
  const stopping = new AbortController();
  const started = Promise.withResolvers<void>();
  const me = newLife(before);
  let hook: Promise<void> | undefined;
  let ending = false;
  const runHook = async (deadline: number): Promise<void> => {
    if (!me.running) return;
    world.event('Normal', 'Killing', `Stopping container ${spec.name}`, spec.name);
    await preStop(world, spec, me, deadline);
  };
  const beginStop = async (deadline: number): Promise<void> => (hook ??= runHook(deadline));
  const over = runs(world, spec, restarts, me, stopping.signal, started.resolve).finally(() => {
    started.resolve();
    world.changed();
  });
  return {
    spec,
    started: started.promise,
    over,
    target: () => (me.running ? me.target : undefined),
    result: () => me.exitCode,
    status: () => statusOf(spec, me),
    usage: () => usageOf(world, me),
    beginStop,
    async stop(deadline) {
      // What ends by itself from here on is not started again.
      stopping.abort();
      // Asked again, it is the new deadline that counts, and the hook is waited for no longer.
      if (!ending) {
        ending = true;
        await beginStop(deadline);
      }
      if (me.running) await endRun(me.running, deadline);
      await over;
    },
  };
}

function statusOf(spec: ContainerSpec, me: ContainerLife): ContainerStatus {
  const { imageID, state, lastState, ready, started, restartCount, containerID } = me;
  const status = { name: spec.name, image: spec.image, imageID, state, lastState, ready, started, restartCount };
  return containerID === undefined ? status : { ...status, containerID };
}

/** The stand-in of the Cloud SQL proxy is no process of its own: it costs nothing that could be told apart. */
function usageOf(world: PodWorld, { running }: ContainerLife): Usage | undefined {
  if (!running) return undefined;
  const idle = { cpu: 0, memoryBytes: 0, atMs: Date.now(), windowMs: 1_000 };
  return running.group === undefined ? idle : world.meter.of(running.group);
}

function newLife(before: ContainerStatus | undefined): ContainerLife {
  const life: ContainerLife = {
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: {},
    ready: false,
    started: false,
    restartCount: 0,
    imageID: '',
    containerID: undefined,
    running: undefined,
    target: undefined,
    exitCode: undefined,
  };
  return before?.containerID === undefined ? life : { ...life, ...afterRestartOfNode(before) };
}

/** The node went away under the container: what the kubelet reports of one whose end it did not see. */
function afterRestartOfNode(before: ContainerStatus): Partial<ContainerLife> {
  const at = seconds(Date.now());
  const startedAt = before.state.running?.startedAt ?? at;
  const lost: Terminated = {
    exitCode: 255,
    reason: 'Unknown',
    startedAt,
    finishedAt: at,
    containerID: before.containerID ?? '',
  };
  const last = before.state.running ? { terminated: lost } : before.state.terminated ? before.state : before.lastState;
  return { lastState: last, restartCount: before.restartCount + 1 };
}

async function preStop(world: PodWorld, spec: ContainerSpec, me: ContainerLife, deadline: number): Promise<void> {
  const hook = spec.lifecycle?.preStop;
  if (!hook || !me.target) return;
  const left = Math.max(0, deadline - Date.now());
  if (hook.sleep) await delay(Math.min(world.clock.scaled(hook.sleep.seconds), left));
  else await attempt(hook, me.target, left);
}

/** Run after run, with back-off between, until the restart policy or the signal ends it. */
async function runs(
  world: PodWorld,
  spec: ContainerSpec,
  restarts: Restarts,
  me: ContainerLife,
  stopping: AbortSignal,
  started: () => void,
): Promise<void> {
  let backoff = 0;
  for (;;) {
    const launched = await prepare(world, spec, me, stopping);
    if (!launched) return;
    const began = Date.now();
    const exit = await oneRun(world, spec, me, launched, stopping, started);
    record(world, me, exit, began);
    if (stopping.aborted || restarts === 'never' || (restarts === 'on-failure' && exit.code === 0)) {
      me.exitCode = exit.code;
      return;
    }
    if (Date.now() - began > world.clock.scaled(BACKOFF.resetSeconds) + 60_000) backoff = 0;
    if (backoff > 0) await crashLoop(world, spec, me, backoff, stopping);
    if (stopping.aborted) return;
    backoff = Math.min(backoff === 0 ? BACKOFF.firstSeconds : backoff * 2, BACKOFF.maxSeconds);
    me.restartCount++;
    me.lastState = me.state.terminated ? me.state : me.lastState;
  }
}

function record(world: PodWorld, me: ContainerLife, exit: Exit, began: number): void {
  const terminated: Terminated = {
    exitCode: exit.code,
    reason: exit.reason,
    startedAt: seconds(began),
    finishedAt: seconds(Date.now()),
    ...(exit.signal === undefined ? {} : { signal: exit.signal }),
    ...(exit.message === undefined ? {} : { message: exit.message }),
    containerID: me.containerID ?? '',
  };
  Object.assign(me, { state: { terminated }, ready: false, started: false, running: undefined });
  world.changed();
}

async function crashLoop(
  world: PodWorld,
  spec: ContainerSpec,
  me: ContainerLife,
  backoff: number,
  stopping: AbortSignal,
): Promise<void> {
  const pod = world.pod();
  const message = `back-off ${formatSeconds(backoff)} restarting failed container=${spec.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
  me.lastState = me.state;
  me.state = { waiting: { reason: 'CrashLoopBackOff', message } };
  world.event(
    'Warning',
    'BackOff',
    `Back-off restarting failed container ${spec.name} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
    spec.name,
  );
  world.changed();
  await pause(world.clock.scaled(backoff), stopping);
}

function formatSeconds(count: number): string {
  return count < 60 ? `${count}s` : `${Math.floor(count / 60)}m${count % 60}s`;
}

/** One run from start to exit, with its probes. */
async function oneRun(
  world: PodWorld,
  spec: ContainerSpec,
  me: ContainerLife,
  start: () => Running,
  stopping: AbortSignal,
  started: () => void,
): Promise<Exit> {
  me.containerID = `local://${crypto.randomUUID().replaceAll('-', '')}`;
  const running = start();
  me.running = running;
  me.state = { running: { startedAt: seconds(Date.now()) } };
  world.event('Normal', 'Created', `Created container: ${spec.name}`, spec.name);
  world.event('Normal', 'Started', `Started container ${spec.name}`, spec.name);
  const probes = new AbortController();
  const up = (): void => {
    me.started = true;
    me.ready = spec.readinessProbe === undefined;
    started();
    world.changed();
    watchHealth(world, spec, me, running, probes.signal);
  };
  if (spec.startupProbe) watchStartup(world, spec, spec.startupProbe, me, running, probes.signal, up);
  else up();
  world.changed();
  const memory = keepMemory(world, spec, running);
  // Stopped between being prepared and being started: nobody else will end this run.
  if (stopping.aborted) running.kill();
  const exit = await running.exited;
  probes.abort();
  memory.end();
  return memory.wasExceeded() ? { code: 137, reason: 'OOMKilled' } : exit;
}
