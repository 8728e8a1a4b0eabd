import type { ClusterObjects } from '../parts.ts';
import { rewrite, type PortMap } from './pod-ports.ts';
import type { ContainerSpec, EnvFrom, EnvVar, Pod } from './pod-types.ts';
import { quantityOf } from './quantity.ts';

/** The address of every pod: the loopback address, as all are processes of this machine. */
export const POD_IP = '127.0.0.1';

/** Why a container cannot be made yet: a Secret or ConfigMap that its environment needs is not there. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface ContainerEnv {
  readonly values: Readonly<Record<string, string>>;
  /** `$(NAME)` in commands and arguments. */
  expand(text: string): string;
}

/**
 * The environment that the pod spec gives a container, over that of its image, with ports rewritten. Throws a
 * ConfigError, worded as the kubelet does, when something it refers to is missing.
 */
export function containerEnv(ask: {
  readonly objects: ClusterObjects;
  readonly pod: Pod;
  readonly container: ContainerSpec;
  readonly ports: PortMap;
  readonly imageEnv: Readonly<Record<string, string>>;
}): ContainerEnv {
  const { objects, pod, container, ports } = ask;
  const own: Record<string, string> = {};
  for (const from of container.envFrom ?? []) Object.assign(own, fromWhole(objects, pod, from));
  for (const variable of container.env ?? []) {
    const value = valueOf(objects, pod, container, variable, own);
    if (value !== undefined) own[variable.name] = value;
  }
  const all = { HOSTNAME: pod.metadata.name, ...ask.imageEnv, ...own };
  const values = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, rewrite(ports, name, value)]));
  return { values, expand: (text) => expand(text, own) };
}

function fromWhole(objects: ClusterObjects, pod: Pod, from: EnvFrom): Record<string, string> {
  const plural = from.secretRef ? 'secrets' : 'configmaps';
  const reference = from.secretRef ?? from.configMapRef;
  if (!reference) return {};
  const data = dataOf(objects, plural, reference.name, pod.metadata.namespace);
  if (!data) {
    if (reference.optional) return {};
    throw new ConfigError(`${plural === 'secrets' ? 'secret' : 'configmap'} "${reference.name}" not found`);
  }
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [`${from.prefix ?? ''}${key}`, value]));
}

function valueOf(
  objects: ClusterObjects,
  pod: Pod,
  container: ContainerSpec,
  variable: EnvVar,
  known: Readonly<Record<string, string>>,
): string | undefined {
  const from = variable.valueFrom;
  if (!from) return expand(variable.value ?? '', known);
  if (from.fieldRef) return fieldOf(pod, from.fieldRef.fieldPath);
  if (from.resourceFieldRef) {
    const [list = '', name = ''] = from.resourceFieldRef.resource.split('.');
    return quantity(container.resources?.[list as 'requests' | 'limits']?.[name], from.resourceFieldRef.divisor);
  }
  const plural = from.secretKeyRef ? 'secrets' : 'configmaps';
  const reference = from.secretKeyRef ?? from.configMapKeyRef;
  if (!reference) return undefined;
  const word = plural === 'secrets' ? 'secret' : 'configmap';
  const data = dataOf(objects, plural, reference.name, pod.metadata.namespace);
  const value = data?.[reference.key];
  if (value !== undefined || reference.optional) return value;
  if (!data) throw new ConfigError(`${word} "${reference.name}" not found`);
  const kind = plural === 'secrets' ? 'Secret' : 'ConfigMap';
  throw new ConfigError(
    `couldn't find key ${reference.key} in ${kind} ${pod.metadata.namespace ?? 'default'}/${reference.name}`,
  );
}

function dataOf(
  objects: ClusterObjects,
  plural: string,
  name: string,
  namespace: string | undefined,
): Record<string, string> | undefined {
  const object = objects.get(plural, name, namespace);
  if (!object) return undefined;
  const data = (object['data'] ?? {}) as Record<string, string>;
  if (plural !== 'secrets') return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

function fieldOf(pod: Pod, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  const fields: Record<string, string | undefined> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec.nodeName,
    'spec.serviceAccountName': pod.spec.serviceAccountName,
    'status.podIP': POD_IP,
    'status.podIPs': POD_IP,
    'status.hostIP': POD_IP,
    'status.hostIPs': POD_IP,
  };
  return fields[path] ?? '';
}

function quantity(text: string | undefined, divisor = '1'): string {
  const by = quantityOf(divisor);
  return String(Math.ceil(quantityOf(text ?? '0') / (by > 0 ? by : 1)));
}

/** `$(NAME)` of a known variable; `$$(NAME)` is `$(NAME)` itself; what is unknown stays. */
function expand(text: string, known: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\(([^)]+)\)/g, (all, name: string | undefined) =>
    name === undefined ? '$' : (known[name] ?? all),
  );
}
