import type { Ports } from '../free-port.ts';
import type { ContainerSpec, Handler, Pod } from './pod-types.ts';
import { isSqlProxy, proxyPorts } from './sql-proxy-flags.ts';

/**
 * Ports of a pod on a machine without network namespaces.
 *
 * In a cluster each pod has an address of its own, so ten replicas can all listen on 8080. Here all processes share the
 * loopback address. So each port that a pod listens on gets a free port of this machine, its *host port*, and what
 * tells a process about the port is rewritten before it starts:
 *  - a variable named PORT, or whose name ends in PORT, when its whole value is such a port;
 *  - `localhost:PORT`, `127.0.0.1:PORT`, `[::1]:PORT` and `0.0.0.0:PORT` anywhere inside a value;
 *  - a value that is `:PORT` and nothing else.
 * A pod listens on its `containerPort`s, on the ports of its probes, on the literal value of a variable PORT, and on
 * the ports of its Cloud SQL proxy. A program with a port in its own code cannot be helped: its probes will say so.
 */
export type PortMap = ReadonlyMap<number, number>;

/** Gives a host port to each port of the pod. */
export async function mapPorts(pod: Pod, ports: Ports): Promise<PortMap> {
  const map = new Map<number, number>();
  for (const port of listenedPorts(pod)) map.set(port, await ports.take());
  return map;
}

function listenedPorts(pod: Pod): Set<number> {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  return new Set(containers.flatMap(portsOf));
}

function portsOf(container: ContainerSpec): number[] {
  const declared = (container.ports ?? []).map((port) => port.containerPort);
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe].flatMap(probePort);
  const variable = (container.env ?? []).filter((each) => each.name === 'PORT' && /^\d+$/.test(each.value ?? ''));
  const named = variable.map((each) => Number(each.value));
  const proxy = isSqlProxy(container.image) ? proxyPorts(container) : [];
  return [...declared, ...probes, ...named, ...proxy].filter((port) => port > 0 && port < 65_536);
}

function probePort(probe: Handler | undefined): number[] {
  const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port;
  return typeof port === 'number' ? [port] : [];
}

/** The host port behind a port of the pod, given by number or by the name that one of these containers declares. */
export function hostPort(
  map: PortMap,
  containers: readonly ContainerSpec[],
  port: number | string,
): number | undefined {
  if (typeof port === 'number') return map.get(port) ?? port;
  if (/^\d+$/.test(port)) return map.get(Number(port)) ?? Number(port);
  const declared = containers.flatMap((container) => container.ports ?? []).find((each) => each.name === port);
  return declared && map.get(declared.containerPort);
}

/** The value that a process gets for a variable. */
export function rewrite(map: PortMap, name: string, value: string): string {
  const translate = (port: string): string => String(map.get(Number(port)) ?? port);
  if (/PORT$/i.test(name) && /^\d+$/.test(value)) return translate(value);
  if (/^:\d+$/.test(value)) return `:${translate(value.slice(1))}`;
  return value.replaceAll(
    /(\blocalhost|\b127\.0\.0\.1|\[::1\]|\b0\.0\.0\.0):(\d+)(?!\d)/g,
    (_, host, port) => `${host}:${translate(port)}`,
  );
}
