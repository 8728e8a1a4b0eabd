import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Ports } from '../free-port.ts';
import type { ClusterObjects, Identities, KubeObject, SqlServers } from '../parts.ts';
import { processList } from '../processes.ts';
import type { Store } from '../store.ts';
import { podLogs, type PodLogs } from './container-logs.ts';
import type { Images } from './images.ts';
import { runPod } from './pod.ts';
import { endedPod, hasEnded, isLost, lostStatus } from './pod-ended.ts';
import { mapPorts, type PortMap } from './pod-ports.ts';
import { nameOf, type Pod } from './pod-types.ts';
import type { PodWorld, RunningPod } from './pod-world.ts';
import { usageMeter, type UsageMeter } from './usage.ts';

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

/** A pod that this node runs. */
export interface Entry {
  readonly uid: string;
  latest: Pod;
  readonly logs: PodLogs;
  ports: PortMap;
  running: RunningPod | undefined;
  ending: boolean;
}

const MANAGER = 'kubelet';

/** The pods of a node. */
export interface NodePods {
  /** By uid. */
  readonly entries: ReadonlyMap<string, Entry>;
  changed(pod: Pod): void;
  gone(pod: KubeObject): void;
  /** Something that a container may be waiting for has come. */
  wake(): void;
  stop(graceSeconds: number): Promise<void>;
}

/** Runs pods that are bound to a node, and follows their objects. */
export function createNodePods(options: NodeOptions): NodePods {
  const { objects, ports, log } = options;
  const entries = new Map<string, Entry>();
  const waiters = new Set<() => void>();
  const meter = usageMeter();
  const state = { stopped: false };
  const write = (entry: Entry): void => {
    if (!state.stopped) writeStatus(objects, entry);
  };
  const begin = async (entry: Entry): Promise<void> => {
    const map = await mapPorts(entry.latest, ports);
    if (state.stopped || entry.ending) {
      for (const port of map.values()) ports.release(port);
      return;
    }
    entry.ports = map;
    entry.running = runPod(worldOf(options, entry, { write: () => write(entry), waiters, meter }), log);
    write(entry);
  };
  const finish = async (entry: Entry, graceSeconds: number): Promise<void> => {
    if (entry.ending) return;
    entry.ending = true;
    await entry.running?.stop(graceSeconds);
    write(entry);
    entries.delete(entry.uid);
    for (const port of entry.ports.values()) ports.release(port);
    removeObject(objects, entry);
    entry.logs.remove();
  };
  const report = (entry: Entry) => (error: unknown) => log(`pod ${nameOf(entry.latest)}: ${String(error)}`);

  const changed = (pod: Pod): void => {
    const known = entries.get(pod.metadata.uid);
    if (known) {
      known.latest = pod;
      if (pod.metadata.deletionTimestamp !== undefined) void finish(known, graceOf(pod)).catch(report(known));
      return;
    }
    if (pod.spec.nodeName === undefined || pod.spec.nodeName === '') return;
    const entry = newEntry(options, pod);
    if (pod.metadata.deletionTimestamp !== undefined) {
      void finish(entry, 0).catch(report(entry));
      return;
    }
    entries.set(entry.uid, entry);
    if (hasEnded(pod) || isLost(pod)) {
      entry.running = endedPod(() => entry.latest);
      if (!hasEnded(pod)) setImmediate(writeLost, objects, entry);
      return;
    }
    void begin(entry).catch(report(entry));
  };
  const gone = (pod: KubeObject): void => {
    const entry = entries.get(pod.metadata.uid);
    // Deleted by force: its processes get the least that Kubernetes gives.
    if (entry) void (entry.ending ? entry.running?.stop(1) : finish(entry, 1))?.catch(report(entry));
  };
  forgetLogs(options, objects.list('pods'));
  return {
    entries,
    changed,
    gone,
    wake: () => callAll(waiters),
    async stop(graceSeconds) {
      state.stopped = true;
      await Promise.all(Array.from(entries.values(), async (entry) => entry.running?.stop(graceSeconds)));
      meter.stop();
    },
  };
}

function callAll(waiters: Set<() => void>): void {
  // One that is called may wait again at once, for the next change.
  const called = Array.from(waiters);
  waiters.clear();
  for (const waiter of called) waiter();
}

function writeStatus(objects: ClusterObjects, entry: Entry): void {
  if (!entry.running || !isThere(objects, entry)) return;
  const { name, namespace } = entry.latest.metadata;
  objects.setStatus('pods', name, namespace, entry.running.status(), MANAGER);
}

function writeLost(objects: ClusterObjects, entry: Entry): void {
  if (!isThere(objects, entry)) return;
  const { name, namespace } = entry.latest.metadata;
  objects.setStatus('pods', name, namespace, lostStatus(entry.latest, Date.now()), MANAGER);
}

function removeObject(objects: ClusterObjects, entry: Entry): void {
  const { name, namespace } = entry.latest.metadata;
  if (isThere(objects, entry)) objects.remove('pods', name, namespace, { graceSeconds: 0 });
}

/** Another pod may have its name by now. */
function isThere(objects: ClusterObjects, entry: Entry): boolean {
  const { name, namespace } = entry.latest.metadata;
  return objects.get('pods', name, namespace)?.metadata.uid === entry.uid;
}

function newEntry(options: NodeOptions, pod: Pod): Entry {
  const logs = podLogs(join(options.dir, pod.metadata.uid));
  return { uid: pod.metadata.uid, latest: pod, logs, ports: new Map(), running: undefined, ending: false };
}

function graceOf(pod: Pod): number {
  return pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
}

/** Logs of pods that went while the node was down. */
function forgetLogs(options: NodeOptions, present: readonly KubeObject[]): void {
  const uids = new Set(present.map((pod) => pod.metadata.uid));
  try {
    for (const name of readdirSync(options.dir))
      if (!uids.has(name)) rmSync(join(options.dir, name), { recursive: true, force: true });
  } catch {
    // There is no such folder before the first pod.
  }
}

function worldOf(
  options: NodeOptions,
  entry: Entry,
  node: { write: () => void; waiters: Set<() => void>; meter: UsageMeter },
): PodWorld {
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
    meter: node.meter,
    folder: options.dir,
    proxy: {
      sqlServers,
      refusal: () => refusalOf(options, entry.latest),
    },
    event: (type, reason, message, container) =>
      objects.event(entry.latest, type, reason, message, MANAGER, fieldPathOf(entry.latest, container)),
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

/** Where a container stands in its pod, as events say it. */
function fieldPathOf({ spec }: Pod, container: string): string {
  const isInit = spec.initContainers?.some(({ name }) => name === container) ?? false;
  return `spec.${isInit ? 'initContainers' : 'containers'}{${container}}`;
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
