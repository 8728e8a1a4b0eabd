import type { Host } from '../../base/host.ts';
import { isObject } from '../../base/json.ts';
import type { KubeObject, KubeType } from '../../model/ports.ts';
import type { Connection } from './connect.ts';
import { linesOf } from './lines.ts';
import { asObject, asPage, pathOf } from './objects.ts';
import { kubeStream, type KubeRequest } from './request.ts';

/** What a watch needs of the world. `ask` sends one request, with the patience of its sender. */
export interface Watching {
  readonly connection: Connection;
  readonly host: Host;
  readonly ask: (request: KubeRequest) => Promise<unknown>;
}

/** Which objects are watched: those of one type, of one namespace, that the selector selects. */
export interface Watched {
  readonly type: KubeType;
  readonly namespace: string;
  readonly query: { readonly fieldSelector?: string; readonly labelSelector?: string };
}

/** What a watch has seen: all that there is, at first and whenever the thread was lost; then one object at a time. */
export type Sight =
  | { readonly is: 'all'; readonly objects: readonly KubeObject[] }
  | { readonly is: 'there' | 'gone'; readonly object: KubeObject };

/** Seconds after which the server ends a watch; we resume. */
const watchSeconds = 25;
/** A server that has said nothing for this long, not even that the watch is over, is asked anew. */
const silenceMs = 30_000;
const pauseMs = 1000;

/**
 * The object as it is, then as it becomes, and a last time when it goes. Ends, without an error, when the signal aborts.
 */
export async function* watchObject(
  watching: Watching,
  { type, name, namespace }: { readonly type: KubeType; readonly name: string; readonly namespace: string },
  signal: AbortSignal,
): AsyncGenerator<KubeObject> {
  const watched = { type, namespace, query: { fieldSelector: `metadata.name=${name}` } };
  for await (const sight of watchObjects(watching, watched, signal)) {
    if (sight.is === 'all') yield* sight.objects;
    else yield sight.object;
  }
}

/**
 * What there is, then each change. Resumes where a watch ended; lists again when the server no longer knows the place
 * (410), or the connection broke. Ends, without an error, when the signal aborts; throws what a list that fails throws.
 */
export async function* watchObjects(watching: Watching, watched: Watched, signal: AbortSignal): AsyncGenerator<Sight> {
  const { type, namespace, query } = watched;
  while (!signal.aborted) {
    const page = asPage(await watching.ask({ method: 'GET', path: pathOf(type, namespace), query }), type);
    yield { is: 'all', objects: page.items };
    let version: string | undefined = page.resourceVersion;
    while (version !== undefined && !signal.aborted)
      version = yield* oneWatch(watching.connection, watched, version, signal);
    // The next list must not come as fast as a broken server answers.
    if (!signal.aborted) await watching.host.sleep(pauseMs, signal).catch(() => undefined);
  }
}

/** Yields changes until the watch ends; returns where to resume, or undefined to list again. */
async function* oneWatch(
  connection: Connection,
  { type, namespace, query }: Watched,
  from: string,
  signal: AbortSignal,
): AsyncGenerator<Sight, string | undefined> {
  const ask = {
    ...query,
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: from,
    timeoutSeconds: String(watchSeconds),
  };
  let version = from;
  try {
    const answer = await kubeStream(connection, { path: pathOf(type, namespace), query: ask }, { signal, silenceMs });
    for await (const line of linesOf(answer, Number.POSITIVE_INFINITY)) {
      const { phase, object } = eventOf(line);
      if (phase === 'ERROR') return undefined;
      version = versionOf(object) ?? version;
      if (phase === 'DELETED') yield { is: 'gone', object: asObject(object, type) };
      else if (phase === 'ADDED' || phase === 'MODIFIED') yield { is: 'there', object: asObject(object, type) };
    }
    return version;
  } catch {
    return undefined;
  }
}

/** A line that is cut off belongs to a connection that broke: it tells nothing. */
function eventOf(line: string): { readonly phase: unknown; readonly object: unknown } {
  try {
    const event: unknown = JSON.parse(line);
    return isObject(event) ? { phase: event['type'], object: event['object'] } : { phase: '', object: undefined };
  } catch {
    return { phase: '', object: undefined };
  }
}

function versionOf(object: unknown): string | undefined {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  const version = isObject(metadata) ? metadata['resourceVersion'] : undefined;
  return typeof version === 'string' ? version : undefined;
}
