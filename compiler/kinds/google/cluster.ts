import { isCloudError } from '../../base/errors.ts';
import { defineKind, type Readiness } from '../../model/kind.ts';
import type { ClusterBody, Ctx } from '../../model/ports.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { foreignInCluster } from '../kubernetes/foreign.ts';
import { networkOf } from '../names.ts';
import { enabledApisId } from './enabled-apis.ts';
import { listOwned } from './listing.ts';
import { lastPart, ourPart, ownLabels, ownerByLabels } from './marks.ts';

type ClusterPlace = Pick<Cluster, 'project' | 'location' | 'name'>;

/** A GKE Autopilot cluster. Autopilot presets workload identity, nodes and monitoring: we neither send nor compare them. */
export interface Cluster {
  readonly project: string;
  readonly location: string;
  readonly name: string;
  readonly network: string;
  readonly autopilot: boolean;
  readonly releaseChannel: string;
  readonly labels: Readonly<Record<string, string>>;
}

export function clusterId(spec: Spec): ResourceId | undefined {
  return 'name' in spec.cluster ? address('google.cluster', spec.cluster.name) : undefined;
}

export const cluster = defineKind<Cluster, { endpoint: string }>({
  name: 'google.cluster',
  docs: 'https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters',
  typicalSeconds: 360,
  keptWhenUndeclared: 'no longer in the config; to remove the cluster, destroy it under its old name',
  *declare(spec) {
    if (!('name' in spec.cluster)) return;
    const { name } = spec.cluster;
    const place = { project: spec.project, location: spec.region, name, network: networkOf(spec) };
    const desired = { ...place, autopilot: true, releaseChannel: 'REGULAR', labels: ownLabels(spec.name) };
    yield { key: name, desired, after: [enabledApisId(spec)], path: ['cluster'] };
  },
  title: (desired) => `Autopilot cluster ${desired.name} (${desired.location})`,
  rules: {
    project: 'immutable',
    location: 'immutable',
    name: 'immutable',
    network: 'immutable',
    autopilot: 'immutable',
    releaseChannel: { rule: 'mutable', same: (want, live) => want === live || live === 'UNSPECIFIED' },
    labels: 'mutable',
  },
  lock: (desired) => `cluster ${desired.name}`,
  async observe(ctx, want) {
    const found = await getCluster(ctx, want);
    if (!found) return { is: 'absent' };
    const live = {
      ...want,
      network: lastPart(found.network ?? 'default'),
      autopilot: found.autopilot?.enabled === true,
      releaseChannel: String(found.releaseChannel?.channel ?? 'UNSPECIFIED'),
      labels: ourPart(found.resourceLabels, want.labels),
    };
    const owner = ownerByLabels(found.resourceLabels, ctx.app);
    const outputs = { endpoint: found.endpoint ?? '' };
    return { is: 'present', owner, want, live, outputs, readiness: await readinessOf(ctx, want, found) };
  },
  async create(ctx, want) {
    const { project, location, name, network, releaseChannel, labels } = want;
    const body: ClusterBody = {
      name,
      network,
      autopilot: { enabled: true },
      ipAllocationPolicy: { useIpAliases: true },
      releaseChannel: { channel: releaseChannel as 'REGULAR' },
      resourceLabels: labels,
    };
    return (await ctx.google.container()).createCluster(`projects/${project}/locations/${location}`, body);
  },
  async update(ctx, want, fields) {
    const api = await ctx.google.container();
    const found = await getCluster(ctx, want);
    if (fields.some((field) => field.path.startsWith('labels'))) {
      const labels = { ...found?.resourceLabels, ...want.labels };
      return api.setLabels(nameOf(want), labels, found?.labelFingerprint ?? '');
    }
    const desiredReleaseChannel = { channel: want.releaseChannel as 'REGULAR' };
    return api.updateCluster(nameOf(want), { desiredReleaseChannel, ...(found?.etag && { etag: found.etag }) });
  },
  async remove(ctx, want) {
    return (await ctx.google.container()).deleteCluster(nameOf(want));
  },
  holdsForeign: foreignInCluster,
  async owned(ctx) {
    const { project, app } = ctx;
    const found = await listOwned(ctx, async () => (await ctx.google.container()).listClusters(project));
    return found
      .filter((each) => ownerByLabels(each.resourceLabels, app) === 'us')
      .map((each) => {
        const name = each.name ?? '';
        const place = { project, location: each.location ?? '', name, network: lastPart(each.network) };
        return { key: name, desired: { ...place, autopilot: true, releaseChannel: 'REGULAR', labels: ownLabels(app) } };
      });
  },
});

function nameOf({ project, location, name }: ClusterPlace): string {
  return `projects/${project}/locations/${location}/clusters/${name}`;
}

/** What GKE says of a cluster; undefined when there is none, or its API is off. Read once in a look. */
export async function readCluster(ctx: Ctx, place: ClusterPlace): Promise<ClusterBody | undefined> {
  try {
    return await getCluster(ctx, place);
  } catch (error) {
    if (isCloudError(error, 'api-disabled')) return undefined;
    throw error;
  }
}

async function getCluster(ctx: Ctx, place: ClusterPlace): Promise<ClusterBody | undefined> {
  const name = nameOf(place);
  return ctx.once(name, async () => {
    try {
      return await (await ctx.google.container()).getCluster(name);
    } catch (error) {
      if (isCloudError(error, 'not-found')) return undefined;
      throw error;
    }
  });
}

/** RECONCILING is usable; a failed create leaves ERROR, which only deleting mends. */
async function readinessOf(ctx: Ctx, want: Cluster, found: ClusterBody): Promise<Readiness> {
  const status = String(found.status);
  if (status === 'PROVISIONING' || status === 'STOPPING') {
    const operation = await (await ctx.google.container()).runningOperation(nameOf(want));
    const why = status === 'PROVISIONING' ? 'being created' : 'being deleted';
    return { is: 'progressing', why, busy: true, ...(operation && { operation }) };
  }
  if (status !== 'ERROR') return { is: 'ready' };
  const why = found.conditions?.map((each) => each.message).join('; ') || found.statusMessage || 'it is in state ERROR';
  return { is: 'failed', why, forGood: true };
}
