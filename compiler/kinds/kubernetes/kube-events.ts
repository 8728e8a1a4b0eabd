import type { KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import { member, numberOf, textOf } from './kube-json.ts';

const eventType: KubeType = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** What a cluster has said about one object. */
export interface KubeEvent {
  readonly reason: string;
  readonly message: string;
  /** Which container of the object it is about, if it is about one. */
  readonly container: string | undefined;
  /** How often it was said. */
  readonly count: number;
}

/** The events about an object, oldest first. */
export async function eventsAbout(api: KubernetesApi, { metadata }: KubeObject): Promise<readonly KubeEvent[]> {
  const { namespace = '', uid = '' } = metadata;
  const found = await api.list(eventType, { namespace, fieldSelector: `involvedObject.uid=${uid}` });
  return found
    .toSorted((a, b) => timeOf(a).localeCompare(timeOf(b)))
    .map((event) => ({
      reason: textOf(member(event, 'reason')),
      message: textOf(member(event, 'message')),
      container: /\{(.+)\}$/.exec(textOf(member(event, 'involvedObject', 'fieldPath')))?.[1],
      count: numberOf(member(event, 'series', 'count')) || numberOf(member(event, 'count')) || 1,
    }));
}

/** Events come in an older and a newer shape, with the time in different places. */
function timeOf(event: KubeObject): string {
  return (
    textOf(member(event, 'series', 'lastObservedTime')) ||
    textOf(member(event, 'lastTimestamp')) ||
    textOf(member(event, 'eventTime'))
  );
}
