import { isCloudError } from '../../base/errors.ts';
import { defineKind, type Owner, type Readiness } from '../../model/kind.ts';
import type { Ctx, SqlInstance as Body } from '../../model/ports.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { networkOf } from '../names.ts';
import { enabledApisId } from './enabled-apis.ts';
import { listOwned } from './listing.ts';
import { lastPart, ourPart, ownLabels, ownerByLabels } from './marks.ts';
import { peeringId } from './peering.ts';

type Settings = NonNullable<Body['settings']>;

/** A Cloud SQL for PostgreSQL instance on private IP. */
export interface SqlInstance {
  readonly project: string;
  readonly name: string;
  readonly region: string;
  readonly network: string;
  readonly databaseVersion: string;
  readonly edition: string;
  readonly tier: string;
  readonly publicIp: boolean;
  readonly backups: boolean;
  readonly deletionProtection: boolean;
  readonly labels: Record<string, string>;
}

export function sqlInstanceId(spec: Spec): ResourceId {
  return address('google.sql-instance', spec.db?.instance ?? '');
}

export const sqlInstance = defineKind<SqlInstance, { connectionName: string }>({
  name: 'google.sql-instance',
  docs: 'https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances',
  typicalSeconds: 420,
  losesData: 'every database on it, and its backups',
  keptWhenUndeclared: 'no longer in the config, and it holds data; to remove it, destroy it under its old name',
  *declare(spec) {
    if (!spec.db) return;
    const { instance, version, tier } = spec.db;
    const desired = {
      project: spec.project,
      name: instance,
      region: spec.region,
      network: networkOf(spec),
      databaseVersion: version,
      edition: editionOf(tier),
      tier,
      publicIp: false,
      backups: true,
      deletionProtection: true,
      labels: ownLabels(spec.name),
    };
    yield { key: instance, desired, after: [enabledApisId(spec), peeringId(spec)], path: ['db'] };
  },
  title: (desired) => `Cloud SQL instance ${desired.name} (${desired.databaseVersion}, ${desired.tier})`,
  rules: {
    project: 'immutable',
    name: 'immutable',
    region: 'immutable',
    network: 'immutable',
    databaseVersion: { rule: 'mutable', inPlace: (want, live) => majorOf(want) > majorOf(live) },
    edition: 'mutable',
    tier: 'mutable',
    publicIp: 'mutable',
    backups: 'mutable',
    deletionProtection: 'mutable',
    labels: 'mutable',
  },
  lock: (desired) => sqlLock(desired.name),
  async observe(ctx, want) {
    const found = await getSqlInstance(ctx, want.project, want.name);
    if (!found) return { is: 'absent' };
    const labels = found.settings?.userLabels;
    const outputs = { connectionName: found.connectionName ?? '' };
    const readiness = await readinessOf(ctx, want, found);
    return {
      is: 'present',
      owner: ownerByLabels(labels, ctx.app),
      want,
      live: liveOf(want, found),
      outputs,
      readiness,
    };
  },
  async create(ctx, want) {
    const { project, name, region, databaseVersion } = want;
    const body: Body = {
      name,
      region,
      databaseVersion: databaseVersion as 'POSTGRES_18',
      settings: { ...settingsOf(want), ipConfiguration: ipConfigurationOf(want), userLabels: want.labels },
    };
    return (await ctx.google.sql()).insertInstance(project, body);
  },
  async update(ctx, want, fields) {
    const api = await ctx.google.sql();
    // A version upgrade goes alone: the API takes no other change along with it.
    if (fields.some((field) => field.path === 'databaseVersion')) {
      return api.patchInstance(want.project, want.name, { databaseVersion: want.databaseVersion as 'POSTGRES_18' });
    }
    const found = await getSqlInstance(ctx, want.project, want.name);
    const settings: Settings = {
      ...settingsOf(want),
      ipConfiguration: ipConfigurationOf(want),
      // The client always sends a label map, so it is always the whole one, with what others wrote.
      userLabels: { ...found?.settings?.userLabels, ...want.labels },
      ...(found?.settings?.settingsVersion && { settingsVersion: found.settings.settingsVersion }),
    };
    return api.patchInstance(want.project, want.name, { settings });
  },
  /** The protection that we set is taken off first; the loop comes back for the delete. */
  async remove(ctx, want, seen) {
    const api = await ctx.google.sql();
    if (!seen.live.deletionProtection) return api.deleteInstance(want.project, want.name);
    const found = await getSqlInstance(ctx, want.project, want.name);
    const userLabels = found?.settings?.userLabels ?? {};
    return api.patchInstance(want.project, want.name, {
      settings: { deletionProtectionEnabled: { value: false }, userLabels },
    });
  },
  async owned(ctx) {
    const found = await listOwned(ctx, async () => (await ctx.google.sql()).listInstances(ctx.project));
    return found
      .filter((each) => ownerByLabels(each.settings?.userLabels, ctx.app) === 'us')
      .map((each) => ({ key: each.name ?? '', desired: asFound(ctx.project, ctx.app, each) }));
  },
});

/** What we would have asked for, had it been declared: enough to find it, and to show it. */
function asFound(project: string, app: string, found: Body): SqlInstance {
  const { name, region, settings } = found;
  const tier = settings?.tier ?? '';
  const place = { project, name: name ?? '', region: region ?? '' };
  const size = { databaseVersion: String(found.databaseVersion), edition: editionOf(tier), tier };
  const network = lastPart(settings?.ipConfiguration?.privateNetwork);
  return {
    ...place,
    ...size,
    network,
    publicIp: false,
    backups: true,
    deletionProtection: true,
    labels: ownLabels(app),
  };
}

/** Writes to an instance, its databases and its users exclude each other: the service refuses a second one. */
export function sqlLock(instance: string): string {
  return `sql ${instance}`;
}

export async function getSqlInstance(ctx: Ctx, project: string, name: string): Promise<Body | undefined> {
  return ctx.once(`sql instance ${project}/${name}`, async () => {
    try {
      return await (await ctx.google.sql()).getInstance(project, name);
    } catch (error) {
      if (isCloudError(error, 'not-found')) return undefined;
      throw error;
    }
  });
}

/** The instance that a database or a user is on, once it is up; else why there is nothing to look at yet. */
export async function upInstance(
  ctx: Ctx,
  { project, instance }: { readonly project: string; readonly instance: string },
): Promise<{ readonly owner: Owner } | { readonly is: 'unreachable'; readonly because: string }> {
  const found = await getSqlInstance(ctx, project, instance);
  if (!found) return { is: 'unreachable', because: 'its instance is not there yet' };
  if (found.state !== 'RUNNABLE') return { is: 'unreachable', because: 'its instance is not up yet' };
  return { owner: ownerByLabels(found.settings?.userLabels, ctx.app) };
}

/** Of `POSTGRES_18`. PostgreSQL is upgraded in place, and never downgraded. */
function majorOf(version: string): number {
  return Number(version.replace(/^POSTGRES_/, '').replace('_', '.'));
}

function editionOf(tier: string): string {
  return tier.startsWith('db-perf-optimized') || tier.startsWith('db-c4a') ? 'ENTERPRISE_PLUS' : 'ENTERPRISE';
}

function settingsOf(want: SqlInstance): Settings {
  return {
    tier: want.tier,
    // Left out, the service picks ENTERPRISE_PLUS for new versions, where small tiers do not exist.
    edition: want.edition as 'ENTERPRISE',
    deletionProtectionEnabled: { value: want.deletionProtection },
    backupConfiguration: { enabled: { value: want.backups } },
  };
}

function ipConfigurationOf(want: SqlInstance): NonNullable<Settings['ipConfiguration']> {
  const privateNetwork = `projects/${want.project}/global/networks/${want.network}`;
  return { ipv4Enabled: { value: want.publicIp }, privateNetwork, sslMode: 'ENCRYPTED_ONLY' };
}

function liveOf(want: SqlInstance, found: Body): SqlInstance {
  const { settings } = found;
  return {
    ...want,
    region: found.region ?? want.region,
    network: lastPart(settings?.ipConfiguration?.privateNetwork),
    databaseVersion: String(found.databaseVersion),
    edition: knownOr(settings?.edition, 'ENTERPRISE'),
    tier: settings?.tier ?? '',
    publicIp: settings?.ipConfiguration?.ipv4Enabled?.value === true,
    backups: settings?.backupConfiguration?.enabled?.value === true,
    deletionProtection: settings?.deletionProtectionEnabled?.value === true,
    labels: ourPart(settings?.userLabels, want.labels),
  };
}

/** Instances from before there were editions read back without one. */
function knownOr(value: string | number | null | undefined, otherwise: string): string {
  const text = String(value ?? '');
  return text === '' || text.endsWith('UNSPECIFIED') ? otherwise : text;
}

async function readinessOf(ctx: Ctx, want: SqlInstance, found: Body): Promise<Readiness> {
  const state = String(found.state);
  if (state === 'RUNNABLE') return { is: 'ready' };
  if (state === 'FAILED') return { is: 'failed', why: 'making it failed, and left it in state FAILED', forGood: true };
  if (state === 'SUSPENDED') return { is: 'failed', why: 'Google has suspended it; see the billing of the project' };
  const operation = await (await ctx.google.sql()).runningOperation(want.project, want.name);
  return { is: 'progressing', why: `it is in state ${state}`, busy: true, ...(operation && { operation }) };
}
