import { containersOf, waitOf } from '../kinds/kubernetes/containers.ts';
import { member, numberOf, textOf } from '../kinds/kubernetes/kube-json.ts';
import { readinessOf } from '../kinds/kubernetes/readiness.ts';
import { imagesOf } from '../kinds/kubernetes/roll-back.ts';
import type { KubeObject, KubernetesApi } from '../model/ports.ts';
import type { RunningStatus } from '../model/status.ts';
import type { Service, Spec } from '../spec/spec.ts';
import { isGoing, isReady } from './pods.ts';

type ServiceStatus = RunningStatus['services'][number];

/** What the Deployments and pods of an app tell. Asks the cluster why a service isn't ready, and nothing else. */
export async function runningStatus(
  api: KubernetesApi | undefined,
  spec: Spec,
  deployments: readonly KubeObject[],
  pods: readonly KubeObject[],
): Promise<RunningStatus> {
  const services = await Promise.all(
    spec.services.map(async (service) => {
      const live = deployments.find(({ metadata }) => metadata.name === service.name);
      return serviceStatus(api, service, live);
    }),
  );
  const problem = services.map((service) => service.problem).find((each) => each !== undefined);
  return {
    replicas: { wanted: sum(services.map((each) => each.wanted)), ready: sum(services.map((each) => each.ready)) },
    services,
    pods: pods.map(podStatus).toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    ...(problem !== undefined && { problem }),
  };
}

async function serviceStatus(
  api: KubernetesApi | undefined,
  service: Service,
  live: KubeObject | undefined,
): Promise<ServiceStatus> {
  const { name, replicas, path } = service;
  if (!live) return { name, wanted: typeof replicas === 'number' ? replicas : replicas.min, ready: 0 };
  const readiness = readinessOf(live);
  const problem = readiness.is === 'ready' ? undefined : await whyNot(api, live, path, readiness.why);
  const [image] = imagesOf(member(live.spec, 'template'));
  return {
    name,
    wanted: numberOf(member(live.spec, 'replicas')),
    ready: numberOf(member(live.status, 'readyReplicas')),
    ...(image !== undefined && { image }),
    ...(problem !== undefined && { problem }),
  };
}

async function whyNot(
  api: KubernetesApi | undefined,
  live: KubeObject,
  path: Service['path'],
  otherwise: string,
): Promise<string> {
  const { explainRollout } = await import('../kinds/kubernetes/rollout.ts');
  return (api && (await explainRollout(api, live, path))?.why) ?? otherwise;
}

function podStatus(pod: KubeObject): RunningStatus['pods'][number] {
  const containers = containersOf(pod);
  const waiting = containers.map((each) => waitOf(each)?.reason).find((reason) => reason !== undefined);
  return {
    name: pod.metadata.name,
    ready: isReady(pod),
    state: isGoing(pod) ? 'Terminating' : (waiting ?? (textOf(member(pod.status, 'phase')) || 'Unknown')),
    restarts: sum(containers.map((each) => each.restarts)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
