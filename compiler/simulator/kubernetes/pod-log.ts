import type { KubeObject, PodRuntime } from '../parts.ts';
import type { Cluster } from './cluster.ts';
import { listAt, textAt } from './json-object.ts';
import type { Call } from './request.ts';
import { begin, sendText } from './respond.ts';
import { badRequest, fieldForbidden, fieldInvalid, invalid, type ApiError } from './status-error.ts';

/** `GET pods/NAME/log`: what a container has written, and with `follow` what it goes on to write. */
export function servePodLog(cluster: Cluster, runtime: PodRuntime, pod: KubeObject, call: Call): void {
  const { query } = call;
  const ask = {
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    container: containerOf(pod, query.get('container')),
  };
  const previous = query.get('previous') === 'true';
  const timestamps = query.get('timestamps') === 'true';
  const lines = runtime.logs({ ...ask, previous, timestamps, ...choiceOf(query) });
  if (lines === undefined) throw badRequest(notThere(pod, ask.container, previous));
  const limit = countOf(query, 'limitBytes');
  const text = limit === undefined ? lines : Buffer.from(lines).subarray(0, limit);
  if (query.get('follow') !== 'true' || previous) {
    sendText(call, 200, text);
    return;
  }
  begin(call, 200, 'text/plain; charset=utf-8', { 'Transfer-Encoding': 'chunked' });
  call.response.flushHeaders();
  if (text.length > 0) call.response.write(text);
  const over = new AbortController();
  const end = (): void => over.abort();
  over.signal.addEventListener('abort', () => call.response.end(), { once: true });
  const tell = (line: string, time: string): void =>
    void call.response.write(`${timestamps ? `${time} ` : ''}${line}\n`);
  const stopLines = runtime.follow(ask, tell, end);
  const stopChanges = cluster.storage.subscribe(({ type, object }) => {
    if (object.metadata.uid === pod.metadata.uid && (type === 'DELETED' || hasEnded(object))) end();
  });
  call.response.on('close', () => {
    stopLines();
    stopChanges();
  });
  if (hasEnded(pod)) end();
}

function choiceOf(query: URLSearchParams): { readonly tailLines?: number; readonly since?: number } {
  const tailLines = countOf(query, 'tailLines');
  const seconds = countOf(query, 'sinceSeconds');
  const time = query.get('sinceTime');
  if (seconds !== undefined && time !== null)
    throw refused('sinceTime', 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  // Logs are of real processes: their seconds are real ones, however fast the cluster's clock is.
  const since = seconds === undefined ? (time === null ? undefined : Date.parse(time)) : Date.now() - seconds * 1000;
  if (Number.isNaN(since)) throw badRequest(`sinceTime: parsing time "${time}": not in RFC 3339`);
  return { ...(tailLines === undefined ? {} : { tailLines }), ...(since === undefined ? {} : { since }) };
}

function countOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const least = name === 'tailLines' ? 0 : 1;
  if (!/^-?\d+$/.test(text)) throw badRequest(`${name}: strconv.ParseInt: parsing "${text}": invalid syntax`);
  if (Number(text) < least) throw refused(name, `must be greater than or equal to ${least}`, Number(text));
  return Number(text);
}

function refused(field: string, why: string, value?: number): ApiError {
  return invalid('', 'PodLogOptions', '', [
    value === undefined ? fieldForbidden(field, why) : fieldInvalid(field, value, why),
  ]);
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
