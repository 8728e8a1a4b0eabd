import type { Path } from '../../base/json.ts';
import type { Trouble } from '../../model/kind.ts';
import type { KubeObject, KubernetesApi } from '../../model/ports.ts';
import { configKeys, type ConfigKeys } from './config-keys.ts';
import { complaintOf, containersOf, endOf, lastWords, proxyName, waitOf, type Container } from './containers.ts';
import { eventsAbout, type KubeEvent } from './kube-events.ts';
import { itemsOf, member, textOf } from './kube-json.ts';
import { conditionsOf } from './readiness.ts';

/** Waiting for one of these is how every container starts. */
const ordinaryWaits = new Set(['ContainerCreating', 'PodInitializing']);
/** The kubelet tries these again, and meets the same again until somebody mends it. */
const stuckWaits = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
]);
/** What the cluster's autoscaler says of a pod that has no node. */
const scaleUps = new Set(['TriggeredScaleUp', 'NotTriggerScaleUp', 'FailedScaleUp']);
/** So often a program has crashed before it counts as one that always will: with the kubelet's back-off, five minutes. */
const restartsMax = 5;
/** A probe that fails in the first moments has met a program that was still starting; readiness is asked after that. */
const failuresOfStart = { starting: 2, started: 1 };

/**
 * The most telling thing that pods show, of those that are not ready; undefined when nothing can be seen. Reads logs and
 * events only of the one pod that has something to tell. https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/
 */
export async function troubleOf(
  api: KubernetesApi,
  pods: readonly KubeObject[],
  path: Path,
): Promise<Trouble | undefined> {
  const unready = pods.filter((pod) => !isReady(pod) && pod.metadata.deletionTimestamp === undefined);
  // A program without probes counts as ready in between its crashes.
  const between = pods.filter((pod) => isReady(pod) && containersOf(pod).some(hasRestarted));
  const keys = configKeys(path);
  return (
    (await firstOf([unschedulable, waiting, refusedByProxy, crashed, unhealthy, dead], api, unready, keys)) ??
    firstOf([restarted], api, between, keys)
  );
}

async function firstOf(
  looks: readonly Look[],
  api: KubernetesApi,
  pods: readonly KubeObject[],
  keys: ConfigKeys,
): Promise<Trouble | undefined> {
  for (const look of looks) {
    for (const pod of pods) {
      // oxlint-disable-next-line no-await-in-loop -- the first that tells something ends it
      const found = await look({ api, pod, keys });
      if (!found) continue;
      const why = pods.length > 1 ? `${found.why} [${pods.length} pods]` : found.why;
      return { ...found, why, ...(pods.every(isStuck) && { state: 'stuck' }) };
    }
  }
  return undefined;
}

interface Asked {
  readonly api: KubernetesApi;
  readonly pod: KubeObject;
  readonly keys: ConfigKeys;
}

type Look = (asked: Asked) => Promise<Trouble | undefined>;

function isReady(pod: KubeObject): boolean {
  return (
    member(pod.status, 'phase') === 'Succeeded' ||
    conditionsOf(pod).some((each) => each.type === 'Ready' && each.status === 'True')
  );
}

/** By what the pod itself shows, without asking for more. */
function isStuck(pod: KubeObject): boolean {
  return containersOf(pod).some(
    (each) =>
      stuckWaits.has(waitOf(each)?.reason ?? '') ||
      ((!each.ready || hasRestarted(each)) && each.restarts >= restartsMax),
  );
}

/** On Autopilot a pod without a node is how a new node is asked for: the autoscaler says whether one comes. */
const unschedulable: Look = async ({ api, pod, keys }) => {
  const found = conditionsOf(pod).find((each) => each.type === 'PodScheduled' && each.reason === 'Unschedulable');
  if (!found) return undefined;
  const why = `no node has room for it: ${firstSentence(found.message)}`;
  const said = await eventsAbout(api, pod);
  const last = said.findLast((each) => scaleUps.has(each.reason));
  if (last?.reason === 'TriggeredScaleUp') return { why: `${why}; a node is on its way`, state: 'starting' };
  const more = last ? `; no node can be added: ${firstSentence(last.message)}` : '';
  return { why: `${why}${more}`, look: keys.room, state: 'trouble' };
};

const waiting: Look = async ({ pod, keys }) => {
  for (const container of containersOf(pod)) {
    const wait = waitOf(container);
    if (!wait || ordinaryWaits.has(wait.reason) || wait.reason === 'CrashLoopBackOff') continue;
    const message = firstSentence(wait.message);
    const why = `${wait.reason} ${container.name} (${container.image})${message && `: ${message}`}`;
    const isConfig = wait.reason === 'CreateContainerConfigError';
    const look = isConfig ? missingKey(pod, container, wait.message, keys) : keys.image;
    return { why, look: container.name === proxyName && !isConfig ? keys.database : look, state: 'trouble' };
  }
  return undefined;
};

/** Which variable wants what is not there: the message quotes the name of the Secret or the ConfigMap. */
function missingKey(pod: KubeObject, { name }: Container, message: string, keys: ConfigKeys): readonly Path[] {
  const lists = [member(pod.spec, 'initContainers'), member(pod.spec, 'containers')].flatMap(itemsOf);
  const env = itemsOf(
    member(
      lists.find((each) => member(each, 'name') === name),
      'env',
    ),
  );
  const wanted = env.filter((each) => {
    const ref = member(each, 'valueFrom', 'secretKeyRef');
    return ref !== undefined && message.includes(textOf(member(ref, 'name')));
  });
  const exact = wanted.find((each) => message.includes(textOf(member(each, 'valueFrom', 'secretKeyRef', 'key'))));
  const variable = exact ?? wanted[0];
  return variable === undefined ? keys.env : keys.secret(textOf(member(variable, 'name')));
}

/** A program that has no database says so in its own words; why it has none, the proxy says. */
const refusedByProxy: Look = async ({ api, pod, keys }) => {
  const all = containersOf(pod);
  const proxy = all.find((each) => each.name === proxyName);
  if (!proxy) return undefined;
  const why = (words: string): Trouble => ({
    why: `the Cloud SQL proxy was refused: ${words}`,
    look: keys.database,
    state: 'trouble',
  });
  if (hasCrashed(proxy)) {
    const words = await lastWords(api, pod, proxyName, waitOf(proxy) !== undefined || endOf(proxy) !== undefined);
    return words === '' ? undefined : why(words);
  }
  const complaint = all.some((each) => each !== proxy && !each.ready) && (await complaintOf(api, pod, proxyName));
  return complaint ? why(complaint) : undefined;
};

function hasCrashed(container: Container): boolean {
  const end = endOf(container);
  return !container.ready && end !== undefined && member(end, 'exitCode') !== 0;
}

function hasRestarted(container: Container): boolean {
  const end = endOf(container);
  return container.restarts > 0 && end !== undefined && member(end, 'exitCode') !== 0;
}

const crashed: Look = async (asked) => crashOf(asked, containersOf(asked.pod).find(hasCrashed));

const restarted: Look = async (asked) => crashOf(asked, containersOf(asked.pod).find(hasRestarted));

async function crashOf({ api, pod, keys }: Asked, container: Container | undefined): Promise<Trouble | undefined> {
  if (!container) return undefined;
  const end = endOf(container);
  if (member(end, 'reason') === 'OOMKilled')
    return { why: `${container.name} ran out of memory, again and again`, look: keys.memory, state: 'trouble' };
  const killed = await killedByProbe(api, pod, keys);
  if (killed) return { ...killed, why: `${container.name} is killed and started again: ${killed.why}` };
  const code = member(end, 'exitCode');
  const isBetween = member(container.state, 'terminated') !== undefined;
  const again = container.restarts > 0 || !isBetween ? ', again and again' : '';
  const said = await lastWords(api, pod, container.name, !isBetween);
  const how = `exited with ${typeof code === 'number' ? code : 'an error'}${again}`;
  return { why: `${container.name} ${how}${said && `: ${said}`}`, look: keys.image, state: 'trouble' };
}

/** A pod that is not being deleted has its containers killed for their probes alone. */
async function killedByProbe(api: KubernetesApi, pod: KubeObject, keys: ConfigKeys): Promise<Trouble | undefined> {
  const said = await eventsAbout(api, pod).catch(() => []);
  if (!said.some((each) => each.reason === 'Killing')) return undefined;
  const last = said.findLast((each) => each.reason === 'Unhealthy' && !isReadiness(each.message));
  return last && { why: last.message, look: keysOfProbe(last, keys), state: 'trouble' };
}

/** Which probe it was, an event says with its first word only. */
function isReadiness(message: string): boolean {
  return message.startsWith('Readiness');
}

function keysOfProbe({ message, container }: KubeEvent, keys: ConfigKeys): readonly Path[] {
  if (container === proxyName) return keys.database;
  return isReadiness(message) ? keys.readiness : keys.liveness;
}

const unhealthy: Look = async ({ api, pod, keys }) => {
  const condition = conditionsOf(pod).find((each) => each.type === 'Ready' && each.status === 'False');
  if (!condition || !containersOf(pod).some(({ state }) => member(state, 'running') !== undefined)) return undefined;
  const complaints = (await eventsAbout(api, pod)).filter((each) => each.reason === 'Unhealthy');
  const last = complaints.at(-1);
  if (!last) return condition.message === '' ? undefined : { why: condition.message, state: 'starting' };
  const times = complaints.reduce((sum, each) => sum + each.count, 0);
  const harmless = isReadiness(last.message) ? failuresOfStart.started : failuresOfStart.starting;
  return {
    why: last.message,
    look: keysOfProbe(last, keys),
    state: times > harmless ? 'trouble' : 'starting',
  };
};

const dead: Look = async ({ pod }) => {
  const { status } = pod;
  if (member(status, 'phase') !== 'Failed') return undefined;
  const words = [textOf(member(status, 'reason')) || 'failed', textOf(member(status, 'message'))];
  return { why: words.filter((part) => part !== '').join(': '), state: 'trouble' };
};

function firstSentence(text: string): string {
  return (text.split('. ')[0] ?? '').trim().replace(/\.$/, '');
}
