import { hasChanges } from './model/change.ts';
import type { Ctx, KubeObject } from './model/ports.ts';
import type { LiveState, Seen } from './engine/observe.ts';
import { deploymentId } from './kinds/kubernetes/deployment.ts';
import { mainEntrance, serviceId } from './kinds/kubernetes/service.ts';
import { deploymentType } from './kinds/kubernetes/types.ts';
import type { Status } from './model/status.ts';
import type { Session } from './session.ts';
import type { Service, Spec } from './spec/spec.ts';

/** Looks once, and sums up. Changes nothing. */
export async function readStatus(session: Session, spec: Spec): Promise<Status> {
  const { plan, live } = await session.prepare('apply');
  const ctx = session.look('survey');
  const [services, pods] = await Promise.all([
    Promise.all(
      spec.services.map(async (service) => readService(session, ctx, spec, service, live.get(deploymentId(service)))),
    ),
    readPods(ctx, spec),
  ]);
  const entrance = entranceOf(spec, live);
  const problem = services.map((service) => service.problem).find((each) => each !== undefined);
  return {
    app: spec.name,
    project: spec.project,
    ...(entrance && { entrance }),
    resources: [...session.graph.resources.values()].map(({ id, title }) => ({
      address: id,
      title,
      state: stateOf(live.get(id)),
    })),
    replicas: { wanted: sum(services.map((each) => each.wanted)), ready: sum(services.map((each) => each.ready)) },
    services,
    pods,
    ...(problem && { problem }),
    changes: hasChanges(plan) ? plan.changes.filter(({ action }) => action !== 'noop' && action !== 'keep').length : 0,
  };
}

function entranceOf(spec: Spec, live: LiveState): Status['entrance'] {
  const main = mainEntrance(spec);
  const seen = main && live.get(serviceId(main.service));
  if (!main || seen?.is !== 'present' || !seen.outputs['address']) return undefined;
  return { service: main.service, host: seen.outputs['address'], port: main.port };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function stateOf(seen: Seen | undefined): string {
  if (!seen || seen.is === 'absent') return 'absent';
  if (seen.is === 'unreachable') return `unknown: ${seen.because}`;
  if (seen.is === 'unserved') return `left out: ${seen.because}`;
  return seen.readiness.is === 'ready' ? 'ready' : `${seen.readiness.is}: ${seen.readiness.why}`;
}

interface Deployment {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number };
}

type ServiceStatus = Status['services'][number];

async function readService(
  session: Session,
  ctx: Ctx,
  spec: Spec,
  service: Service,
  seen: Seen | undefined,
): Promise<ServiceStatus> {
  const kubernetes = await ctx.kubernetes();
  const found = (await kubernetes?.find(deploymentType, service.name, spec.name)) as Deployment | undefined;
  const { replicas } = service;
  const problem =
    seen?.is === 'present' && seen.readiness.is !== 'ready'
      ? await explain(session, spec, service, seen.readiness.why)
      : undefined;
  return {
    name: service.name,
    wanted: found?.spec?.replicas ?? (typeof replicas === 'number' ? replicas : replicas.min),
    ready: found?.status?.readyReplicas ?? 0,
    ...(problem && { problem }),
  };
}

interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly containerStatuses?: readonly {
    readonly restartCount?: number;
    readonly state?: { readonly waiting?: { readonly reason?: string } };
  }[];
}

async function readPods(ctx: Ctx, spec: Spec): Promise<Status['pods']> {
  const kubernetes = await ctx.kubernetes();
  const type = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
  const labelSelector = `app.kubernetes.io/part-of=${spec.name}`;
  const found = (await kubernetes?.list(type, { namespace: spec.name, labelSelector })) ?? [];
  return found.map(podLine).toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function podLine(pod: KubeObject): Status['pods'][number] {
  const status = (pod.status ?? {}) as PodStatus;
  const containers = status.containerStatuses ?? [];
  const waiting = containers.map((each) => each.state?.waiting?.reason).find((reason) => reason !== undefined);
  return {
    name: pod.metadata.name,
    ready: status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false,
    state: pod.metadata.deletionTimestamp ? 'Terminating' : (waiting ?? status.phase ?? 'Unknown'),
    restarts: sum(containers.map((each) => each.restartCount ?? 0)),
  };
}

async function explain(session: Session, spec: Spec, service: Service, why: string): Promise<string> {
  const kubernetes = await session.look('close').kubernetes();
  const live = await kubernetes?.find(deploymentType, service.name, spec.name);
  if (!kubernetes || !live) return why;
  const { explainRollout } = await import('./kinds/kubernetes/rollout.ts');
  return (await explainRollout(kubernetes, live, service.path))?.why ?? why;
}
