import { runContainer, type Container, type Restarts } from './container.ts';
import { doneBefore } from './pod-ended.ts';
import { podStatus, type Report } from './pod-status.ts';
import type { ContainerUsage } from '../parts.ts';
import { nameOf, type ContainerSpec, type ContainerStatus, type Pod } from './pod-types.ts';
import type { PodWorld, RunningPod } from './pod-world.ts';

/** What is left to sidecars when the app took all the time there was. */
const SIDECAR_GRACE_MS = 2000;

/**
 * Runs the containers of a pod: init containers one after the other (a native sidecar needs only to have started), then
 * all others at once.
 */
export function runPod(world: PodWorld, log: (line: string) => void): RunningPod {
  const first = world.pod();
  const running = new Map<string, Container>();
  const stopping = new AbortController();
  const state = { initialized: false };
  const before = new Map(
    [...(first.status?.initContainerStatuses ?? []), ...(first.status?.containerStatuses ?? [])].map((each) => [
      each.name,
      each,
    ]),
  );
  const start = (spec: ContainerSpec, restarts: Restarts): Container => {
    const container = runContainer(world, spec, restarts, before.get(spec.name));
    running.set(spec.name, container);
    container.over.catch((error: unknown) => log(`pod ${nameOf(first)}: container ${spec.name}: ${String(error)}`));
    return container;
  };
  const resume = (spec: ContainerSpec): Container | undefined => {
    const done = doneBefore(first, spec);
    if (done) running.set(spec.name, done);
    return done;
  };
  void (async () => {
    state.initialized = await initialize(first, start, stopping.signal);
    if (stopping.signal.aborted) return world.changed();
    if (state.initialized) {
      const mains = first.spec.containers.map((spec) => resume(spec) ?? start(spec, restartsOf(first)));
      world.changed();
      await Promise.all(mains.map(async (each) => each.over));
    }
    // A pod whose work is done, or can't be begun, ends its sidecars by itself.
    if (!stopping.signal.aborted) await stopSidecars(first, running, Date.now() + graceMs(first));
    return world.changed();
  })().catch((error: unknown) => log(`pod ${nameOf(first)}: ${String(error)}`));
  return {
    status: () => podStatus(world.pod(), report(world.pod(), running, state.initialized), Date.now()),
    target: (container) => running.get(container)?.target(),
    usage: () => usageOf(running.values()),
    async stop(graceSeconds) {
      stopping.abort();
      const deadline = Date.now() + graceSeconds * 1000;
      const mains = [...running.values()].filter((container) => !isSidecar(container.spec));
      for (const sidecar of running.values()) if (isSidecar(sidecar.spec)) void sidecar.beginStop(deadline);
      await Promise.all(mains.map(async (container) => container.stop(deadline)));
      await stopSidecars(first, running, Math.max(deadline, Date.now() + SIDECAR_GRACE_MS));
    },
  };
}

function usageOf(containers: Iterable<Container>): ContainerUsage[] | undefined {
  const live = [...containers].filter((each) => each.status().state.running !== undefined);
  const known = live.flatMap((each) => {
    const usage = each.usage();
    return usage ? [{ name: each.spec.name, ...usage }] : [];
  });
  return known.length === live.length && live.length > 0 ? known : undefined;
}

function isSidecar(spec: ContainerSpec): boolean {
  return spec.restartPolicy === 'Always';
}

function graceMs(pod: Pod): number {
  return (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
}

function restartsOf(pod: Pod): Restarts {
  const words = { Always: 'always', OnFailure: 'on-failure', Never: 'never' } as const;
  return words[pod.spec.restartPolicy ?? 'Always'];
}

/** Whether all did their part; false when one failed for good, or the pod is stopped meanwhile. */
async function initialize(
  pod: Pod,
  start: (spec: ContainerSpec, restarts: Restarts) => Container,
  stopping: AbortSignal,
): Promise<boolean> {
  const restarts = restartsOf(pod) === 'never' ? 'never' : 'on-failure';
  for (const spec of pod.spec.initContainers ?? []) {
    if (stopping.aborted) return false;
    if (isSidecar(spec)) {
      await start(spec, 'always').started;
      continue;
    }
    const container = start(spec, restarts);
    await container.over;
    if (container.result() !== 0) return false;
  }
  return true;
}

/** In reverse order: a sidecar may need those that were started before it. */
async function stopSidecars(pod: Pod, running: ReadonlyMap<string, Container>, deadline: number): Promise<void> {
  for (const spec of (pod.spec.initContainers ?? []).filter(isSidecar).toReversed())
    await running.get(spec.name)?.stop(deadline);
}

function report(pod: Pod, running: ReadonlyMap<string, Container>, initialized: boolean): Report {
  const statusOf =
    (reason: string) =>
    (spec: ContainerSpec): ContainerStatus =>
      running.get(spec.name)?.status() ?? waiting(spec, reason);
  const init = (pod.spec.initContainers ?? []).map(statusOf('PodInitializing'));
  const main = pod.spec.containers.map(statusOf(init.length > 0 ? 'PodInitializing' : 'ContainerCreating'));
  const failedInit = [...running.values()].find(
    (each) => !pod.spec.containers.includes(each.spec) && (each.result() ?? 0) !== 0,
  );
  const results = pod.spec.containers.map(
    (spec) => running.get(spec.name)?.result() ?? (failedInit ? failedInit.result() : undefined),
  );
  return { init, main, initialized, results };
}

function waiting(spec: ContainerSpec, reason: string): ContainerStatus {
  const state = { waiting: { reason } };
  return {
    name: spec.name,
    image: spec.image,
    imageID: '',
    state,
    lastState: {},
    ready: false,
    started: false,
    restartCount: 0,
  };
}
