import type { ContainerUsage, KubeObject, PodRuntime } from '../parts.ts';
import { nodeName } from './bootstrap.ts';
import { must, type Cluster } from './cluster.ts';
import type { Call } from './request.ts';
import type { Resource } from './resources.ts';
import { sendJson } from './respond.ts';
import { labelSelector } from './selectors.ts';
import { notFound } from './status-error.ts';

const group = 'metrics.k8s.io';
const version = 'v1beta1';
const apiVersion = `${group}/${version}`;

/** What the metrics API serves: it is measured anew for each answer, and kept nowhere. */
export const metricsResources: readonly Resource[] = [
  rowOf('nodes', 'NodeMetrics', false),
  rowOf('pods', 'PodMetrics', true),
];

function rowOf(plural: string, kind: string, namespaced: boolean): Resource {
  return {
    key: `${apiVersion}/${plural}`,
    group,
    version,
    plural,
    singular: '',
    kind,
    model: '',
    namespaced,
    shortNames: [],
    categories: [],
    verbs: ['get', 'list'],
    status: false,
    scale: false,
    generation: 'none',
    returnsDeleted: false,
    immutable: [],
  };
}

/**
 * Answers what `kubectl top` asks; false for any other path. What is not measured is not listed.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
 */
export function serveMetrics(cluster: Cluster, runtime: Pick<PodRuntime, 'usage'>, call: Call): boolean {
  const path = /^\/apis\/metrics\.k8s\.io\/v1beta1(?:\/namespaces\/([^/]+))?\/(pods|nodes)(?:\/([^/]+))?$/;
  const [all, namespace = '', plural = '', name] = path.exec(call.url.pathname) ?? [];
  if (all === undefined || call.method !== 'GET') return false;
  const kind = plural === 'pods' ? 'PodMetrics' : 'NodeMetrics';
  const matches = labelSelector(call.query.get('labelSelector') ?? '');
  const found =
    plural === 'pods'
      ? cluster.storage
          .list(must('pods'), namespace)
          .filter(matches)
          .flatMap((pod) => podMetrics(runtime, pod))
      : nodeMetrics(cluster, runtime);
  if (name === undefined) {
    sendJson(call, 200, { kind: `${kind}List`, apiVersion, metadata: {}, items: found });
    return true;
  }
  const one = found.find(({ metadata }) => metadata.name === name);
  if (!one) throw notFound(rowOf(plural, kind, plural === 'pods'), name);
  sendJson(call, 200, { kind, apiVersion, ...one });
  return true;
}

interface Metrics {
  readonly metadata: { readonly name: string; readonly [more: string]: unknown };
  readonly [more: string]: unknown;
}

function podMetrics(runtime: Pick<PodRuntime, 'usage'>, { metadata }: KubeObject): Metrics[] {
  const { name, namespace = '', labels = {} } = metadata;
  const usage = runtime.usage(namespace, name);
  if (!usage) return [];
  const containers = usage.map((each) => ({ name: each.name, usage: amounts([each]) }));
  return [{ metadata: { name, namespace, labels, creationTimestamp: now() }, ...moment(usage), containers }];
}

function nodeMetrics(cluster: Cluster, runtime: Pick<PodRuntime, 'usage'>): Metrics[] {
  const pods = cluster.storage.list(must('pods'), '');
  const usage = pods.flatMap(({ metadata }) => runtime.usage(metadata.namespace ?? '', metadata.name) ?? []);
  if (usage.length === 0) return [];
  const metadata = { name: nodeName(cluster), creationTimestamp: now() };
  return [{ metadata, ...moment(usage), usage: amounts(usage) }];
}

function moment(usage: readonly ContainerUsage[]): { readonly timestamp: string; readonly window: string } {
  const windowMs = Math.max(...usage.map((each) => each.windowMs));
  const timestamp = seconds(Math.max(...usage.map((each) => each.atMs)));
  return { timestamp, window: `${(windowMs / 1000).toFixed(3)}s` };
}

function amounts(usage: readonly ContainerUsage[]): { readonly cpu: string; readonly memory: string } {
  const cpu = usage.reduce((sum, each) => sum + each.cpu, 0);
  const bytes = usage.reduce((sum, each) => sum + each.memoryBytes, 0);
  return { cpu: `${Math.round(cpu * 1e9)}n`, memory: `${Math.round(bytes / 1024)}Ki` };
}

function now(): string {
  return seconds(Date.now());
}

function seconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
