import type { Path } from '../../base/json.ts';
import type { Trouble } from '../../model/kind.ts';
import type { KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import { configKeys } from './config-keys.ts';
import { containersOf, lastWords } from './containers.ts';
import { eventsAbout } from './kube-events.ts';
import { member, textOf } from './kube-json.ts';
import { troubleOf } from './pod-trouble.ts';
import { conditionsOf } from './readiness.ts';
import { replicaSetsOf, revisionOf, selectorOf, templateHash } from './replica-sets.ts';

const pods: KubeType = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

/**
 * Why a Deployment isn't ready: the most telling thing that its newest pods show, or why there are none.
 * Undefined when nothing is wrong that can be seen. Never throws: an explanation is a courtesy.
 */
export async function explainRollout(
  api: KubernetesApi,
  deployment: KubeObject,
  path: Path,
): Promise<Trouble | undefined> {
  const refused = conditionsOf(deployment).find((each) => each.type === 'ReplicaFailure' && each.status === 'True');
  // Quota, pod security, a missing service account: said long before any deadline.
  if (refused) return { why: refused.message, look: configKeys(path).replicas, state: 'trouble' };
  try {
    return await troubleOf(api, await newestPods(api, deployment), path);
  } catch {
    return undefined;
  }
}

async function newestPods(api: KubernetesApi, deployment: KubeObject): Promise<readonly KubeObject[]> {
  const { namespace } = deployment.metadata;
  if (namespace === undefined) return [];
  const sets = await replicaSetsOf(api, deployment);
  const newest = sets.find((each) => revisionOf(each) === revisionOf(deployment));
  const hash = newest?.metadata.labels?.[templateHash];
  const labelSelector = hash === undefined ? selectorOf(deployment) : `${templateHash}=${hash}`;
  return labelSelector ? api.list(pods, { namespace, labelSelector }) : [];
}

/** Why a Job failed or goes nowhere: what its last pod said, or why there was none. Never throws. */
export async function explainJob(api: KubernetesApi, job: KubeObject, path: Path): Promise<Trouble | undefined> {
  const { name, namespace = '' } = job.metadata;
  try {
    const found = await api.list(pods, { namespace, labelSelector: `job-name=${name}` });
    const newest = found.toSorted((a, b) => createdAt(a).localeCompare(createdAt(b))).toReversed();
    const running = newest.filter((pod) => member(pod.status, 'phase') !== 'Failed');
    return (
      (await troubleOf(api, running, path)) ?? (await ended(api, newest, path)) ?? (await refusedPod(api, job, path))
    );
  } catch {
    return undefined;
  }
}

async function ended(api: KubernetesApi, newest: readonly KubeObject[], path: Path): Promise<Trouble | undefined> {
  for (const pod of newest) {
    for (const container of containersOf(pod)) {
      const code = member(container.state, 'terminated', 'exitCode');
      if (typeof code !== 'number' || code === 0) continue;
      // oxlint-disable-next-line no-await-in-loop -- returns: never a second round
      const said = await lastWords(api, pod, container.name, false);
      const why = `${container.name} exited with ${code}${said && `: ${said}`}`;
      return { why, look: configKeys(path).image, state: 'trouble' };
    }
  }
  return undefined;
}

async function refusedPod(api: KubernetesApi, job: KubeObject, path: Path): Promise<Trouble | undefined> {
  const last = (await eventsAbout(api, job)).findLast((each) => each.reason === 'FailedCreate');
  return last && { why: last.message, look: [path], state: 'trouble' };
}

function createdAt(pod: KubeObject): string {
  return textOf(member(pod.metadata, 'creationTimestamp'));
}
