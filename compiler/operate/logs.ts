import { isCloudError, type CloudError } from '../base/errors.ts';
import type { Cluster } from '../cloud/kubernetes/cluster.ts';
import type { LogRequest } from '../cloud/kubernetes/logs.ts';
import { namespaceOf } from '../kinds/names.ts';
import type { KubeObject } from '../model/ports.ts';
import type { Spec, Workload } from '../spec/spec.ts';
import { merged } from './merged.ts';
import { appPods, containerNamed, containersIn, noPods, podType, workloadOf } from './pods.ts';

/** One line that a container wrote. */
export interface LogLine {
  /** RFC 3339, as the node wrote it down; absent where the cluster does not tell. */
  readonly time?: string;
  readonly service: string;
  readonly pod: string;
  readonly container: string;
  readonly text: string;
}

/** Whose logs, and how much of them. */
export interface LogsAsk {
  readonly workloads: readonly Workload[];
  /** Default: the app's own. */
  readonly container?: string;
  readonly previous: boolean;
  /** Lines of each container; all when absent. */
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
}

/** What is said beside the lines. */
export type Note = (text: string) => void;

/** What all the pods have written, in the order of their times. Throws a Refusal when there is nothing to be read. */
export async function* readLogs(
  cluster: Cluster,
  spec: Spec,
  ask: LogsAsk,
  signal: AbortSignal,
  note: Note,
): AsyncGenerator<LogLine> {
  const found = await cluster.api.list(podType, { namespace: namespaceOf(spec), labelSelector: appPods(spec) });
  const pods = found.filter((pod) => isAsked(ask, pod));
  const names = ask.workloads.map((each) => each.name).join(', ');
  if (pods.length === 0) throw noPods(`there are no pods of ${names}`);
  const refused: string[] = [];
  const sources = withContainer(ask, pods).map((pod) => readOne(cluster, ask, pod, signal, refused));
  yield* merged(sources, (line) => line.time ?? '');
  if (refused.length === sources.length) throw noPods(refused[0] ?? `there are no logs of ${names}`);
  for (const each of refused) note(each);
}

export function isAsked(ask: Pick<LogsAsk, 'workloads'>, pod: KubeObject): boolean {
  return ask.workloads.some((each) => each.name === workloadOf(pod));
}

/** Of several services not all have every container; when none has it, that is said. */
function withContainer({ container }: LogsAsk, pods: readonly KubeObject[]): readonly KubeObject[] {
  if (container === undefined) return pods;
  const having = pods.filter((pod) => containersIn(pod).includes(container));
  if (having.length === 0 && pods[0]) containerNamed(pods[0], container);
  return having;
}

async function* readOne(
  cluster: Cluster,
  ask: LogsAsk,
  pod: KubeObject,
  signal: AbortSignal,
  refused: string[],
): AsyncGenerator<LogLine> {
  const container = containerNamed(pod, ask.container);
  const { previous } = ask;
  const request = { ...requestOf(pod, container), ...amountOf(ask), previous };
  try {
    for await (const line of cluster.logLines(request, signal)) yield lineOf(pod, container, line);
  } catch (error) {
    if (!isPassing(error)) throw error;
    refused.push(`${pod.metadata.name}: ${error.message}`);
  }
}

/** A pod that went meanwhile, or has not begun, has nothing to be read. */
export function isPassing(error: unknown): error is CloudError {
  return isCloudError(error, 'not-found', 'invalid');
}

/** Where the lines of a container are. */
export function requestOf(pod: KubeObject, container: string): LogRequest {
  const { name, namespace = '' } = pod.metadata;
  return { namespace, pod: name, container, timestamps: true };
}

export function amountOf({ tailLines, sinceSeconds }: LogsAsk): Pick<LogRequest, 'tailLines' | 'sinceSeconds'> {
  return { ...(tailLines !== undefined && { tailLines }), ...(sinceSeconds !== undefined && { sinceSeconds }) };
}

/** The node writes the time before the text: `2026-11-27T04:17:38.123456789Z listening`. */
export function lineOf(pod: KubeObject, container: string, line: string): LogLine {
  const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?([^]*)$/.exec(line);
  const [, time, text = line] = stamped ?? [];
  const from = { service: workloadOf(pod), pod: pod.metadata.name, container };
  return { ...(time !== undefined && { time }), ...from, text };
}
