import type { KubeObject } from '../parts.ts';
import { since } from './ages.ts';
import { at, listAt, numberAt, textAt } from './json-object.ts';

/** The STATUS cell: why a container waits or ended, `Init:0/1`, `Terminating`, or the phase. */
export function podStatus(pod: KubeObject): string {
  const phase = textAt(pod, 'status', 'reason') || textAt(pod, 'status', 'phase');
  const status = initStatus(pod) ?? containerStatus(pod, phase);
  if (pod.metadata.deletionTimestamp === undefined) return status;
  return textAt(pod, 'status', 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating';
}

function initStatus(pod: KubeObject): string | undefined {
  const specs = listAt(pod, 'spec', 'initContainers');
  const states = listAt(pod, 'status', 'initContainerStatuses');
  for (const [index, state] of states.entries()) {
    const sidecar = specs.some(
      (each) => textAt(each, 'name') === textAt(state, 'name') && textAt(each, 'restartPolicy') === 'Always',
    );
    if (numberAt(state, 'state', 'terminated', 'exitCode') === 0) continue;
    if (sidecar && at(state, 'started') === true) continue;
    const terminated = textAt(state, 'state', 'terminated', 'reason');
    const waiting = textAt(state, 'state', 'waiting', 'reason');
    if (terminated !== '') return `Init:${terminated}`;
    if (waiting !== '' && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${specs.length}`;
  }
  return undefined;
}

function containerStatus(pod: KubeObject, phase: string): string {
  const states = listAt(pod, 'status', 'containerStatuses');
  let status = phase;
  for (const state of states.toReversed()) {
    const waiting = textAt(state, 'state', 'waiting', 'reason');
    const ended = at(state, 'state', 'terminated');
    if (waiting !== '') status = waiting;
    else if (ended !== undefined) {
      const signal = numberAt(ended, 'signal');
      status =
        textAt(ended, 'reason') || (signal ? `Signal:${signal}` : `ExitCode:${numberAt(ended, 'exitCode') ?? 0}`);
    }
  }
  const running = states.some((state) => at(state, 'ready') === true && at(state, 'state', 'running') !== undefined);
  if (status === 'Completed' && running) {
    const ready = listAt(pod, 'status', 'conditions').some(
      (each) => textAt(each, 'type') === 'Ready' && textAt(each, 'status') === 'True',
    );
    return ready ? 'Running' : 'NotReady';
  }
  return status;
}

/** The RESTARTS cell: `3 (12s ago)`. */
export function restarts(pod: KubeObject): string {
  const states = [...listAt(pod, 'status', 'containerStatuses'), ...listAt(pod, 'status', 'initContainerStatuses')];
  const total = states.reduce((sum: number, state) => sum + (numberAt(state, 'restartCount') ?? 0), 0);
  const last = states
    .map((state) => textAt(state, 'lastState', 'terminated', 'finishedAt'))
    .toSorted()
    .at(-1);
  const ago = last ? since(last) : undefined;
  return total > 0 && ago !== undefined ? `${total} (${ago} ago)` : String(total);
}
