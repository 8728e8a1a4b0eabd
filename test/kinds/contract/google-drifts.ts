import { project, region, type Json, type StackWorld } from '../../support/stack-world.ts';
import type { Drift, DriftTable } from './drift.ts';

const cluster = `/v1/projects/${project}/locations/${region}/clusters/hello-world-cluster`;
const instance = `/v1/projects/${project}/instances/hello-world-db`;
const account = `/v1/projects/${project}/serviceAccounts/hello-world@${project}.iam.gserviceaccount.com`;
const secret = '/api/v1/namespaces/hello-world/secrets/hello-world-db';
const deployment = 'kubernetes.deployment/hello-world';

/** The labels of a cluster, with these laid over; `undefined` takes one away. */
export async function labelCluster(world: StackWorld, labels: Record<string, string | undefined>): Promise<void> {
  const { resourceLabels, labelFingerprint } = await world.google('GET', cluster);
  const body = { resourceLabels: { ...(resourceLabels as Json), ...labels }, labelFingerprint };
  await world.changed('POST', `${cluster}:setResourceLabels`, body);
}

export async function patchInstance(world: StackWorld, settings: Json): Promise<void> {
  await world.changed('PATCH', instance, { settings });
}

/** The labels of the SQL instance, with these laid over; null takes one away. */
export async function labelInstance(world: StackWorld, userLabels: Record<string, string | null>): Promise<void> {
  await patchInstance(world, { userLabels });
}

export async function patchAccount(world: StackWorld, serviceAccount: Record<string, string>): Promise<void> {
  await world.google('PATCH', account, { serviceAccount, updateMask: Object.keys(serviceAccount).join(',') });
}

function setting(settings: Json, ...shows: string[]): readonly Drift[] {
  return [{ move: async (world) => patchInstance(world, settings), shows }];
}

/** A changed mark means that the thing is another's: only who takes over unmarked things gets the label back. */
const unmarked = { shows: ['labels.managed-by'], refused: 'HELLO5002', allow: { adopt: true } } as const;

export const googleDrifts: DriftTable = {
  'google.enabled-apis': {
    enabled: [
      {
        move: async (world) =>
          world.changed('POST', `/v1/projects/${project}/services/servicenetworking.googleapis.com:disable`, {}),
        shows: ['enabled["servicenetworking.googleapis.com"]'],
        // What the API would tell cannot be looked at until it is on again.
        elsewhere: { 'google.peering/default': 'create' },
      },
    ],
  },
  'google.private-range': {},
  'google.peering': {
    ranges: 'the only range of the connection is ours, and Google takes none away that is in use',
  },
  'google.cluster': {
    releaseChannel: [
      {
        move: async (world) =>
          world.changed('PUT', cluster, { update: { desiredReleaseChannel: { channel: 'RAPID' } } }),
        shows: ['releaseChannel'],
      },
    ],
    labels: [{ ...unmarked, move: async (world) => labelCluster(world, { 'managed-by': undefined }) }],
  },
  'google.sql-instance': {
    databaseVersion: 'the service upgrades and never goes back; test/kinds/upgrade.test.ts begins with an older one',
    edition: setting({ edition: 'ENTERPRISE_PLUS', tier: 'db-perf-optimized-N-2' }, 'edition', 'tier'),
    tier: setting({ tier: 'db-custom-2-7680' }, 'tier'),
    publicIp: setting({ ipConfiguration: { ipv4Enabled: true } }, 'publicIp'),
    backups: setting({ backupConfiguration: { enabled: false } }, 'backups'),
    deletionProtection: setting({ deletionProtectionEnabled: false }, 'deletionProtection'),
    labels: [
      {
        ...unmarked,
        move: async (world) => labelInstance(world, { 'managed-by': null }),
        // What is in the instance is whose the instance is.
        elsewhere: {
          'google.sql-database/hello-world-db/hello_world_db': 'adopt',
          'google.sql-user/hello-world-db/hello': 'adopt',
        },
      },
    ],
  },
  'google.service-account': {
    displayName: [{ move: async (world) => patchAccount(world, { displayName: 'moved' }), shows: ['displayName'] }],
    description: [
      {
        move: async (world) => patchAccount(world, { description: 'hello:hello-world moved' }),
        shows: ['description'],
      },
      {
        move: async (world) => patchAccount(world, { description: 'moved' }),
        shows: ['description'],
        refused: 'HELLO5002',
        allow: { adopt: true },
      },
    ],
  },
  'google.iam-member': {},
  'google.workload-identity': {},
  'google.sql-database': {},
  'google.sql-user': {
    passwordRecorded: [
      {
        move: async (world) => void (await world.kube('DELETE', secret)),
        shows: ['passwordRecorded'],
        elsewhere: {
          'kubernetes.secret/hello-world-db': 'create',
          [deployment]: 'update spec.template.metadata.annotations["hello/secret-hash"]',
        },
      },
    ],
  },
};
