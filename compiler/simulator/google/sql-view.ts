import { at, type Fields } from './merge.ts';
import { createNetworks, networkName } from './networks.ts';
import type { Operation } from './operations.ts';
import { majorOf, postgresVersions } from './sql-rules.ts';
import { type Call, caller, digits, fingerprint, type World } from './world.ts';

/** A Cloud SQL instance as the store keeps it. */
export interface SqlInstance {
  readonly project: string;
  readonly name: string;
  readonly region: string;
  readonly databaseVersion: string;
  readonly state: 'PENDING_CREATE' | 'RUNNABLE' | 'PENDING_DELETE' | 'FAILED';
  readonly createTime: string;
  readonly settings: Fields;
  /** Counts every operation; what a caller read must match what it writes on. */
  readonly settingsVersion: number;
  /** The name of the network that it has a private address in. */
  readonly network?: string;
}

/** `P:R:I` */
export function connectionName({ project, region, name }: SqlInstance): string {
  return `${project}:${region}:${name}`;
}

/** Where the API is, as its links say it: both versions serve the same things. */
export function sqlRoot(call: Call): string {
  return `https://sqladmin.googleapis.com/${call.method.api.version === 'v1' ? 'v1' : 'sql/v1beta4'}`;
}

export function showInstance(world: World, call: Call, instance: SqlInstance): object {
  const { project, name, region, databaseVersion, state, createTime, settings, settingsVersion } = instance;
  const minor = postgresVersions[databaseVersion] ?? '0';
  const ready = state !== 'PENDING_CREATE';
  return {
    kind: 'sql#instance',
    name,
    project,
    region,
    state,
    createTime,
    databaseVersion,
    backendType: 'SECOND_GEN',
    instanceType: 'CLOUD_SQL_INSTANCE',
    ...(ready
      ? {
          databaseInstalledVersion: `${databaseVersion}_${minor}`,
          maintenanceVersion: `${databaseVersion}_${minor}.R20260901.00_01`,
          ipAddresses: addresses(world, instance),
        }
      : {}),
    connectionName: connectionName(instance),
    etag: fingerprint([settings, settingsVersion, state]),
    gceZone: at(settings, 'locationPreference', 'zone'),
    geminiConfig: {
      entitled: false,
      activeQueryEnabled: false,
      googleVacuumMgmtEnabled: false,
      indexAdvisorEnabled: false,
      oomSessionCancelEnabled: false,
    },
    satisfiesPzi: true,
    sqlNetworkArchitecture: 'NEW_NETWORK_ARCHITECTURE',
    selfLink: `${sqlRoot(call)}/projects/${project}/instances/${name}`,
    serviceAccountEmailAddress: `p${world.project(project)?.number ?? ''}-${digits(project, 6)}@gcp-sa-cloud-sql.iam.gserviceaccount.com`,
    settings: { ...settings, settingsVersion: String(settingsVersion) },
    upgradableDatabaseVersions: Object.keys(postgresVersions)
      .filter((version) => majorOf(version) > majorOf(databaseVersion))
      .map((version) => ({ name: version, majorVersion: version, displayName: `PostgreSQL ${majorOf(version)}` })),
  };
}

function addresses(world: World, instance: SqlInstance): readonly object[] {
  const number = Number(digits(connectionName(instance), 6)) % 200;
  const isPublic = at(instance.settings, 'ipConfiguration', 'ipv4Enabled') !== false;
  const outward = [
    { type: 'PRIMARY', ipAddress: `198.51.100.${number + 10}` },
    { type: 'OUTGOING', ipAddress: `198.51.100.${number + 11}` },
  ];
  const inward = instance.network ? [{ type: 'PRIVATE', ipAddress: privateAddress(world, instance, number) }] : [];
  return [...(isPublic ? outward : []), ...inward];
}

/** An address out of the range that the network gave to the producer. */
function privateAddress(world: World, { project, settings, network = '' }: SqlInstance, number: number): string {
  const networks = createNetworks(world);
  const asked = at(settings, 'ipConfiguration', 'allocatedIpRange');
  const range = typeof asked === 'string' && asked ? asked : networks.peering(project, network)?.ranges[0];
  const [a = '10', b = '0', c = '0'] = (networks.address(project, range ?? '')?.address ?? '10.0.0.0').split('.');
  return `${a}.${b}.${c}.${number + 3}`;
}

/** The network's name, from settings that were checked. */
export function networkOf(settings: Fields): { readonly network?: string } {
  const link = at(settings, 'ipConfiguration', 'privateNetwork');
  const network = typeof link === 'string' ? networkName(link) : undefined;
  return network ? { network } : {};
}

export function showSqlOperation(world: World, call: Call, operation: Operation): object {
  const { id, project, type, startedMs, dueMs, endedMs, state, error, shown } = operation;
  const root = `${sqlRoot(call)}/projects/${project}`;
  // It waits in a queue for the first tenth of its time.
  const begun = state === 'done' || world.clock.now() > startedMs + (dueMs - startedMs) / 10;
  const status = state === 'done' ? 'DONE' : begun ? 'RUNNING' : 'PENDING';
  const stamp = new Date(startedMs).toISOString();
  return {
    kind: 'sql#operation',
    name: id,
    operationType: type,
    status,
    user: caller,
    insertTime: stamp,
    ...(begun ? { startTime: stamp } : {}),
    ...(endedMs === undefined ? {} : { endTime: new Date(endedMs).toISOString() }),
    ...(error
      ? {
          error: {
            kind: 'sql#operationErrors',
            errors: [{ kind: 'sql#operationError', code: error.reason, message: error.message }],
          },
        }
      : {}),
    targetId: shown['instance'],
    targetProject: project,
    targetLink: `${root}/${String(shown['target'])}`,
    selfLink: `${root}/operations/${id}`,
  };
}
