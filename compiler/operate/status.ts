import type { LiveState, Seen } from '../engine/observe.ts';
import { getSqlInstance, sqlInstanceId } from '../kinds/google/sql-instance.ts';
import { deploymentId } from '../kinds/kubernetes/deployment.ts';
import { listReleases } from '../kinds/kubernetes/release.ts';
import { mainEntrance, serviceId } from '../kinds/kubernetes/service.ts';
import { deploymentType } from '../kinds/kubernetes/types.ts';
import { namespaceOf } from '../kinds/names.ts';
import { hasChanges, type Plan } from '../model/change.ts';
import type { Ctx, KubeObject, KubernetesApi } from '../model/ports.ts';
import type { Release } from '../model/release.ts';
import type { Status } from '../model/status.ts';
import type { Session } from '../session.ts';
import type { Spec } from '../spec/spec.ts';
import { appPods, podType } from './pods.ts';
import { specHash } from './releases.ts';
import { runningStatus } from './running-status.ts';

/** Looks once, and sums up. Changes nothing. */
export async function readStatus(session: Session, spec: Spec): Promise<Status> {
  const { plan, live } = await session.prepare('apply');
  const ctx = session.look('survey');
  const kubernetes = await ctx.kubernetes();
  const [running, database, release] = await Promise.all([
    readRunning(kubernetes, spec, live),
    readDatabase(ctx, spec, live),
    kubernetes && newestRelease(kubernetes, spec),
  ]);
  const entrance = entranceOf(spec, live);
  return {
    app: spec.name,
    project: spec.project,
    ...(entrance && { entrance }),
    resources: [...session.graph.resources.values()].map(({ id, title }) => ({
      address: id,
      title,
      state: stateOf(live.get(id)),
    })),
    ...running,
    ...(database && { database }),
    ...(release && { release: shown(release) }),
    ...differences(plan, spec, release),
  };
}

async function readRunning(
  kubernetes: KubernetesApi | undefined,
  spec: Spec,
  live: LiveState,
): ReturnType<typeof runningStatus> {
  if (!kubernetes) return runningStatus(undefined, spec, [], []);
  const namespace = namespaceOf(spec);
  const there = spec.services.filter((service) => live.get(deploymentId(service))?.is === 'present');
  const [pods, deployments] = await Promise.all([
    kubernetes.list(podType, { namespace, labelSelector: appPods(spec) }),
    Promise.all(there.map(async ({ name }) => kubernetes.find(deploymentType, name, namespace))),
  ]);
  const found = deployments.filter((each): each is KubeObject => each !== undefined);
  return runningStatus(kubernetes, spec, found, pods);
}

async function readDatabase(ctx: Ctx, spec: Spec, live: LiveState): Promise<Status['database']> {
  const { db } = spec;
  if (!db) return undefined;
  const isThere = live.get(sqlInstanceId(spec))?.is === 'present';
  const found = isThere ? await getSqlInstance(ctx, spec.project, db.instance) : undefined;
  return {
    instance: db.instance,
    state: found ? String(found.state) : 'absent',
    version: found ? String(found.databaseVersion) : db.version,
    tier: found?.settings?.tier ?? db.tier,
    databases: db.databases,
  };
}

async function newestRelease(kubernetes: KubernetesApi, spec: Spec): Promise<Release | undefined> {
  return (await listReleases(kubernetes, spec.name, namespaceOf(spec)))[0]?.release;
}

function shown({ number, at, by, rolled_back_to }: Release): NonNullable<Status['release']> {
  return {
    number,
    at,
    ...(by !== undefined && { by }),
    ...(rolled_back_to !== undefined && { rolled_back_to }),
  };
}

/** With the config that was applied last, a difference is live's doing; with another, it is what the next apply is for. */
function differences(
  plan: Plan,
  spec: Spec,
  release: Release | undefined,
): Pick<Status, 'changes' | 'changed' | 'drift'> {
  const all = hasChanges(plan) ? plan.changes.filter(({ action }) => action !== 'noop' && action !== 'keep') : [];
  const isSame = release && release.spec_hash === specHash(spec);
  return {
    changes: all.length,
    changed: all.map(({ id }) => id),
    ...(release && { drift: isSame === true && all.length > 0 }),
  };
}

function entranceOf(spec: Spec, live: LiveState): Status['entrance'] {
  const main = mainEntrance(spec);
  const seen = main && live.get(serviceId(main.service));
  if (!main || seen?.is !== 'present' || !seen.outputs['address']) return undefined;
  return { service: main.service, host: seen.outputs['address'], port: main.port };
}

function stateOf(seen: Seen | undefined): string {
  if (!seen || seen.is === 'absent') return 'absent';
  if (seen.is === 'unreachable') return `unknown: ${seen.because}`;
  if (seen.is === 'unserved') return `left out: ${seen.because}`;
  return seen.readiness.is === 'ready' ? 'ready' : `${seen.readiness.is}: ${seen.readiness.why}`;
}
