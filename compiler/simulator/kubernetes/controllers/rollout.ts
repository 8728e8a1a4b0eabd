import type { KubeObject } from '../../parts.ts';
import { at, numberAt, objectAt, same, textAt, without } from '../json-object.ts';

export const replicasOf = (object: KubeObject): number => numberAt(object, 'spec', 'replicas') ?? 0;
export const availableOf = (object: KubeObject): number => numberAt(object, 'status', 'availableReplicas') ?? 0;
export const totalOf = (sets: readonly KubeObject[], part: (set: KubeObject) => number): number =>
  sets.reduce((sum, set) => sum + part(set), 0);

/** How many pods may be there beyond, and missing from, what the Deployment asks for. */
export interface Bounds {
  readonly surge: number;
  readonly unavailable: number;
}

/** Percentages of the replicas: surge is rounded up, unavailable down; never both nothing. */
export function boundsOf(deployment: KubeObject): Bounds {
  const rolling = objectAt(deployment, 'spec', 'strategy', 'rollingUpdate');
  if (textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate') return { surge: 0, unavailable: 0 };
  const of = replicasOf(deployment);
  const surge = resolve(rolling['maxSurge'], of, Math.ceil);
  const unavailable = Math.min(of, resolve(rolling['maxUnavailable'], of, Math.floor));
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function resolve(value: unknown, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = typeof value === 'string' ? Number.parseFloat(value) : 0;
  return round((percent / 100) * of);
}

/** The template without the label that the controller adds. */
export function bareTemplate(object: KubeObject): unknown {
  const template = objectAt(object, 'spec', 'template');
  const metadata = objectAt(template, 'metadata');
  const labels = without(objectAt(metadata, 'labels'), 'pod-template-hash');
  return { ...template, metadata: { ...metadata, labels } };
}

export function isNewest(deployment: KubeObject, set: KubeObject): boolean {
  return same(bareTemplate(deployment), bareTemplate(set));
}

/** How many replicas the new ReplicaSet may have now. */
export function newReplicas(
  deployment: KubeObject,
  sets: readonly KubeObject[],
  newest: KubeObject | undefined,
): number {
  const wanted = replicasOf(deployment);
  if (textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate') return wanted;
  const room = wanted + boundsOf(deployment).surge - totalOf(sets, replicasOf);
  const current = newest ? replicasOf(newest) : 0;
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}

/**
 * What to take from old ReplicaSets now: first what never became available, then as many available pods as the bounds
 * let go. Returns the new sizes of those that shrink.
 */
export function shrinkOld(
  deployment: KubeObject,
  old: readonly KubeObject[],
  newest: KubeObject,
): readonly (readonly [KubeObject, number])[] {
  const { unavailable } = boundsOf(deployment);
  const all = [...old, newest];
  const least = replicasOf(deployment) - unavailable;
  const newMissing = replicasOf(newest) - availableOf(newest);
  let cleanable = totalOf(all, replicasOf) - least - newMissing;
  if (cleanable <= 0) return [];
  const sizes = new Map(old.map((set) => [set, replicasOf(set)]));
  for (const set of old) {
    const unhealthy = Math.min(cleanable, replicasOf(set) - availableOf(set));
    if (unhealthy > 0) {
      sizes.set(set, replicasOf(set) - unhealthy);
      cleanable -= unhealthy;
    }
  }
  let spare = totalOf(all, availableOf) - least;
  for (const set of old) {
    const size = sizes.get(set) ?? 0;
    const less = Math.min(size, Math.max(0, spare));
    sizes.set(set, size - less);
    spare -= less;
  }
  return [...sizes].filter(([set, size]) => size !== replicasOf(set));
}

/** Oldest first. */
export function byAge(a: KubeObject, b: KubeObject): number {
  const time = (object: KubeObject): string => textAt(object, 'metadata', 'creationTimestamp');
  return time(a) === time(b) ? revisionOf(a) - revisionOf(b) : time(a) < time(b) ? -1 : 1;
}

export const revisionKey = 'deployment.kubernetes.io/revision';

export function revisionOf(object: KubeObject): number {
  return Number(at(object, 'metadata', 'annotations', revisionKey) ?? 0);
}
