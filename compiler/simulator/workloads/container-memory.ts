import type { Running } from './launch.ts';
import type { ContainerSpec } from './pod-types.ts';
import type { PodWorld } from './pod-world.ts';
import { quantityOf } from './quantity.ts';

/** The memory limit of one run of a container. */
export interface MemoryLimit {
  /** Whether the run was ended because it went beyond its limit. */
  wasExceeded(): boolean;
  end(): void;
}

/** Ends a run that uses more memory than its limit, by what its processes are measured to use. */
export function keepMemory(world: PodWorld, spec: ContainerSpec, running: Running): MemoryLimit {
  const { group } = running;
  if (group === undefined) return { wasExceeded: () => false, end: () => undefined };
  const most = quantityOf(spec.resources?.limits?.['memory'] ?? '');
  let exceeded = false;
  const end = world.meter.watch(group, (bytes) => {
    if (!(bytes > most)) return;
    exceeded = true;
    running.kill();
  });
  return { wasExceeded: () => exceeded, end };
}
