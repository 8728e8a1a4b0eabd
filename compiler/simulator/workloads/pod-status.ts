import { POD_IP } from './pod-env.ts';
import { seconds, type Condition, type ContainerStatus, type Pod, type PodStatus } from './pod-types.ts';

/** What the containers of a pod report. */
export interface Report {
  /** Init containers, native sidecars among them. */
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  /** Whether every init container has done its part. */
  readonly initialized: boolean;
  /** Of each main container, its exit code once it will not run again. */
  readonly results: readonly (number | undefined)[];
}

/**
 * The status of a pod as the kubelet would write it: pure, from what was there and what the containers report. What
 * others write into it (the condition PodScheduled, say) stays.
 */
export function podStatus(pod: Pod, report: Report, now: number): PodStatus {
  const before = pod.status ?? {};
  const sidecars = report.init.filter((status) => isSidecar(pod, status.name));
  const phase = phaseOf(report, sidecars);
  const over = phase === 'Succeeded' || phase === 'Failed';
  const unready = [...sidecars, ...report.main].filter((status) => !status.ready).map((status) => status.name);
  const incomplete = report.init.filter(
    (status) => !(isSidecar(pod, status.name) ? status.started : exitedWell(status)),
  );
  const ready: Partial<Condition> = over
    ? { reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }
    : unready.length > 0 || !report.initialized
      ? { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
      : {};
  const notInitialized = {
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${incomplete.map((status) => status.name).join(' ')}]`,
  };
  const wanted = [
    { type: 'PodReadyToStartContainers' },
    { type: 'Initialized', ...(report.initialized ? {} : notInitialized) },
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...ready },
  ];
  const conditions = wanted.map((condition) => ({
    status: 'reason' in condition ? ('False' as const) : ('True' as const),
    ...condition,
  }));
  return {
    ...before,
    phase,
    conditions: merge(before.conditions ?? [], conditions, now),
    hostIP: POD_IP,
    hostIPs: [{ ip: POD_IP }],
    podIP: POD_IP,
    podIPs: [{ ip: POD_IP }],
    startTime: before.startTime ?? seconds(now),
    qosClass: before['qosClass'] ?? qosClass(pod),
    ...(report.init.length > 0 ? { initContainerStatuses: report.init } : {}),
    containerStatuses: report.main,
  };
}

/** Whether new connections may go to it. */
export function isReady(pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  return (pod.status?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

/** A pod whose work is done runs until its sidecars have ended, too. */
function phaseOf(report: Report, sidecars: readonly ContainerStatus[]): string {
  if (report.results.every((code) => code !== undefined)) {
    if (sidecars.some((status) => status.state.running)) return report.initialized ? 'Running' : 'Pending';
    return report.results.every((code) => code === 0) ? 'Succeeded' : 'Failed';
  }
  const begun = (status: ContainerStatus): boolean =>
    status.state.waiting === undefined || status.lastState.terminated !== undefined;
  return report.initialized && report.main.every(begun) ? 'Running' : 'Pending';
}

function isSidecar(pod: Pod, name: string): boolean {
  return pod.spec.initContainers?.find((container) => container.name === name)?.restartPolicy === 'Always';
}

function exitedWell(status: ContainerStatus): boolean {
  return status.state.terminated?.exitCode === 0;
}

/** A condition keeps the time of its last transition while its status is the same. */
function merge(
  before: readonly Condition[],
  wanted: readonly Omit<Condition, 'lastTransitionTime'>[],
  now: number,
): Condition[] {
  const others = before.filter((condition) => !wanted.some((each) => each.type === condition.type));
  const scheduled = others.some((condition) => condition.type === 'PodScheduled')
    ? []
    : [{ type: 'PodScheduled', status: 'True' as const }];
  const mine = [...wanted, ...scheduled].map((condition) => {
    const old = before.find((each) => each.type === condition.type && each.status === condition.status);
    return { lastProbeTime: null, ...condition, lastTransitionTime: old?.lastTransitionTime ?? seconds(now) };
  });
  return [...mine, ...others];
}

/** Guaranteed: requests equal limits for cpu and memory everywhere; BestEffort: neither anywhere. */
function qosClass(pod: Pod): string {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(
    (container) => container.resources ?? {},
  );
  const empty = all.every((each) => Object.keys({ ...each.requests, ...each.limits }).length === 0);
  if (empty) return 'BestEffort';
  const equal = all.every((each) =>
    ['cpu', 'memory'].every(
      (name) => each.limits?.[name] !== undefined && (each.requests?.[name] ?? each.limits[name]) === each.limits[name],
    ),
  );
  return equal ? 'Guaranteed' : 'Burstable';
}
