import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Ports } from '../free-port.ts';
import type { ClusterObjects, Identities, KubeObject, PodRuntime, SqlServers } from '../parts.ts';
import { processList } from '../processes.ts';
import type { Store } from '../store.ts';
import { podLogs, type PodLogs } from './container-logs.ts';
import type { Images } from './images.ts';
import { createLoadBalancers, type PublicPort } from './load-balancers.ts';
import { runPod, type RunningPod } from './pod.ts';
import { mapPorts, type PortMap } from './pod-ports.ts';
import { nameOf, type Pod } from './pod-types.ts';
import type { PodWorld } from './pod-world.ts';

/** What a node is made of. */
export interface NodeOptions {
  readonly objects: ClusterObjects;
  readonly clock: Clock;
  /** Folder for the logs of its pods; its own. */
  readonly dir: string;
  readonly store: Store;
  readonly ports: Ports;
  readonly sqlServers: SqlServers;
  readonly identities: Identities;
  readonly images: Images;
  /** Project of the cluster: that of its workload identity pool. */
  readonly project: string;
  readonly log: (line: string) => void;
}

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

interface Entry {
  readonly uid: string;
  latest: Pod;
  readonly logs: PodLogs;
  ports: PortMap;
  running: RunningPod | undefined;
  ending: boolean;
}

const MANAGER = 'kubelet';

/** Runs every pod that is bound to a node as processes of this machine, and serves load balancers. */
export function createNode(options: NodeOptions): Node {
  const { objects, ports, log } = options;
  const entries = new Map<string, Entry>();
  const waiters = new Set<() => void>();
  const state = { stopped: false };
  const balancers = createLoadBalancers({ ...options, portsOf: (pod) => entries.get(pod.metadata.uid)?.ports });
  const wake = (): void => {
    for (const waiter of [...waiters]) waiter();
    waiters.clear();
  };

  const write = (entry: Entry): void => {
    if (state.stopped || !entry.running) return;
    const { name, namespace } = entry.latest.metadata;
    const now = objects.get('pods', name, namespace);
    if (!now || now.metadata.uid !== entry.uid) return;
    objects.setStatus('pods', name, namespace, entry.running.status(), MANAGER);
  };
  const begin = async (entry: Entry): Promise<void> => {
    entry.ports = await mapPorts(entry.latest, ports);
    if (state.stopped || entry.ending) return;
    entry.running = runPod(worldOf(options, entry, { write: () => write(entry), waiters }), log);
    write(entry);
  };
  const finish = async (entry: Entry, graceSeconds: number): Promise<void> => {
    if (entry.ending) return;
    entry.ending = true;
    await entry.running?.stop(graceSeconds);
    write(entry);
    entries.delete(entry.uid);
    for (const port of entry.ports.values()) ports.release(port);
    const { name, namespace } = entry.latest.metadata;
    const now = objects.get('pods', name, namespace);
    if (now?.metadata.uid === entry.uid) objects.remove('pods', name, namespace, { graceSeconds: 0 });
    entry.logs.remove();
  };
  const report = (entry: Entry) => (error: unknown) => log(`pod ${nameOf(entry.latest)}: ${String(error)}`);

  const podChanged = (pod: Pod): void => {
    const known = entries.get(pod.metadata.uid);
    if (known) {
      known.latest = pod;
      if (pod.metadata.deletionTimestamp !== undefined) void finish(known, graceOf(pod)).catch(report(known));
      return;
    }
    if (pod.spec.nodeName === undefined || pod.spec.nodeName === '') return;
    const entry: Entry = {
      uid: pod.metadata.uid,
      latest: pod,
      logs: podLogs(folderOf(options, pod)),
      ports: new Map(),
      running: undefined,
      ending: false,
    };
    if (pod.metadata.deletionTimestamp !== undefined) {
      void finish(entry, 0).catch(report(entry));
      return;
    }
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return;
    entries.set(entry.uid, entry);
    void begin(entry).catch(report(entry));
  };
  const podGone = (pod: KubeObject): void => {
    const entry = entries.get(pod.metadata.uid);
    // Deleted by force: its processes get the least that Kubernetes gives.
    if (entry) void finish(entry, 1).catch(report(entry));
  };
  const changed = (plural: string, type: string, object: KubeObject): void => {
    if (state.stopped) return;
    if (plural === 'pods') (type === 'DELETED' ? podGone : podChanged)(object as Pod);
    if (plural === 'services') balancers.update(nameOf(object), type === 'DELETED' ? undefined : object);
    if (plural === 'secrets' || plural === 'configmaps') wake();
  };

  const subscriptions = [objects.subscribe(changed), options.images.onChange(wake)];
  const present = objects.list('pods') as readonly Pod[];
  forgetLogs(options, present);
  for (const pod of present) podChanged(pod);
  for (const service of objects.list('services')) balancers.update(nameOf(service), service);
  return {
    podRuntime: runtimeOf(entries),
    publicPorts: () => balancers.publicPorts(),
    pods: () => [...entries.values()].map(summary),
    forget: () => balancers.forget(),
    async stop(graceSeconds = 5) {
      if (state.stopped) return;
      state.stopped = true;
      for (const end of subscriptions) end();
      await Promise.all([
        balancers.stop(),
        ...[...entries.values()].map(async (entry) => entry.running?.stop(graceSeconds)),
      ]);
    },
  };
}

function summary(entry: Entry): { pod: string; phase: string; ports: Record<string, number> } {
  const status = entry.running?.status();
  return { pod: nameOf(entry.latest), phase: status?.phase ?? 'Pending', ports: Object.fromEntries(entry.ports) };
}

function graceOf(pod: Pod): number {
  return pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
}

function folderOf(options: NodeOptions, pod: KubeObject): string {
  return join(options.dir, pod.metadata.uid);
}

/** Logs of pods that went while the node was down. */
function forgetLogs(options: NodeOptions, present: readonly Pod[]): void {
  const uids = new Set(present.map((pod) => pod.metadata.uid));
  try {
    for (const name of readdirSync(options.dir))
      if (!uids.has(name)) rmSync(join(options.dir, name), { recursive: true, force: true });
  } catch {
    // There is no such folder before the first pod.
  }
}

function worldOf(options: NodeOptions, entry: Entry, node: { write: () => void; waiters: Set<() => void> }): PodWorld {
  const { objects, clock, images, sqlServers, store } = options;
  let due = false;
  return {
    pod: () => entry.latest,
    objects,
    clock,
    images,
    ports: entry.ports,
    logs: entry.logs,
    processes: processList(store),
    folder: options.dir,
    proxy: {
      sqlServers,
      refusal: () => refusalOf(options, entry.latest),
    },
    event: (type, reason, message) => objects.event(entry.latest, type, reason, message, MANAGER),
    changed() {
      if (due) return;
      due = true;
      setImmediate(() => {
        due = false;
        node.write();
      });
    },
    async nextChange(signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      node.waiters.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
      return promise;
    },
  };
}

/** The pod's Kubernetes service account says which Google service account it acts as. */
function refusalOf(options: NodeOptions, pod: Pod): string | undefined {
  const { namespace = 'default' } = pod.metadata;
  const serviceAccount = pod.spec.serviceAccountName ?? 'default';
  const account = options.objects.get('serviceaccounts', serviceAccount, namespace);
  const googleServiceAccount = account?.metadata.annotations?.['iam.gke.io/gcp-service-account'];
  const { project } = options;
  return options.identities.refusal({
    project,
    namespace,
    serviceAccount,
    googleServiceAccount,
    role: 'roles/cloudsql.client',
  });
}

function runtimeOf(entries: ReadonlyMap<string, Entry>): PodRuntime {
  const find = (namespace: string, name: string): Entry | undefined =>
    [...entries.values()].find(
      (entry) => entry.latest.metadata.name === name && entry.latest.metadata.namespace === namespace,
    );
  const containerOf = (entry: Entry, name: string | undefined): string =>
    name ?? entry.latest.spec.containers[0]?.name ?? '';
  return {
    logs(ask) {
      const entry = find(ask.namespace, ask.pod);
      const status = entry?.running?.status();
      if (!entry || !status) return undefined;
      const container = containerOf(entry, ask.container);
      const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
      const run = all.find((each) => each.name === container)?.restartCount;
      if (run === undefined) return undefined;
      const text = entry.logs.read(container, ask.previous ? run - 1 : run);
      return ask.tailLines === undefined ? text : text && lastLines(text, ask.tailLines);
    },
    follow(ask, line) {
      const entry = find(ask.namespace, ask.pod);
      return entry ? entry.logs.follow(containerOf(entry, ask.container), line) : () => undefined;
    },
  };
}

function lastLines(text: string, count: number): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return count <= 0 ? '' : `${lines.slice(-count).join('\n')}\n`;
}
