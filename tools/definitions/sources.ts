/** Which methods of a Google API the local cloud carries with their schemas; all others are carried by name and path alone. */
export interface Source {
  /** The discovery document, `<file>.json.gz` or `<file>.json`. */
  readonly file: string;
  /** Prefixes of method ids, less the API's own name. */
  readonly keep: readonly string[];
  /** Prefixes of the ids that are carried by name and path; everything when absent. */
  readonly named?: readonly string[];
  /** The protobuf package, which the service names in its refusals. */
  readonly package: string;
  /** What the HTTP binding calls the body, where it isn't the whole request. Discovery doesn't say. */
  readonly body?: (method: string, request: string) => string | undefined;
  /** The npm package whose protobuf descriptors know the numbers of the enum values. */
  readonly protos?: string;
}

const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '');

const sql = {
  keep: ['instances.', 'databases.', 'users.', 'operations.', 'tiers.', 'flags.'],
  body: () => 'body',
  protos: '@google-cloud/sql',
};
const cluster = {
  keep: [
    'projects.locations.getServerConfig',
    'projects.locations.clusters.',
    'projects.locations.operations.',
    'projects.locations.clusters.nodePools.',
  ],
  protos: '@google-cloud/container',
};

export const sources: readonly Source[] = [
  { file: 'container.v1', package: 'google.container.v1', ...cluster },
  { file: 'sqladmin.v1', package: 'google.cloud.sql.v1', ...sql },
  { file: 'sqladmin.v1beta4', package: 'google.cloud.sql.v1beta4', ...sql },
  { file: 'iam.v1', package: 'google.iam.admin.v1', keep: ['projects.serviceAccounts.'] },
  { file: 'cloudresourcemanager.v1', package: 'google.cloud.resourcemanager.v1', keep: ['projects.', 'operations.'] },
  { file: 'cloudresourcemanager.v3', package: 'google.cloud.resourcemanager.v3', keep: ['projects.', 'operations.'] },
  { file: 'serviceusage.v1', package: 'google.api.serviceusage.v1', keep: ['services.', 'operations.'] },
  {
    file: 'servicenetworking.v1',
    package: 'google.cloud.servicenetworking.v1',
    keep: ['services.connections.', 'operations.'],
    body: (_method, request) => (request === 'Connection' ? 'connection' : undefined),
  },
  {
    file: 'compute.v1',
    package: 'google.cloud.compute.v1',
    keep: [
      'globalAddresses.',
      'networks.get',
      'networks.list',
      'addresses.aggregatedList',
      'globalOperations.',
      'projects.get',
    ],
    named: [
      'addresses.',
      'globalAddresses.',
      'globalOperations.',
      'networks.',
      'projects.',
      'regions.',
      'subnetworks.',
      'zones.',
    ],
    body: (_method, request) => `${snake(request)}_resource`,
  },
];
