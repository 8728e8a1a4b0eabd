import type { Container } from './container.ts';
import type { RunningPod } from './pod-world.ts';
import { podStatus } from './pod-status.ts';
import { seconds, type ContainerSpec, type ContainerStatus, type Pod, type PodStatus } from './pod-types.ts';

/** What the kubelet reports of a container whose end it did not see. */
const UNSEEN = { exitCode: 255, reason: 'Unknown' };

export function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** A pod that ended while an earlier node ran: there is nothing to run, but its logs can still be read. */
export function endedPod(latest: () => Pod): RunningPod {
  return {
    status: () => latest().status ?? {},
    target: () => undefined,
    usage: () => undefined,
    stop: async () => undefined,
  };
}

/** Whether the node went away under a pod that must not be started a second time. */
export function isLost(pod: Pod): boolean {
  return pod.spec.restartPolicy === 'Never' && statusesOf(pod).some((each) => each.containerID !== undefined);
}

/** The end of a lost pod: what ran has ended in a way that nobody saw. */
export function lostStatus(pod: Pod, now: number): PodStatus {
  const end = (status: ContainerStatus): ContainerStatus => endUnseen(status, now);
  const before = pod.status?.containerStatuses ?? [];
  const main = pod.spec.containers.flatMap(({ name }) => before.filter((each) => each.name === name)).map(end);
  const init = (pod.status?.initContainerStatuses ?? []).map(end);
  const initialized = (pod.status?.conditions ?? []).some(
    (each) => each.type === 'Initialized' && each.status === 'True',
  );
  const results = main.map(({ state }) => state.terminated?.exitCode ?? UNSEEN.exitCode);
  return podStatus(pod, { init, main, initialized, results }, now);
}

function statusesOf(pod: Pod): readonly ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}

function endUnseen(status: ContainerStatus, now: number): ContainerStatus {
  const { running } = status.state;
  if (!running) return status;
  const at = { startedAt: running.startedAt, finishedAt: seconds(now), containerID: status.containerID ?? '' };
  return { ...status, ready: false, started: false, state: { terminated: { ...UNSEEN, ...at } } };
}

/** A container that did its work before the node was started again, and is not to do it twice. */
export function doneBefore(pod: Pod, spec: ContainerSpec): Container | undefined {
  const status = pod.status?.containerStatuses?.find((each) => each.name === spec.name);
  if (pod.spec.restartPolicy !== 'OnFailure' || status?.state.terminated?.exitCode !== 0) return undefined;
  const over = Promise.resolve();
  return {
    spec,
    over,
    started: over,
    status: () => status,
    target: () => undefined,
    usage: () => undefined,
    beginStop: async () => undefined,
    result: () => 0,
    stop: async () => undefined,
  };
}
