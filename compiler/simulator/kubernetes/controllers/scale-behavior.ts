import type { Clock } from '../../clock.ts';
import { at, listAt, numberAt, objectAt, textAt, type Draft } from '../json-object.ts';

/** What an autoscaler has asked for and done, in memory alone: after a restart it begins anew, as the real one does. */
export interface ScaleHistory {
  recommendations: readonly { readonly atMs: number; readonly replicas: number }[];
  changes: readonly { readonly atMs: number; readonly by: number }[];
}

/** How long a recommendation, and a change, may count at most: an hour and half an hour of the real service. */
const memorySeconds = 3600;

/** What Kubernetes does where nothing is said; seconds of the real service. */
const defaults = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  },
};

/** The size that an autoscaler's `behavior` lets it take now, and what held it back. */
export interface Behaved {
  readonly replicas: number;
  readonly heldBack?: 'stabilized' | 'limited';
}

/**
 * Moves from `current` towards `wanted` as far as stabilisation and policies let it; its windows follow the clock's speed.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
 */
export function behave(
  clock: Clock,
  autoscaler: unknown,
  history: ScaleHistory,
  { current, wanted }: { readonly current: number; readonly wanted: number },
): Behaved {
  const now = clock.now();
  const keep = now - clock.scaled(memorySeconds);
  const recommendations = history.recommendations.filter(({ atMs }) => atMs >= keep);
  history.recommendations = [...recommendations, { atMs: now, replicas: wanted }];
  history.changes = history.changes.filter(({ atMs }) => atMs >= keep);
  const within = (direction: 'scaleUp' | 'scaleDown'): number[] => {
    const since = now - clock.scaled(ruleOf(autoscaler, direction).window);
    return recommendations.flatMap(({ atMs, replicas }) => (atMs > since ? [replicas] : []));
  };
  const least = Math.min(wanted, ...within('scaleUp'));
  const most = Math.max(wanted, ...within('scaleDown'));
  const stable = Math.min(Math.max(current, least), most);
  const limit = limitOf(clock, autoscaler, history, current, stable >= current ? 'scaleUp' : 'scaleDown');
  const replicas = stable > current ? Math.min(stable, limit) : Math.max(stable, limit);
  const moved = stable === current ? current : replicas;
  if (moved !== stable) return { replicas: moved, heldBack: 'limited' };
  return stable === wanted ? { replicas: moved } : { replicas: moved, heldBack: 'stabilized' };
}

function ruleOf(
  autoscaler: unknown,
  direction: 'scaleUp' | 'scaleDown',
): { readonly window: number; readonly policies: readonly unknown[]; readonly select: string } {
  const own = objectAt(autoscaler, 'spec', 'behavior', direction);
  const policies = listAt(own, 'policies');
  return {
    window: numberAt(own, 'stabilizationWindowSeconds') ?? defaults[direction].stabilizationWindowSeconds,
    policies: policies.length > 0 ? policies : defaults[direction].policies,
    select: textAt(own, 'selectPolicy') || 'Max',
  };
}

/** How far the policies let the size go in one direction, with what was changed in their periods already. */
function limitOf(
  clock: Clock,
  autoscaler: unknown,
  history: ScaleHistory,
  current: number,
  direction: 'scaleUp' | 'scaleDown',
): number {
  const { policies, select } = ruleOf(autoscaler, direction);
  if (select === 'Disabled') return current;
  const up = direction === 'scaleUp';
  const limits = policies.map((policy) => {
    const since = clock.now() - clock.scaled(Number(at(policy, 'periodSeconds')));
    const done = history.changes.filter(({ atMs, by }) => atMs > since && by > 0 === up);
    const start = current - done.reduce((sum, { by }) => sum + by, 0);
    return limitBy(policy as Draft, start, up);
  });
  // The policy that allows the most moves furthest: up that is the largest size, down the smallest.
  return up === (select === 'Max') ? Math.max(...limits) : Math.min(...limits);
}

function limitBy(policy: Readonly<Draft>, start: number, up: boolean): number {
  const value = Number(policy['value']);
  if (policy['type'] === 'Pods') return up ? start + value : start - value;
  return up ? Math.ceil(start * (1 + value / 100)) : Math.floor(start * (1 - value / 100));
}
