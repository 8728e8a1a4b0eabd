import { setTimeout as delay } from 'node:timers/promises';
import { isCloudError } from '../base/errors.ts';
import type { Cluster } from '../cloud/kubernetes/cluster.ts';
import { itemsOf, member, textOf } from '../kinds/kubernetes/kube-json.ts';
import { namespaceOf } from '../kinds/names.ts';
import type { KubeObject } from '../model/ports.ts';
import type { Spec } from '../spec/spec.ts';
import { amountOf, isAsked, isPassing, lineOf, requestOf, type LogLine, type LogsAsk, type Note } from './logs.ts';
import { appPods, containerNamed, containersIn, podType } from './pods.ts';

/** One run of one container: it ends, and another one may follow. */
interface ContainerRun {
  readonly pod: KubeObject;
  readonly container: string;
  /** There before we came: of it, only as much is told as was asked for. */
  readonly wasThere: boolean;
  readonly id: string;
}

const againMs = 1000;

/**
 * What the pods write from now on, after as much of what they wrote as was asked for; pods that come join in. A
 * connection that breaks is taken up where it was. Lines wait for `take`, so that none are held. Ends when the signal
 * aborts.
 */
export async function followLogs(
  cluster: Cluster,
  spec: Spec,
  ask: LogsAsk,
  signal: AbortSignal,
  out: { take(line: LogLine): Promise<void>; note: Note },
): Promise<void> {
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const runs = new Map<string, Promise<void>>();
  const failed = Promise.withResolvers<never>();
  const there = new Set<string>();
  const join = (pod: KubeObject, wasThere: boolean): void => {
    const { uid = '', name } = pod.metadata;
    if (!there.has(uid) && !wasThere) out.note(`+ ${name}`);
    there.add(uid);
    if (ask.container !== undefined && !containersIn(pod).includes(ask.container)) return;
    const container = containerNamed(pod, ask.container);
    const { id } = runOf(pod, container);
    if (id === '' || runs.has(id)) return;
    const run = { pod, container, id, wasThere };
    runs.set(id, followRun(cluster, ask, run, until, out.take).catch(failed.reject));
  };
  const watching = async (): Promise<void> => {
    let first = true;
    for await (const sight of cluster.watch(podType, namespaceOf(spec), appPods(spec), until)) {
      const seen = (sight.is === 'all' ? sight.objects : [sight.object]).filter((pod) => isAsked(ask, pod));
      if (first) begin(ask, seen, out.note);
      if (sight.is === 'gone') for (const { metadata } of seen) gone(there, metadata, out.note);
      else for (const pod of seen) join(pod, first);
      if (sight.is === 'all') first = false;
    }
  };
  try {
    await Promise.race([watching(), failed.promise]);
  } finally {
    stop.abort();
    await Promise.allSettled(runs.values());
  }
}

function begin({ container }: LogsAsk, pods: readonly KubeObject[], note: Note): void {
  const [pod] = pods;
  if (!pod) note('No pods yet; waiting for the first one.');
  else if (container !== undefined && !pods.some((each) => containersIn(each).includes(container)))
    containerNamed(pod, container);
}

function gone(there: Set<string>, { uid = '', name }: KubeObject['metadata'], note: Note): void {
  if (there.delete(uid)) note(`- ${name}`);
}

/** The run of a container that its log is of now; without an id before the first. */
function runOf(pod: KubeObject | undefined, container: string): { readonly id: string; readonly runs: boolean } {
  const lists = [member(pod?.status, 'containerStatuses'), member(pod?.status, 'initContainerStatuses')];
  const status = lists.flatMap(itemsOf).find((each) => member(each, 'name') === container);
  return { id: textOf(member(status, 'containerID')), runs: member(status, 'state', 'running') !== undefined };
}

async function followRun(
  cluster: Cluster,
  ask: LogsAsk,
  run: ContainerRun,
  signal: AbortSignal,
  take: (line: LogLine) => Promise<void>,
): Promise<void> {
  const { pod, container, wasThere } = run;
  let last: string | undefined;
  for (let isWhole = false; ;) {
    const from = last;
    const amount = from === undefined ? (wasThere ? amountOf(ask) : {}) : { sinceTime: from };
    const request = { ...requestOf(pod, container), ...amount, follow: true };
    try {
      for await (const text of cluster.logLines(request, signal)) {
        const line = lineOf(pod, container, text);
        // The server takes a time to the second: what was told already comes again.
        if (from !== undefined && line.time !== undefined && line.time <= from) continue;
        last = line.time ?? last;
        await take(line);
      }
      isWhole = true;
    } catch (error) {
      if (signal.aborted) return;
      isWhole = false;
      if (!isPassing(error) && !isCloudError(error, 'unavailable', 'rate-limited')) throw error;
    }
    await delay(againMs, undefined, { signal }).catch(() => undefined);
    // A log may end before its container does: nodes rotate theirs, and servers have their limits.
    if (signal.aborted || (await isOver(cluster, run, isWhole))) return;
  }
}

/** Asked of the cluster: by the watch, which may be late, one run would be taken for the next. */
async function isOver(cluster: Cluster, { pod, container, id }: ContainerRun, isWhole: boolean): Promise<boolean> {
  const { name, namespace } = pod.metadata;
  const now = runOf(await cluster.api.find(podType, name, namespace), container);
  return now.id !== id || (isWhole && !now.runs);
}
