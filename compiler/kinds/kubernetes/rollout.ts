import { isObject } from '../../base/json.ts';
import type { KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import { conditionsOf } from './readiness.ts';

const replicaSets: KubeType = { apiVersion: 'apps/v1', kind: 'ReplicaSet', plural: 'replicasets', namespaced: true };
const pods: KubeType = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const events: KubeType = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** Waiting for one of these is how every container starts. */
const ordinaryWaits = new Set(['', 'ContainerCreating', 'PodInitializing']);

const revision = 'deployment.kubernetes.io/revision';

/**
 * One line on why a Deployment isn't ready: the most telling thing that its newest pods show.
 * Undefined when nothing is wrong that can be seen. Never throws: an explanation is a courtesy.
 */
export async function explainRollout(api: KubernetesApi, deployment: KubeObject): Promise<string | undefined> {
  const refused = conditionsOf(deployment).find((each) => each.type === 'ReplicaFailure' && each.status === 'True');
  if (refused) return refused.message; // quota, pod security, a missing service account: long before any deadline
  try {
    const newest = await newestPods(api, deployment);
    for (const look of [unschedulable, waiting, notReady, dead]) {
      for (const pod of newest) {
        // oxlint-disable-next-line no-await-in-loop -- the first that tells something ends it
        const why = await look(api, pod);
        if (why !== undefined) return newest.length > 1 ? `${why} [${newest.length} pods]` : why;
      }
    }
    return undefined;
  } catch {
    return undefined;
  }
}

/** One line on why a Job failed: what its last pod said, or why there was none. Never throws. */
export async function explainJob(api: KubernetesApi, job: KubeObject): Promise<string | undefined> {
  const { name, namespace = '' } = job.metadata;
  try {
    const found = await api.list(pods, { namespace, labelSelector: `job-name=${name}` });
    const newest = found.toSorted((a, b) => createdAt(a).localeCompare(createdAt(b))).toReversed();
    for (const pod of newest) {
      // oxlint-disable-next-line no-await-in-loop -- the first that tells something ends it
      const why = (await waiting(api, pod)) ?? (await ended(api, pod));
      if (why !== undefined) return why;
    }
    return undefined;
  } catch {
    return undefined;
  }
}

const ended: Look = async (api, pod) => {
  for (const container of containersOf(pod)) {
    const code = member(member(container.state, 'terminated'), 'exitCode');
    if (typeof code !== 'number' || code === 0) continue;
    // oxlint-disable-next-line no-await-in-loop -- returns: never a second round
    const said = await lastLines(api, pod, container.name, false);
    return `${container.name} exited with ${code}${said && `: ${said}`}`;
  }
  return undefined;
};

function createdAt(pod: KubeObject): string {
  return textOf(member(pod.metadata, 'creationTimestamp'));
}

async function newestPods(api: KubernetesApi, deployment: KubeObject): Promise<readonly KubeObject[]> {
  const { namespace, uid, annotations } = deployment.metadata;
  if (namespace === undefined) return [];
  const selector = selectorOf(deployment);
  const sets = await api.list(replicaSets, { namespace, ...(selector && { labelSelector: selector }) });
  const owned = sets.filter((each) => each.metadata.ownerReferences?.some((owner) => owner.uid === uid));
  const newest = owned.find((each) => each.metadata.annotations?.[revision] === annotations?.[revision]);
  const hash = newest?.metadata.labels?.['pod-template-hash'];
  const labelSelector = hash === undefined ? selector : `pod-template-hash=${hash}`;
  return labelSelector ? api.list(pods, { namespace, labelSelector }) : [];
}

function selectorOf(deployment: KubeObject): string {
  const labels = member(member(deployment.spec, 'selector'), 'matchLabels');
  return isObject(labels)
    ? Object.entries(labels)
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(',')
    : '';
}

type Look = (api: KubernetesApi, pod: KubeObject) => string | undefined | Promise<string | undefined>;

const unschedulable: Look = (_api, pod) => {
  const found = conditionsOf(pod).find((each) => each.type === 'PodScheduled' && each.reason === 'Unschedulable');
  return found && `no node has room for it: ${firstSentence(found.message)}`;
};

const waiting: Look = async (api, pod) => {
  for (const container of containersOf(pod)) {
    const state = member(container.state, 'waiting');
    const reason = textOf(member(state, 'reason'));
    if (ordinaryWaits.has(reason)) continue;
    const message = firstSentence(textOf(member(state, 'message')));
    if (reason !== 'CrashLoopBackOff')
      return `${reason} ${container.name} (${container.image})${message && `: ${message}`}`;
    // oxlint-disable-next-line no-await-in-loop -- returns: never a second round
    return crash(api, pod, container);
  }
  return undefined;
};

async function crash(api: KubernetesApi, pod: KubeObject, container: Container): Promise<string> {
  const last = member(container.lastState, 'terminated');
  const reason = textOf(member(last, 'reason'));
  const code = member(last, 'exitCode');
  const how =
    reason === 'OOMKilled' ? 'ran out of memory' : `exited with ${typeof code === 'number' ? code : 'an error'}`;
  const said = await lastLines(api, pod, container.name, true);
  return `${container.name} ${how}, again and again${said && `: ${said}`}`;
}

async function lastLines(api: KubernetesApi, pod: KubeObject, container: string, previous: boolean): Promise<string> {
  const { name, namespace = '' } = pod.metadata;
  try {
    const log = await api.logs(namespace, name, container, { tailLines: 5, previous });
    const lines = log.split('\n').map((line) => line.trim());
    return lines
      .filter((line) => line !== '')
      .join(' | ')
      .slice(-400);
  } catch {
    return ''; // the kubelet has thrown the log away, or we may not read it
  }
}

const notReady: Look = async (api, pod) => {
  const condition = conditionsOf(pod).find((each) => each.type === 'Ready' && each.status === 'False');
  if (!condition || !containersOf(pod).some((each) => member(each.state, 'running') !== undefined)) return undefined;
  const { namespace = '', uid } = pod.metadata;
  const all = await api.list(events, { namespace });
  const about = all.filter(
    (event) => member(member(event, 'involvedObject'), 'uid') === uid && member(event, 'reason') === 'Unhealthy',
  );
  const last = about.toSorted((a, b) => timeOf(a).localeCompare(timeOf(b))).at(-1);
  return last ? textOf(member(last, 'message')) || undefined : condition.message || undefined;
};

const dead: Look = (_api, pod) => {
  const status = pod.status;
  if (member(status, 'phase') !== 'Failed') return undefined;
  return [textOf(member(status, 'reason')) || 'failed', textOf(member(status, 'message'))]
    .filter((part) => part !== '')
    .join(': ');
};

interface Container {
  readonly name: string;
  readonly image: string;
  readonly state: unknown;
  readonly lastState: unknown;
}

/** Init containers first: nothing else starts before them. */
function containersOf(pod: KubeObject): Container[] {
  const lists = [member(pod.status, 'initContainerStatuses'), member(pod.status, 'containerStatuses')];
  return lists
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .map((each: unknown) => ({
      name: textOf(member(each, 'name')),
      image: textOf(member(each, 'image')),
      state: member(each, 'state'),
      lastState: member(each, 'lastState'),
    }));
}

/** Events come in an older and a newer shape, with the time in different places. */
function timeOf(event: KubeObject): string {
  return (
    textOf(member(member(event, 'series'), 'lastObservedTime')) ||
    textOf(member(event, 'lastTimestamp')) ||
    textOf(member(event, 'eventTime'))
  );
}

function firstSentence(text: string): string {
  return (text.split('. ')[0] ?? '').trim().replace(/\.$/, '');
}

function member(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
