import type { Watch } from '@kubernetes/client-node';
import type { Host } from '../../base/host.ts';
import { isObject } from '../../base/json.ts';
import type { KubeObject, KubeType } from '../../model/ports.ts';
import type { Connection } from './connect.ts';
import { asObject, asPage, pathOf } from './objects.ts';
import type { KubeRequest } from './request.ts';

interface Watching {
  readonly connection: Connection;
  readonly host: Host;
  readonly ask: (request: KubeRequest) => Promise<unknown>;
}

interface Watched {
  readonly type: KubeType;
  readonly name: string;
  readonly namespace: string;
}

/** Seconds after which the server ends a watch; we resume. Just below the silence (30 s) after which the client hangs up. */
const watchSeconds = 25;
const pauseMs = 1000;

/**
 * The object as it is, then as it becomes, and a last time when it goes. Resumes where a watch ended; lists again when the server no longer knows
 * the place (410), or the connection broke. Ends, without an error, when the signal aborts.
 */
export async function* watchObject(
  watching: Watching,
  watched: Watched,
  signal: AbortSignal,
): AsyncGenerator<KubeObject> {
  const { type, name, namespace } = watched;
  const path = pathOf(type, namespace);
  const fieldSelector = `metadata.name=${name}`;
  const { Watch } = await import('@kubernetes/client-node');
  while (!signal.aborted) {
    const page = asPage(await watching.ask({ method: 'GET', path, query: { fieldSelector } }), type);
    yield* page.items;
    let version: string | undefined = page.resourceVersion;
    while (version !== undefined && !signal.aborted) {
      const watch = new Watch(await watching.connection.kubeConfig());
      version = yield* oneWatch(watch, { path, fieldSelector, version, type }, signal);
    }
    // The next list must not come as fast as a broken server answers.
    if (!signal.aborted) await watching.host.sleep(pauseMs, signal).catch(() => undefined);
  }
}

interface Place {
  readonly path: string;
  readonly fieldSelector: string;
  readonly version: string;
  readonly type: KubeType;
}

/** Yields changes until the watch ends; returns where to resume, or undefined to list again. */
async function* oneWatch(
  watch: Watch,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<KubeObject, string | undefined> {
  const queue = eventQueue();
  const query = {
    allowWatchBookmarks: true,
    resourceVersion: place.version,
    fieldSelector: place.fieldSelector,
    timeoutSeconds: watchSeconds,
  };
  const stop = new AbortController();
  const onEvent = (phase: string, object: unknown): void => queue.push({ phase, object });
  // Not awaited: connecting may take long, and must not hold up an abort.
  watch
    .watch(place.path, query, onEvent, (error: unknown) => queue.end(error))
    .then((controller) => abortWith(stop.signal, () => controller.abort()))
    .catch((error: unknown) => queue.end(error));
  abortWith(signal, () => queue.end(), stop.signal);
  let { version } = place;
  try {
    for await (const { phase, object } of queue.events) {
      if (phase === 'ERROR') return undefined;
      version = versionOf(object) ?? version;
      if (phase !== 'BOOKMARK') yield asObject(object, place.type);
    }
    return queue.failed() ? undefined : version;
  } finally {
    stop.abort();
  }
}

/** Calls `stop` when the signal aborts, unless `until` came first. */
function abortWith(signal: AbortSignal, stop: () => void, until?: AbortSignal): void {
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true, ...(until && { signal: until }) });
}

interface WatchEvent {
  readonly phase: string;
  readonly object: unknown;
}

/** From callbacks to iteration. */
function eventQueue() {
  const waiting: WatchEvent[] = [];
  let ended = false;
  let failed = false;
  let wake: (() => void) | undefined;
  async function* events(): AsyncGenerator<WatchEvent> {
    for (;;) {
      const next = waiting.shift();
      if (next) yield next;
      else if (ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    events: events(),
    failed: () => failed,
    push: (event: WatchEvent): void => {
      waiting.push(event);
      wake?.();
    },
    end: (error?: unknown): void => {
      failed ||= error instanceof Error && error.name !== 'TimeoutError';
      ended = true;
      wake?.();
    },
  };
}

function versionOf(object: unknown): string | undefined {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  const version = isObject(metadata) ? metadata['resourceVersion'] : undefined;
  return typeof version === 'string' ? version : undefined;
}
