import type { KubeObject } from '../../parts.ts';
import { listAt, objectAt, textAt } from '../json-object.ts';
import { milli } from '../quantity.ts';

/** What pods ask a node for, in the order in which a scheduler names what is missing; in thousandths of a unit. */
const measures = ['cpu', 'memory', 'ephemeral-storage'] as const;

type Amounts = Readonly<Record<string, number>>;

/**
 * What keeps a pod off a node, in the scheduler's words: `Insufficient cpu`, `Too many pods`. Empty when it fits.
 * `bound` are the pods that the node has already; those that have ended hold nothing.
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-requests-are-scheduled
 */
export function missingRoom(node: KubeObject, bound: readonly KubeObject[], pod: KubeObject): string[] {
  const capacity = objectAt(node, 'status', 'allocatable');
  const held = bound.filter((each) => !['Succeeded', 'Failed'].includes(textAt(each, 'status', 'phase')));
  const used = held.map(requestsOf).reduce(plus, {});
  const asked = requestsOf(pod);
  const tooMany = held.length >= (capacity['pods'] === undefined ? Infinity : Number(capacity['pods']));
  const short = measures.filter(
    (name) => (asked[name] ?? 0) > 0 && (used[name] ?? 0) + (asked[name] ?? 0) > milli(capacity[name]),
  );
  return [...(tooMany ? ['Too many pods'] : []), ...short.map((name) => `Insufficient ${name}`)];
}

/**
 * What a pod needs at its largest moment: all its containers with their sidecars, or one init container with the sidecars
 * that were started before it.
 */
function requestsOf(pod: KubeObject): Amounts {
  let sidecars: Amounts = {};
  let largestInit: Amounts = {};
  for (const container of listAt(pod, 'spec', 'initContainers')) {
    const own = amountsOf(container);
    if (textAt(container, 'restartPolicy') === 'Always') sidecars = plus(sidecars, own);
    else largestInit = largest(largestInit, plus(sidecars, own));
  }
  const running = listAt(pod, 'spec', 'containers').map(amountsOf).reduce(plus, sidecars);
  return largest(running, largestInit);
}

function amountsOf(container: unknown): Amounts {
  const requests = objectAt(container, 'resources', 'requests');
  return Object.fromEntries(measures.map((name) => [name, requests[name] === undefined ? 0 : milli(requests[name])]));
}

function plus(a: Amounts, b: Amounts): Amounts {
  return Object.fromEntries(measures.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

function largest(a: Amounts, b: Amounts): Amounts {
  return Object.fromEntries(measures.map((name) => [name, Math.max(a[name] ?? 0, b[name] ?? 0)]));
}
