import { endRun, type ContainerLife } from './container-state.ts';
import type { Running } from './launch.ts';
import type { ContainerSpec, Probe } from './pod-types.ts';
import type { PodWorld } from './pod-world.ts';
import { probeLoop } from './probes.ts';

/** Runs the startup probe until it has succeeded, then calls `up`. */
export function watchStartup(
  world: PodWorld,
  spec: ContainerSpec,
  probe: Probe,
  me: ContainerLife,
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

/** Runs the readiness and the liveness probe of a run that has started. */
export function watchHealth(
  world: PodWorld,
  spec: ContainerSpec,
  me: ContainerLife,
  running: Running,
  signal: AbortSignal,
): void {
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
  void endRun(running, Date.now() + grace);
}
