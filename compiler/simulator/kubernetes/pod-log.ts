import type { KubeObject, PodRuntime } from '../parts.ts';
import type { Cluster } from './cluster.ts';
import { listAt, textAt } from './json-object.ts';
import type { Call } from './request.ts';
import { begin, sendText } from './respond.ts';
import { badRequest } from './status-error.ts';

/** `GET pods/NAME/log`: what a container has written, and with `follow` what it goes on to write. */
export function servePodLog(cluster: Cluster, runtime: PodRuntime, pod: KubeObject, call: Call): void {
  const { query } = call;
  const ask = {
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    container: containerOf(pod, query.get('container')),
  };
  const previous = query.get('previous') === 'true';
  const tail = query.get('tailLines');
  const lines = runtime.logs({ ...ask, previous, ...(tail === null ? {} : { tailLines: Number(tail) }) });
  if (lines === undefined) throw badRequest(notThere(pod, ask.container, previous));
  const limit = query.get('limitBytes');
  const text = limit === null ? lines : lines.slice(0, Number(limit));
  if (query.get('follow') !== 'true') {
    sendText(call, 200, text);
    return;
  }
  begin(call, 200, 'text/plain; charset=utf-8', { 'Transfer-Encoding': 'chunked' });
  call.response.flushHeaders();
  if (text !== '') call.response.write(text);
  const stopLines = runtime.follow(ask, (line) => call.response.write(line.endsWith('\n') ? line : `${line}\n`));
  const stopChanges = cluster.storage.subscribe(({ type, object }) => {
    if (object.metadata.uid === pod.metadata.uid && (type === 'DELETED' || hasEnded(object))) end();
  });
  const end = (): void => {
    stopLines();
    stopChanges();
    call.response.end();
  };
  call.response.on('close', end);
  if (hasEnded(pod)) end();
}

/** Nothing more will be written by this pod. */
function hasEnded(pod: KubeObject): boolean {
  return ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));
}

function notThere(pod: KubeObject, container: string, previous: boolean): string {
  if (previous) return `previous terminated container "${container}" in pod "${pod.metadata.name}" not found`;
  const states = [...listAt(pod, 'status', 'containerStatuses'), ...listAt(pod, 'status', 'initContainerStatuses')];
  const state = states.find((each) => textAt(each, 'name') === container);
  const reason = textAt(state, 'state', 'waiting', 'reason') || 'ContainerCreating';
  return `container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${reason}`;
}

/** The container that is meant: by its name, or the only one that there is. */
export function containerOf(pod: KubeObject, asked: string | null): string {
  const main = listAt(pod, 'spec', 'containers').map((each) => textAt(each, 'name'));
  const init = listAt(pod, 'spec', 'initContainers').map((each) => textAt(each, 'name'));
  const { name } = pod.metadata;
  if (asked !== null && asked !== '') {
    if (main.includes(asked) || init.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const [only] = main;
  if (main.length === 1 && init.length === 0 && only !== undefined) return only;
  const choices =
    init.length > 0
      ? `choose one of: [${main.join(' ')}] or one of the init containers: [${init.join(' ')}]`
      : `choose one of: [${main.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${name}, ${choices}`);
}
