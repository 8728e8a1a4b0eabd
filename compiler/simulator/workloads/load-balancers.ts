import type { Clock } from '../clock.ts';
import type { Ports } from '../free-port.ts';
import type { ClusterObjects, KubeObject } from '../parts.ts';
import type { Store, Table } from '../store.ts';
import { BALANCER_ADDRESS, openBalancedListener, type BalancedListener } from './balanced-listener.ts';
import { hostPort, type PortMap } from './pod-ports.ts';
import { isReady } from './pod-status.ts';
import { nameOf, type Pod } from './pod-types.ts';

/** A port of a Service that this machine serves. */
export interface PublicPort {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly hostPort: number;
}

interface ServicePort {
  readonly port: number;
  readonly targetPort?: number | string;
  readonly protocol?: string;
}

export interface LoadBalancers {
  /** Makes listeners fit what a Service says now; `undefined` stands for a Service that is gone. */
  update(name: string, service: KubeObject | undefined): void;
  publicPorts(): readonly PublicPort[];
  stop(): Promise<void>;
  /** Gives back the host ports of this cluster for good. */
  forget(): void;
}

/** How long Google takes to give a Service its address. */
const SECONDS_UNTIL_ADDRESS = 40;
/** 80 becomes 8080: what an ordinary user may open, and can guess. */
const PREFERRED_OFFSET = 8000;

interface World {
  readonly objects: ClusterObjects;
  readonly clock: Clock;
  readonly store: Store;
  readonly ports: Ports;
  readonly log: (line: string) => void;
  /** The ports of a pod that runs on this node. */
  portsOf(pod: KubeObject): PortMap | undefined;
}

/**
 * A TCP listener for each port of each Service of type LoadBalancer, on the loopback address. Connections go round the
 * ready pods in turn, as they do through a network load balancer. A host port is kept for as long as the Service is
 * there, so that its URL is the same after a restart.
 */
export function createLoadBalancers(world: World): LoadBalancers {
  const { objects, store, ports, log } = world;
  const kept: Table<number> = store.table('load-balancer-ports');
  const listeners = new Map<string, BalancedListener>();
  const wanted = new Map<string, KubeObject>();
  const stopping = new AbortController();
  const keyOf = (name: string, port: number): string => `${objects.id} ${name} ${port}`;
  let work: Promise<unknown> = Promise.resolve();

  const open = async (name: string, port: ServicePort): Promise<void> => {
    const key = keyOf(name, port.port);
    if (listeners.has(key)) return;
    const listener = await openBalancedListener(ports, kept.get(key) ?? port.port + PREFERRED_OFFSET, () => {
      const service = wanted.get(name);
      return service ? targetsOf(world, service, port.port) : [];
    });
    kept.set(key, listener.hostPort);
    listeners.set(key, listener);
    log(`service ${name}: port ${port.port} is http://${BALANCER_ADDRESS}:${listener.hostPort}`);
  };
  const close = (key: string): void => {
    listeners.get(key)?.close();
    listeners.delete(key);
  };
  const keysOf = (prefix: string): string[] =>
    Array.from(kept.entries(), ([key]) => key).filter((key) => key.startsWith(`${prefix} `));
  const fit = async (name: string): Promise<void> => {
    const service = wanted.get(name);
    const servicePorts = service ? portsOf(service) : [];
    const keys = new Set(servicePorts.map((port) => keyOf(name, port.port)));
    for (const key of keysOf(`${objects.id} ${name}`)) {
      if (keys.has(key)) continue;
      close(key);
      kept.delete(key);
    }
    for (const port of servicePorts) await open(name, port);
    if (service) void announce(world, service, stopping.signal);
  };
  return {
    update(name, service) {
      const isBalancer = service !== undefined && typeOf(service) === 'LoadBalancer';
      const known = wanted.get(name);
      if (!isBalancer && !known) return;
      if (isBalancer) wanted.set(name, service);
      else wanted.delete(name);
      if (isBalancer && known && JSON.stringify(known['spec']) === JSON.stringify(service['spec'])) return;
      if (service && !isBalancer)
        objects.setStatus('services', service.metadata.name, service.metadata.namespace, { loadBalancer: {} }, MANAGER);
      work = work.then(async () => fit(name)).catch((error: unknown) => log(`service ${name}: ${String(error)}`));
    },
    publicPorts: () =>
      [...wanted.values()].flatMap((service) =>
        publicPortsOf(service, (port) => listeners.get(keyOf(nameOf(service), port))?.hostPort),
      ),
    async stop() {
      stopping.abort();
      await work;
      for (const key of listeners.keys()) close(key);
    },
    forget() {
      for (const key of keysOf(objects.id)) kept.delete(key);
    },
  };
}

const MANAGER = 'service-controller';

function typeOf(service: KubeObject): unknown {
  return (service['spec'] as { type?: unknown } | undefined)?.type;
}

function portsOf(service: KubeObject): readonly ServicePort[] {
  const ports = (service['spec'] as { ports?: readonly ServicePort[] }).ports ?? [];
  return ports.filter((port) => (port.protocol ?? 'TCP') === 'TCP');
}

function publicPortsOf(service: KubeObject, find: (port: number) => number | undefined): PublicPort[] {
  return portsOf(service).flatMap((port) => {
    const found = find(port.port);
    const { name, namespace = 'default' } = service.metadata;
    return found === undefined ? [] : [{ namespace, service: name, port: port.port, hostPort: found }];
  });
}

/** Gives the Service its address, after the time that takes. One that has an address already keeps it. */
async function announce(world: World, service: KubeObject, signal: AbortSignal): Promise<void> {
  const { name, namespace } = service.metadata;
  const has = (object: KubeObject): boolean => {
    const status = object['status'] as { loadBalancer?: { ingress?: readonly unknown[] } } | undefined;
    return (status?.loadBalancer?.ingress ?? []).length > 0;
  };
  if (has(service)) return;
  world.objects.event(service, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer', MANAGER);
  await world.clock.wait(SECONDS_UNTIL_ADDRESS, signal);
  const now = world.objects.get('services', name, namespace);
  if (signal.aborted || !now || now.metadata.uid !== service.metadata.uid || typeOf(now) !== 'LoadBalancer' || has(now))
    return;
  const status = {
    ...(now['status'] as object | undefined),
    loadBalancer: { ingress: [{ ip: BALANCER_ADDRESS, ipMode: 'VIP' }] },
  };
  world.objects.setStatus('services', name, namespace, status, MANAGER);
  world.objects.event(now, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer', MANAGER);
}

/** Host ports of the ready pods behind one port of a Service, in a stable order. */
function targetsOf(world: World, service: KubeObject, port: number): number[] {
  const spec = service['spec'] as { selector?: Record<string, string>; publishNotReadyAddresses?: boolean };
  const selector = Object.entries(spec.selector ?? {});
  if (selector.length === 0) return [];
  const target = portsOf(service).find((each) => each.port === port)?.targetPort ?? port;
  return (world.objects.list('pods', service.metadata.namespace) as readonly Pod[])
    .filter((pod) => selector.every(([key, value]) => pod.metadata.labels?.[key] === value))
    .filter((pod) => isReady(pod) || spec.publishNotReadyAddresses === true)
    .flatMap((pod) => {
      const map = world.portsOf(pod);
      const found = map && hostPort(map, [...pod.spec.containers, ...(pod.spec.initContainers ?? [])], target);
      return found === undefined ? [] : [found];
    });
}
