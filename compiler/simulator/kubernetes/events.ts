import { digest } from '../../base/digest.ts';
import type { KubeObject } from '../parts.ts';
import { must, timestamp, type Cluster } from './cluster.ts';
import { numberAt, textAt } from './json-object.ts';
import { inside } from './write-options.ts';
import { create, update } from './writes.ts';

export interface EventFacts {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  /** The part of the object that it is about: `spec.containers{app}`. */
  readonly fieldPath?: string;
}

/** Events are forgotten after an hour of real time, as the real server does. */
const eventLifeMs = 3600 * 1000;
const forgetEvery = 20;

/** Notes that something happened to an object; the same thing again only counts up. */
export function recordEvent(
  cluster: Cluster,
  about: KubeObject,
  { type, reason, message, component, fieldPath }: EventFacts,
): void {
  const resource = must('events');
  const namespace = about.metadata.namespace ?? 'default';
  const home = cluster.storage.get(must('namespaces'), '', namespace);
  if (!home || home.metadata.deletionTimestamp !== undefined) return;
  const now = timestamp(cluster);
  const { name, uid, resourceVersion } = about.metadata;
  const { apiVersion, kind } = about;
  // The same event has the same name, so that it is found without looking at all others.
  const eventName = `${name.slice(0, 230)}.${digest([uid, fieldPath, component, reason, message]).slice(0, 16)}`;
  const again = cluster.storage.get(resource, namespace, eventName);
  if (again) {
    const count = (numberAt(again, 'count') ?? 1) + 1;
    update(cluster, resource, again, { ...again, count, lastTimestamp: now }, inside(component));
    return;
  }
  create(
    cluster,
    resource,
    namespace,
    {
      metadata: { name: eventName, namespace },
      involvedObject: {
        kind,
        namespace: about.metadata.namespace ?? '',
        name,
        uid,
        apiVersion,
        resourceVersion,
        ...(fieldPath === undefined ? {} : { fieldPath }),
      },
      reason,
      message,
      source: { component },
      reportingComponent: component,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
    },
    inside(component),
  );
  forgetOld(cluster, namespace);
}

/** Looks at all events of a namespace, so not at each one that comes. */
function forgetOld(cluster: Cluster, namespace: string): void {
  const resource = must('events');
  const events = cluster.storage.list(resource, namespace);
  if (events.length % forgetEvery !== 0) return;
  const limit = cluster.clock.now() - eventLifeMs;
  for (const event of events) {
    if (Date.parse(textAt(event, 'lastTimestamp')) < limit) cluster.storage.remove(resource, event);
  }
}
