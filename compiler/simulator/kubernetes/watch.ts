import type { KubeObject } from '../parts.ts';
import type { Cluster } from './cluster.ts';
import { tooLarge, versionOf } from './listing.ts';
import type { Call, Target } from './request.ts';
import { begin } from './respond.ts';
import { apiVersionOf } from './resources.ts';
import { fieldSelector, labelSelector, type Selector } from './selectors.ts';
import { ApiError, badRequest } from './status-error.ts';
import { shown } from './versions.ts';
import type { Change } from './change-log.ts';
import { tableFor, wantsTable } from './tables.ts';

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** Real seconds between bookmarks, and the longest that a watch lives without `timeoutSeconds`. */
const bookmarkSeconds = 60;
const watchSecondsMax = 30 * 60;

/** Serves a WATCH: one JSON line for each change, until the client leaves or its time is over. */
export function serveWatch(cluster: Cluster, target: Target, call: Call): void {
  const { query } = call;
  const version = query.get('resourceVersion') ?? '';
  const matches = selectorOf(target, query);
  const initial = query.get('sendInitialEvents') === 'true';
  if (initial && query.get('resourceVersionMatch') !== 'NotOlderThan') {
    throw badRequest('sendInitialEvents is forbidden for watch unless resourceVersionMatch is set to NotOlderThan');
  }
  const fromStart = initial || version === '' || version === '0';
  const from = fromStart ? cluster.storage.version() : versionOf(version);
  if (from > cluster.storage.version()) throw tooLarge(cluster, from);
  const missed = cluster.storage.since(from);
  begin(call, 200, 'application/json', { 'Transfer-Encoding': 'chunked' });
  call.response.flushHeaders();
  const line = writer(target, call);
  if (missed === undefined) {
    const body = new ApiError(410, 'Expired', `too old resource version: ${from} (${cluster.storage.version()})`).body;
    call.response.end(`${JSON.stringify({ type: 'ERROR', object: body })}\n`);
    return;
  }
  if (fromStart) {
    for (const object of cluster.storage.list(target.resource, target.namespace))
      if (matches(object)) line('ADDED', object);
    if (initial) line('BOOKMARK', bookmark(cluster, target, { 'k8s.io/initial-events-end': 'true' }));
  }
  const pass = (change: Change): void => {
    const type = change.resource.key === target.resource.key ? eventType(change, matches) : undefined;
    if (type) line(type, change.object);
  };
  for (const change of missed) pass(change);
  keepOpen(cluster, target, call, pass, line);
}

function keepOpen(
  cluster: Cluster,
  target: Target,
  call: Call,
  pass: (change: Change) => void,
  line: (type: EventType | 'BOOKMARK', object: unknown) => void,
): void {
  const stop = cluster.storage.subscribe(pass);
  const bookmarks = call.query.get('allowWatchBookmarks') === 'true';
  const mark = (): void => {
    if (bookmarks) line('BOOKMARK', bookmark(cluster, target));
  };
  const beat = setInterval(mark, bookmarkSeconds * 1000);
  const asked = Number(call.query.get('timeoutSeconds') ?? 0);
  const seconds = asked > 0 ? asked : watchSecondsMax * (1 + Math.random());
  const end = setTimeout(() => {
    stop();
    mark();
    call.response.end();
  }, seconds * 1000);
  beat.unref();
  end.unref();
  call.response.on('close', () => {
    stop();
    clearInterval(beat);
    clearTimeout(end);
  });
}

function selectorOf({ resource, namespace, name }: Target, query: URLSearchParams): Selector {
  const labels = labelSelector(query.get('labelSelector'));
  const fields = fieldSelector(resource.plural, query.get('fieldSelector'));
  return (object) => {
    const { metadata } = object as KubeObject;
    if (namespace !== '' && metadata.namespace !== namespace) return false;
    return (name === '' || metadata.name === name) && labels(object) && fields(object);
  };
}

/** An object that enters the selection is new to the watcher, one that leaves it is gone. */
function eventType(change: Change, matches: Selector): EventType | undefined {
  const before = change.previous !== undefined && matches(change.previous);
  const after = change.type !== 'DELETED' && matches(change.object);
  if (before && after) return 'MODIFIED';
  if (after) return 'ADDED';
  return before ? 'DELETED' : undefined;
}

function bookmark(cluster: Cluster, { resource }: Target, annotations?: Record<string, string>): unknown {
  const resourceVersion = String(cluster.storage.version());
  const metadata = { resourceVersion, ...(annotations ? { annotations } : {}) };
  return { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
}

/** Writes events, as Tables when the client asked for those: only the first has the column definitions. */
function writer(target: Target, call: Call): (type: EventType | 'BOOKMARK', object: unknown) => void {
  const asTable = wantsTable(call.request);
  let first = true;
  return (type, object) => {
    let body = type === 'BOOKMARK' ? object : shown(target, object as KubeObject);
    if (asTable && type !== 'BOOKMARK') {
      const item = object as KubeObject;
      const table = tableFor(
        target.resource,
        [item],
        { resourceVersion: item.metadata.resourceVersion },
        call.query.get('includeObject'),
      );
      body = first ? table : { ...table, columnDefinitions: null };
      first = false;
    }
    call.response.write(`${JSON.stringify({ type, object: body })}\n`);
  };
}
