import { setTimeout as delay } from 'node:timers/promises';
import { canonical } from '../base/json.ts';
import type { Cluster } from '../cloud/kubernetes/cluster.ts';
import { deploymentType } from '../kinds/kubernetes/types.ts';
import { namespaceOf } from '../kinds/names.ts';
import type { KubeObject, KubeType } from '../model/ports.ts';
import type { Status } from '../model/status.ts';
import type { Session } from '../session.ts';
import type { Spec } from '../spec/spec.ts';
import { appPods, podType } from './pods.ts';
import { runningStatus } from './running-status.ts';
import { readStatus } from './status.ts';

/** What no watch tells (drift, the database, an address) is asked for again after this long. */
const wholeEveryMs = 60_000;
/** Changes that come together are told together. */
const restMs = 300;

/**
 * The status, and again whenever it is another one, until the signal aborts. Pods and Deployments are watched, so that
 * what changes there costs no request.
 */
export async function* watchStatus(session: Session, spec: Spec, signal: AbortSignal): AsyncGenerator<Status> {
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  let whole = await readStatus(session, spec);
  let wholeAt = Date.now();
  let last = canonical(whole);
  yield whole;
  let follow: Follow | undefined;
  try {
    while (!signal.aborted) {
      follow ??= await openFollow(session, spec, until);
      await nextLook(follow, wholeAt + wholeEveryMs - Date.now(), until);
      await pause(restMs, until);
      if (signal.aborted) return;
      if (Date.now() - wholeAt >= wholeEveryMs) {
        whole = await readStatus(session, spec);
        wholeAt = Date.now();
      } else if (follow) {
        const { problem: _, ...rest } = whole;
        whole = { ...rest, ...(await runningStatus(follow.cluster.api, spec, follow.deployments(), follow.pods())) };
      }
      const now = canonical(whole);
      if (now !== last) yield whole;
      last = now;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop.abort();
  }
}

/** Until something has changed, or it is time to ask for everything. */
async function nextLook(follow: Follow | undefined, ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const waits = [pause(ms, AbortSignal.any([signal, over.signal]))];
  if (follow) waits.push(follow.changed());
  try {
    await Promise.race(waits);
  } finally {
    over.abort();
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
}

interface Follow {
  readonly cluster: Cluster;
  deployments(): readonly KubeObject[];
  pods(): readonly KubeObject[];
  /** Resolves when anything has changed since it was asked last. Throws when the watch has failed for good. */
  changed(): Promise<void>;
}

/** Undefined while there is no cluster to be watched. */
async function openFollow(session: Session, spec: Spec, signal: AbortSignal): Promise<Follow | undefined> {
  const cluster = await session.cluster().catch(() => undefined);
  if (!cluster) return undefined;
  let changed = Promise.withResolvers<void>();
  const seen = new Map<string, KubeObject>();
  const watch = async (type: KubeType): Promise<void> => {
    for await (const sight of cluster.watch(type, namespaceOf(spec), appPods(spec), signal)) {
      if (sight.is === 'all') for (const [uid, { kind }] of seen) if (kind === type.kind) seen.delete(uid);
      for (const object of sight.is === 'all' ? sight.objects : [sight.object]) {
        if (sight.is === 'gone') seen.delete(object.metadata.uid ?? '');
        else seen.set(object.metadata.uid ?? '', object);
      }
      changed.resolve();
    }
  };
  const failed = Promise.all([watch(deploymentType), watch(podType)]).then(() => undefined);
  failed.catch(() => undefined); // told by whoever waits for a change
  const those = (type: KubeType): KubeObject[] => [...seen.values()].filter(({ kind }) => kind === type.kind);
  return {
    cluster,
    deployments: () => those(deploymentType),
    pods: () => those(podType),
    async changed() {
      await Promise.race([changed.promise, failed]);
      changed = Promise.withResolvers<void>();
    },
  };
}
