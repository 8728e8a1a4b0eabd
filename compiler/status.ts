import { hasChanges } from './model/change.ts';
import type { Ctx, KubeObject } from './model/ports.ts';
import type { Seen } from './engine/observe.ts';
import { deploymentId } from './kinds/kubernetes/deployment.ts';
import { serviceId } from './kinds/kubernetes/service.ts';
import { deploymentType } from './kinds/kubernetes/types.ts';
import type { Status } from './model/status.ts';
import type { Session } from './session.ts';
import type { Spec } from './spec/schema.ts';

/** Looks once, and sums up. Changes nothing. */
export async function readStatus(session: Session, spec: Spec): Promise<Status> {
  const { plan, live } = await session.prepare('apply');
  const ctx = session.look('survey');
  const [deployment, pods] = await Promise.all([readDeployment(ctx, spec), readPods(ctx, spec)]);
  const service = live.get(serviceId(spec));
  const app = live.get(deploymentId(spec));
  const problem =
    app?.is === 'present' && app.readiness.is !== 'ready' ? await explain(session, spec, app.readiness.why) : undefined;
  const place = service?.is === 'present' && service.outputs['address'];
  return {
    app: spec.name,
    project: spec.project,
    ...(place && { address: { host: place, port: Number(service.outputs['port']) } }),
    resources: [...session.graph.resources.values()].map(({ id, title }) => ({
      address: id,
      title,
      state: stateOf(live.get(id)),
    })),
    replicas: { wanted: deployment?.spec?.replicas ?? spec.replicas, ready: deployment?.status?.readyReplicas ?? 0 },
    pods,
    ...(problem && { problem }),
    changes: hasChanges(plan) ? plan.changes.filter(({ action }) => action !== 'noop' && action !== 'keep').length : 0,
  };
}

function stateOf(seen: Seen | undefined): string {
  if (!seen || seen.is === 'absent') return 'absent';
  if (seen.is === 'unreachable') return `unknown: ${seen.because}`;
  return seen.readiness.is === 'ready' ? 'ready' : `${seen.readiness.is}: ${seen.readiness.why}`;
}

interface Deployment {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number };
}

async function readDeployment(ctx: Ctx, spec: Spec): Promise<Deployment | undefined> {
  const kubernetes = await ctx.kubernetes();
  return (await kubernetes?.find(deploymentType, spec.name, spec.name)) as Deployment | undefined;
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
  const labelSelector = `app.kubernetes.io/name=${spec.name}`;
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
    restarts: containers.reduce((sum, each) => sum + (each.restartCount ?? 0), 0),
  };
}

async function explain(session: Session, spec: Spec, why: string): Promise<string> {
  const kubernetes = await session.look('close').kubernetes();
  const live = await kubernetes?.find(deploymentType, spec.name, spec.name);
  if (!kubernetes || !live) return why;
  const { explainRollout } = await import('./kinds/kubernetes/rollout.ts');
  return (await explainRollout(kubernetes, live)) ?? why;
}
