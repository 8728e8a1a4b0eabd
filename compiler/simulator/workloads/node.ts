import type { KubeObject, PodRuntime } from '../parts.ts';
import { createLoadBalancers, type PublicPort } from './load-balancers.ts';
import { processList, type ProcessList } from '../processes.ts';
import { execIn } from './exec.ts';
import { createNodePods, type Entry, type NodeOptions } from './node-pods.ts';
import { chosenLines } from './log-lines.ts';
import { hostPort } from './pod-ports.ts';
import { nameOf, type ContainerStatus, type Pod } from './pod-types.ts';

/** The machine under one cluster. */
export interface Node {
  readonly podRuntime: PodRuntime;
  publicPorts(): readonly PublicPort[];
  /** Pods that run here and their processes' ports, for `status`. */
  pods(): readonly { readonly pod: string; readonly phase: string; readonly ports: Readonly<Record<string, number>> }[];
  /** Ends all processes, politely for so many seconds, and closes all listeners. The objects stay as they are. */
  stop(graceSeconds?: number): Promise<void>;
  /** Of a cluster that is removed: what is kept of it for its next start. Stop first. */
  forget(): void;
}

/** Runs every pod that is bound to a node as processes of this machine, and serves load balancers. */
export function createNode(options: NodeOptions): Node {
  const { objects } = options;
  const pods = createNodePods(options);
  const balancers = createLoadBalancers({ ...options, portsOf: (pod) => pods.entries.get(pod.metadata.uid)?.ports });
  let stopped = false;
  const changed = (plural: string, type: string, object: KubeObject): void => {
    if (plural === 'pods' && type === 'DELETED') pods.gone(object);
    else if (plural === 'pods') pods.changed(object as Pod);
    if (plural === 'services') balancers.update(nameOf(object), type === 'DELETED' ? undefined : object);
    if (plural === 'secrets' || plural === 'configmaps') pods.wake();
  };
  const subscriptions = [objects.subscribe(changed), options.images.onChange(() => pods.wake())];
  for (const pod of objects.list('pods') as readonly Pod[]) pods.changed(pod);
  for (const service of objects.list('services')) balancers.update(nameOf(service), service);
  return {
    podRuntime: runtimeOf(pods.entries, processList(options.store)),
    publicPorts: () => balancers.publicPorts(),
    pods: () => Array.from(pods.entries.values(), summary),
    forget: () => balancers.forget(),
    async stop(graceSeconds = 5) {
      if (stopped) return;
      stopped = true;
      for (const end of subscriptions) end();
      await Promise.all([balancers.stop(), pods.stop(graceSeconds)]);
    },
  };
}

function summary(entry: Entry): { pod: string; phase: string; ports: Record<string, number> } {
  const status = entry.running?.status();
  return { pod: nameOf(entry.latest), phase: status?.phase ?? 'Pending', ports: Object.fromEntries(entry.ports) };
}

function runtimeOf(entries: ReadonlyMap<string, Entry>, processes: ProcessList): PodRuntime {
  const find = (namespace: string, name: string): Entry | undefined =>
    [...entries.values()].find(
      (entry) => entry.latest.metadata.name === name && entry.latest.metadata.namespace === namespace,
    );
  const containerOf = (entry: Entry, name: string | undefined): string =>
    name ?? entry.latest.spec.containers[0]?.name ?? '';
  return {
    usage: (namespace, pod) => find(namespace, pod)?.running?.usage(),
    logs(ask) {
      const entry = find(ask.namespace, ask.pod);
      const status = entry?.running?.status();
      if (!entry || !status) return undefined;
      const container = containerOf(entry, ask.container);
      const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
      const found = all.find((each) => each.name === container);
      if (!found) return undefined;
      const text = runText(entry, found, ask.previous === true);
      return text === undefined ? undefined : chosenLines(text, ask);
    },
    follow(ask, line, end = () => undefined) {
      const entry = find(ask.namespace, ask.pod);
      return entry ? entry.logs.follow(containerOf(entry, ask.container), { line, end }) : () => undefined;
    },
    exec({ namespace, pod, container, ...how }) {
      const target = find(namespace, pod)?.running?.target(container);
      return target && execIn(target, how, processes, `exec in pod ${namespace}/${pod} container ${container}`);
    },
    hostPort({ namespace, pod, port }) {
      const entry = find(namespace, pod);
      return entry?.running && hostPort(entry.ports, [], port);
    },
  };
}

/** A container that waits to be run again has its last run as its current one and as its previous one, as for the kubelet. */
function runText(entry: Entry, status: ContainerStatus, previous: boolean): string | undefined {
  const { name, restartCount, state } = status;
  const current = entry.logs.read(name, restartCount);
  const waits = state.waiting !== undefined;
  if (previous) return waits && current !== undefined ? current : entry.logs.read(name, restartCount - 1);
  return current ?? (waits ? entry.logs.read(name, restartCount - 1) : undefined);
}
