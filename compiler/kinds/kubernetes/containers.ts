import type { KubeObject, KubernetesApi } from '../../model/ports.ts';
import { itemsOf, member, numberOf, textOf } from './kube-json.ts';

/** The name of the container that hello gives the proxy. */
export const proxyName = 'cloud-sql-proxy';

/** A container of a pod: what its status tells. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly state: unknown;
  readonly lastState: unknown;
  readonly ready: boolean;
  readonly restarts: number;
}

/** Init containers first: nothing else starts before them. */
export function containersOf(pod: KubeObject): Container[] {
  const all = [member(pod.status, 'initContainerStatuses'), member(pod.status, 'containerStatuses')].flatMap(itemsOf);
  return all.map((each) => ({
    name: textOf(member(each, 'name')),
    image: textOf(member(each, 'image')),
    state: member(each, 'state'),
    lastState: member(each, 'lastState'),
    ready: member(each, 'ready') === true,
    restarts: numberOf(member(each, 'restartCount')),
  }));
}

/** What a container waits for: the reason and the message; undefined while it runs or has ended. */
export function waitOf({ state }: Container): { readonly reason: string; readonly message: string } | undefined {
  const waiting = member(state, 'waiting');
  const reason = textOf(member(waiting, 'reason'));
  return reason === '' ? undefined : { reason, message: textOf(member(waiting, 'message')) };
}

/** How its last run ended, if it did. */
export function endOf({ state, lastState }: Container): unknown {
  return member(state, 'terminated') ?? member(lastState, 'terminated');
}

const linesMax = 5;
const charactersMax = 400;

/** A line of a log: structured ones are told by their message. */
interface Line {
  readonly text: string;
  readonly isError: boolean;
}

/** The last things that a container wrote, on one line; empty when there is nothing to be had. */
export async function lastWords(
  api: KubernetesApi,
  pod: KubeObject,
  container: string,
  previous: boolean,
): Promise<string> {
  const lines = await readLines(api, pod, container, previous);
  const errors = lines.filter((line) => line.isError);
  // What a structured log calls an error is what there is to say; the lines around it are noise.
  const told = errors.length > 0 ? errors : lines;
  return told
    .map((line) => line.text)
    .join(' | ')
    .slice(-charactersMax);
}

/** The complaint of a container whose last word was an error in a structured log. */
export async function complaintOf(api: KubernetesApi, pod: KubeObject, container: string): Promise<string | undefined> {
  const last = (await readLines(api, pod, container, false)).at(-1);
  return last?.isError ? last.text.slice(0, charactersMax) : undefined;
}

async function readLines(
  api: KubernetesApi,
  pod: KubeObject,
  container: string,
  previous: boolean,
): Promise<readonly Line[]> {
  const { name, namespace = '' } = pod.metadata;
  try {
    const log = await api.logs(namespace, name, container, { tailLines: linesMax, previous });
    return log
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map(lineOf);
  } catch {
    return []; // the kubelet has thrown the log away, or we may not read it
  }
}

function lineOf(text: string): Line {
  if (!text.startsWith('{')) return { text, isError: false };
  try {
    const data: unknown = JSON.parse(text);
    const message = textOf(member(data, 'message')) || textOf(member(data, 'msg'));
    const level = (textOf(member(data, 'severity')) || textOf(member(data, 'level'))).toUpperCase();
    return { text: message || text, isError: message !== '' && ['ERROR', 'FATAL', 'CRITICAL'].includes(level) };
  } catch {
    return { text, isError: false };
  }
}
