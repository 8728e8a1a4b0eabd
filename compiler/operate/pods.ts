import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import type { Cluster } from '../cloud/kubernetes/cluster.ts';
import { itemsOf, member, textOf } from '../kinds/kubernetes/kube-json.ts';
import { selectorLabels } from '../kinds/kubernetes/labels.ts';
import { conditionsOf } from '../kinds/kubernetes/readiness.ts';
import { namespaceOf } from '../kinds/names.ts';
import type { KubeObject, KubeType } from '../model/ports.ts';
import type { Service, Spec, Workload } from '../spec/spec.ts';
import { didYouMean } from '../spec/suggest.ts';

export const podType: KubeType = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

/** Selects the pods of an app, of its services and its jobs. */
export function appPods(spec: Spec): string {
  return `app.kubernetes.io/part-of=${spec.name}`;
}

/** Selects the pods of one service or job. */
export function podsOf(spec: Spec, workload: Workload): string {
  return Object.entries(selectorLabels(spec, workload.name))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** The service or job that a pod belongs to. */
export function workloadOf(pod: KubeObject): string {
  return pod.metadata.labels?.['app.kubernetes.io/name'] ?? '';
}

/** The service that is meant: by its name, or the only one that there is. */
export function serviceNamed(spec: Spec, name: string | undefined): Service {
  if (name !== undefined) return named(spec.services, name, 'service', spec);
  const [only] = spec.services;
  if (only && spec.services.length === 1) return only;
  const all = spec.services.map((each) => each.name).join(', ');
  throw new Refusal(problem('HELLO1010', 'which service is meant is not said', { fix: `Name one of: ${all}.` }));
}

/** The service or job of that name. */
export function workloadNamed(spec: Spec, name: string): Workload {
  return named<Workload>([...spec.services, ...spec.jobs], name, 'service or job', spec);
}

function named<T extends Workload>(among: readonly T[], name: string, what: string, spec: Spec): T {
  const found = among.find((each) => each.name === name);
  if (found) return found;
  const all = among.map((each) => each.name);
  const meant = didYouMean(name, all);
  const fix = meant ? `Did you mean \`${meant}\`?` : `There are: ${all.join(', ')}.`;
  throw new Refusal(problem('HELLO1010', `${spec.name} has no ${what} "${name}"`, { fix }));
}

export function isReady(pod: KubeObject): boolean {
  return conditionsOf(pod).some((each) => each.type === 'Ready' && each.status === 'True');
}

export function isGoing(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** The names of a pod's containers: those of the app first, then those that start before it. */
export function containersIn(pod: KubeObject): string[] {
  const lists = [member(pod.spec, 'containers'), member(pod.spec, 'initContainers')];
  return lists.flatMap(itemsOf).map((each) => textOf(member(each, 'name')));
}

/** The container that is meant: by its name, or the app's own. */
export function containerNamed(pod: KubeObject, name: string | undefined): string {
  const all = containersIn(pod);
  const found = name ?? all[0] ?? '';
  if (all.includes(found)) return found;
  const meant = didYouMean(found, all);
  const fix = meant ? `Did you mean \`${meant}\`?` : `There are: ${all.join(', ')}.`;
  throw new Refusal(problem('HELLO1010', `the pod ${pod.metadata.name} has no container "${found}"`, { fix }));
}

/** A pod of a service that runs, a ready one before others. Throws a Refusal when there is none. */
export async function runningPod(cluster: Cluster, spec: Spec, service: Workload): Promise<KubeObject> {
  const found = await cluster.api.list(podType, {
    namespace: namespaceOf(spec),
    labelSelector: podsOf(spec, service),
  });
  const running = found.filter((pod) => member(pod.status, 'phase') === 'Running' && !isGoing(pod));
  const pod = running.find(isReady) ?? running[0];
  if (pod) return pod;
  throw noPods(`no pod of ${service.name} is running`);
}

/** The pod of that name, of that service; a running one when none is named. */
export async function podNamed(
  cluster: Cluster,
  spec: Spec,
  service: Workload,
  name: string | undefined,
): Promise<KubeObject> {
  if (name === undefined) return runningPod(cluster, spec, service);
  const found = await cluster.api.list(podType, {
    namespace: namespaceOf(spec),
    labelSelector: podsOf(spec, service),
  });
  const pod = found.find((each) => each.metadata.name === name);
  if (pod) return pod;
  const all = found.map((each) => each.metadata.name).join(', ');
  const fix = all === '' ? 'There are none: see `hello status`.' : `There are: ${all}.`;
  throw new Refusal(problem('HELLO1010', `${service.name} has no pod "${name}"`, { fix }));
}

/** That nothing is there that could be asked. */
export function noPods(message: string): Refusal {
  const fix = 'See `hello status` for why, and `hello apply` if it has not been applied yet.';
  return new Refusal(problem('HELLO2009', message, { fix }));
}
