import { setTimeout as delay } from 'node:timers/promises';
import { commandLine, searchPath } from './command-line.ts';
import type { Image } from './dockerfile.ts';
import type { RunLog } from './container-logs.ts';
import { launch, type Exit, type Running } from './launch.ts';
import { ConfigError, containerEnv } from './pod-env.ts';
import { hostPort } from './pod-ports.ts';
import type { PodWorld } from './pod-world.ts';
import {
  nameOf,
  seconds,
  type ContainerSpec,
  type ContainerState,
  type ContainerStatus,
  type Probe,
  type Terminated,
} from './pod-types.ts';
import { attempt, probeLoop, type Target } from './probes.ts';
import { runSqlProxy } from './sql-proxy.ts';
import { isSqlProxy } from './sql-proxy-flags.ts';

/** A container over all its runs. */
export interface Container {
  readonly spec: ContainerSpec;
  status(): ContainerStatus;
  /** Its last exit code once it will not run again, else undefined. */
  result(): number | undefined;
  /** Settles when its startup probe has passed, or when it is over. */
  readonly started: Promise<void>;
  /** Settles when it will not run again. */
  readonly over: Promise<void>;
  /** preStop, SIGTERM, and SIGKILL at the deadline (milliseconds since the epoch). */
  stop(deadline: number): Promise<void>;
}

/** When a container that ended is started again. */
export type Restarts = 'always' | 'on-failure' | 'never';

const BACKOFF = { firstSeconds: 10, maxSeconds: 300, resetSeconds: 600 };
/** However fast the clock: a program that crashes at once must not take the machine with it. */
const BACKOFF_MS_MIN = 500;

interface Mutable {
  state: ContainerState;
  lastState: ContainerState;
  ready: boolean;
  started: boolean;
  restartCount: number;
  imageID: string;
  containerID: string | undefined;
  running: Running | undefined;
  target: Target | undefined;
  exitCode: number | undefined;
}

/** Runs a container until it is over or stopped. `before` is its status from an earlier life of the node. */
export function runContainer(
  world: PodWorld,
  spec: ContainerSpec,
  restarts: Restarts,
  before?: ContainerStatus,
): Container {
  const stopping = new AbortController();
  const started = Promise.withResolvers<void>();
  const me: Mutable = ({
	state: { waiting: { reason: 'ContainerCreating' } },
	lastState: {},
	ready: false,
	started: false,
	...{
		restartCount: 0,
		imageID: '',
		containerID: undefined,
		running: undefined,
		target: undefined,
		exitCode: undefined
	},
	...before?.containerID ? afterRestartOfNode(before) : {}
});
  const over = runs(world, spec, restarts, me, stopping.signal, started.resolve).finally(() => {
    started.resolve();
    world.changed();
  });
  return {
    spec,
    started: started.promise,
    over,
    result: () => me.exitCode,
    status: () => (({
	name: spec.name,
	image: spec.image,
	imageID: me.imageID,
	...me.containerID === undefined ? {} : { containerID: me.containerID },
	...{
		state: me.state,
		lastState: me.lastState,
		ready: me.ready,
		started: me.started,
		restartCount: me.restartCount
	}
})),
    async stop(deadline) {
      if (me.running) {
        world.event('Normal', 'Killing', `Stopping container ${spec.name}`, spec.name);
        await preStop(world, spec, me, deadline);
      }
      stopping.abort();
      await end(me.running, deadline);
      await over;
    },
  };
}

/** The node went away under the container: what the kubelet reports of one whose end it did not see. */
function afterRestartOfNode(before: ContainerStatus): Partial<Mutable> {
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

async function preStop(world: PodWorld, spec: ContainerSpec, me: Mutable, deadline: number): Promise<void> {
  const hook = spec.lifecycle?.preStop;
  if (!hook || !me.target) return;
  const left = Math.max(0, deadline - Date.now());
  if (hook.sleep) await delay(Math.min(world.clock.scaled(hook.sleep.seconds), left));
  else await attempt(hook, me.target, left);
}

async function end(running: Running | undefined, deadline: number): Promise<void> {
  if (!running) return;
  running.terminate();
  const timer = setTimeout(() => running.kill(), Math.max(0, deadline - Date.now()));
  await running.exited;
  clearTimeout(timer);
}

/** Run after run, with back-off between, until the restart policy or the signal ends it. */
async function runs(
  world: PodWorld,
  spec: ContainerSpec,
  restarts: Restarts,
  me: Mutable,
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

function record(world: PodWorld, me: Mutable, exit: Exit, began: number): void {
  const terminated: Terminated = ({
	exitCode: exit.code,
	reason: exit.reason,
	startedAt: seconds(began),
	finishedAt: seconds(Date.now()),
	...exit.signal === undefined ? {} : { signal: exit.signal },
	...exit.message === undefined ? {} : { message: exit.message },
	containerID: me.containerID ?? ''
});
  Object.assign(me, { state: { terminated }, ready: false, started: false, running: undefined });
  world.changed();
}

async function crashLoop(
  world: PodWorld,
  spec: ContainerSpec,
  me: Mutable,
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

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(ms, BACKOFF_MS_MIN), undefined, { signal }).catch(() => undefined);
}

/** Waits for what a container needs: its image, then its Secrets and ConfigMaps. Undefined when stopped before. */
async function prepare(
  world: PodWorld,
  spec: ContainerSpec,
  me: Mutable,
  stopping: AbortSignal,
): Promise<(() => Running) | undefined> {
  let attempts = 0;
  while (!stopping.aborted) {
    const image = isSqlProxy(spec.image) ? proxyImage(world, spec) : world.images.find(spec.image);
    const changed = world.nextChange(stopping);
    try {
      if (image) {
        if (attempts === 0)
          world.event('Normal', 'Pulled', `Container image "${spec.image}" already present on machine`, spec.name);
        return launcher(world, spec, me, image);
      }
      imageMissing(world, spec, me, attempts);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      me.state = { waiting: { reason: 'CreateContainerConfigError', message: error.message } };
      if (attempts === 0) world.event('Warning', 'Failed', `Error: ${error.message}`, spec.name);
    }
    attempts++;
    world.changed();
    // What is missing may come at any moment; the pull itself is tried again like a crashed container.
    await Promise.race([changed, pause(world.clock.scaled(BACKOFF.firstSeconds), stopping)]);
    if (attempts > 1) await Promise.race([changed, pause(world.clock.scaled(BACKOFF.maxSeconds), stopping)]);
  }
  return undefined;
}

function imageMissing(world: PodWorld, spec: ContainerSpec, me: Mutable, attempts: number): void {
  const why =
    `failed to pull and unpack image "${spec.image}": not found: the local cloud pulls no images, it runs an app from its source folder. ` +
    'Say in hello.config.yaml where the Dockerfile of this image is (app.build), and apply again';
  if (attempts === 0) {
    world.event('Normal', 'Pulling', `Pulling image "${spec.image}"`, spec.name);
    world.event('Warning', 'Failed', `Failed to pull image "${spec.image}": ${why}`, spec.name);
    me.state = { waiting: { reason: 'ErrImagePull', message: why } };
    return;
  }
  if (attempts === 1) world.event('Normal', 'BackOff', `Back-off pulling image "${spec.image}"`, spec.name);
  me.state = {
    waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${spec.image}": ErrImagePull: ${why}` },
  };
}

function proxyImage(world: PodWorld, spec: ContainerSpec): Image {
  const config = {
    workdir: '/',
    env: {},
    entrypoint: ['/cloud-sql-proxy'],
    command: [],
    nodeByDefault: false,
    ports: [],
  };
  return { ...config, source: world.folder, id: `local-stand-in:${spec.image}` };
}

/** Reads the environment now, so that what is missing is said before anything starts. */
function launcher(world: PodWorld, spec: ContainerSpec, me: Mutable, image: Image): () => Running {
  const env = containerEnv({
    objects: world.objects,
    pod: world.pod(),
    container: spec,
    ports: world.ports,
    imageEnv: image.env,
  });
  const line = commandLine(image, spec, (text) => env.expand(text));
  const values = { PATH: searchPath(), ...env.values };
  const all = [...world.pod().spec.containers, ...(world.pod().spec.initContainers ?? [])];
  me.imageID = `${spec.image.split('@')[0]}@${image.id}`;
  me.target = { cwd: line.cwd, env: values, port: (port) => hostPort(world.ports, [spec, ...all], port) };
  return () => {
    const log = world.logs.open(spec.name, me.restartCount);
    const running = isSqlProxy(spec.image)
      ? runSqlProxy({ ...world.proxy, args: line.args, env: env.values, ports: world.ports, log })
      : launch({
          line,
          env: values,
          log,
          what: `pod ${nameOf(world.pod())} container ${spec.name}`,
          processes: world.processes,
        });
    closeAfter(running, log);
    return running;
  };
}

function closeAfter(running: Running, log: RunLog): void {
  void running.exited.finally(() => log.close());
}

/** One run from start to exit, with its probes. */
async function oneRun(
  world: PodWorld,
  spec: ContainerSpec,
  me: Mutable,
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
  // Stopped between being prepared and being started: nobody else will end this run.
  if (stopping.aborted) running.kill();
  const exit = await running.exited;
  probes.abort();
  return exit;
}

function watchStartup(
  world: PodWorld,
  spec: ContainerSpec,
  probe: Probe,
  me: Mutable,
  running: Running,
  signal: AbortSignal,
  up: () => void,
): void {
  const { target } = me;
  if (!target) return;
  const done = new AbortController();
  const told = {
    succeeded: (): void => {
      done.abort();
      up();
    },
    failed: (message: string) => world.event('Warning', 'Unhealthy', `Startup probe failed: ${message}`, spec.name),
    overThreshold: () => restart(world, spec, running, 'startup'),
  };
  void probeLoop(probe, target, told, AbortSignal.any([signal, done.signal]));
}

function watchHealth(world: PodWorld, spec: ContainerSpec, me: Mutable, running: Running, signal: AbortSignal): void {
  const { target } = me;
  if (!target || signal.aborted) return;
  const setReady = (ready: boolean): void => {
    if (me.ready === ready || signal.aborted) return;
    me.ready = ready;
    world.changed();
  };
  const failed = (kind: string) => (message: string) =>
    world.event('Warning', 'Unhealthy', `${kind} probe failed: ${message}`, spec.name);
  if (spec.readinessProbe) {
    const told = { succeeded: () => setReady(true), failed: failed('Readiness'), overThreshold: () => setReady(false) };
    void probeLoop(spec.readinessProbe, target, told, signal);
  }
  if (spec.livenessProbe) {
    const told = {
      succeeded: () => undefined,
      failed: failed('Liveness'),
      overThreshold: () => restart(world, spec, running, 'liveness'),
    };
    void probeLoop(spec.livenessProbe, target, told, signal);
  }
}

function restart(world: PodWorld, spec: ContainerSpec, running: Running, kind: 'startup' | 'liveness'): void {
  world.event('Normal', 'Killing', `Container ${spec.name} failed ${kind} probe, will be restarted`, spec.name);
  const grace = (world.pod().spec.terminationGracePeriodSeconds ?? 30) * 1000;
  void end(running, Date.now() + grace);
}
