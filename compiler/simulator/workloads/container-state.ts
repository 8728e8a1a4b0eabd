import { setTimeout as delay } from 'node:timers/promises';
import type { Running } from './launch.ts';
import type { ContainerState } from './pod-types.ts';
import type { Target } from './probes.ts';

/** What changes while a container lives. Only container*.ts write it. */
export interface ContainerLife {
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

/** The kubelet's back-off, in seconds of the real service. */
export const BACKOFF = { firstSeconds: 10, maxSeconds: 300, resetSeconds: 600 };
/** However fast the clock: a program that crashes at once must not take the machine with it. */
const BACKOFF_MS_MIN = 500;

/** Waits out a back-off, or until aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(ms, BACKOFF_MS_MIN), undefined, { signal }).catch(() => undefined);
}

/** Asks a run to end, kills it at the deadline (milliseconds since the epoch), and waits until it is over. */
export async function endRun(running: Running, deadline: number): Promise<void> {
  running.terminate();
  const timer = setTimeout(() => running.kill(), Math.max(0, deadline - Date.now()));
  await running.exited;
  clearTimeout(timer);
}
