import type { Clock } from '../clock.ts';
import type { ClusterObjects, ContainerUsage } from '../parts.ts';
import type { ProcessList } from '../processes.ts';
import type { PodLogs } from './container-logs.ts';
import type { Images } from './images.ts';
import type { PortMap } from './pod-ports.ts';
import type { Pod, PodStatus } from './pod-types.ts';
import type { Target } from './probes.ts';
import type { ProxyWorld } from './sql-proxy.ts';
import type { UsageMeter } from './usage.ts';

/** What the containers of one pod share. */
export interface PodWorld {
  /** As it is now in the API server. */
  pod(): Pod;
  readonly objects: ClusterObjects;
  readonly clock: Clock;
  readonly images: Images;
  readonly ports: PortMap;
  readonly logs: PodLogs;
  readonly processes: ProcessList;
  readonly meter: UsageMeter;
  /** The folder of the node; what is below it under the pod's uid is the pod's own. */
  readonly folder: string;
  readonly proxy: Pick<ProxyWorld, 'sqlServers' | 'refusal'>;
  event(type: 'Normal' | 'Warning', reason: string, message: string, container: string): void;
  /** A container moved: the status is to be written. */
  changed(): void;
  /** Settles at the next change of an image, Secret or ConfigMap, or when aborted. */
  nextChange(signal: AbortSignal): Promise<void>;
}

/** A pod whose containers run. */
export interface RunningPod {
  /** The status that the API server should show. */
  status(): PodStatus;
  /** Where a command in one of its containers would run; undefined while that does not run. */
  target(container: string): Target | undefined;
  /** What its running containers use; undefined where one of them is not measured yet. */
  usage(): readonly ContainerUsage[] | undefined;
  /** Ends all containers in the order that Kubernetes does, within so many seconds. */
  stop(graceSeconds: number): Promise<void>;
}
