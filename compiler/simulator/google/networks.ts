import { digits, type Project, type World } from './world.ts';

/** A VPC network. Every project has `default`, with a subnetwork in each region. */
export interface Network {
  readonly name: string;
  readonly project: string;
  readonly id: string;
  readonly createTime: string;
}

/** A reserved global address or range. */
export interface Address {
  readonly name: string;
  readonly project: string;
  readonly id: string;
  readonly createTime: string;
  readonly address: string;
  readonly addressType: 'EXTERNAL' | 'INTERNAL';
  readonly description?: string;
  readonly ipVersion?: string;
  readonly purpose?: string;
  readonly prefixLength?: number;
  /** The network's name. */
  readonly network?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A private services connection: the peering of a network with the producer's, and the ranges given to it. */
export interface Peering {
  readonly project: string;
  readonly network: string;
  readonly ranges: readonly string[];
}

/** The regions of Google Cloud. */
export const regions: readonly string[] =
  `africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2 asia-southeast1 asia-southeast2
  australia-southeast1 australia-southeast2 europe-central2 europe-north1 europe-north2 europe-southwest1 europe-west1 europe-west10 europe-west12
  europe-west2 europe-west3 europe-west4 europe-west6 europe-west8 europe-west9 me-central1 me-central2 me-west1 northamerica-northeast1
  northamerica-northeast2 northamerica-south1 southamerica-east1 southamerica-west1 us-central1 us-east1 us-east4 us-east5 us-south1 us-west1 us-west2
  us-west3 us-west4`.split(/\s+/);

export interface Networks {
  find(project: Project, name: string): Network | undefined;
  list(project: Project): readonly Network[];
  address(project: string, name: string): Address | undefined;
  peering(project: string, network: string): Peering | undefined;
  /** The names of the SQL instances with a private address in the network. */
  instancesIn(project: string, network: string): readonly string[];
}

export function createNetworks({ store }: World): Networks {
  const addresses = store.table<Address>('google/addresses');
  const peerings = store.table<Peering>('google/peerings');
  const instances = store.table<{ readonly project: string; readonly name: string; readonly network?: string }>(
    'google/sql-instances',
  );
  const list = (project: Project): readonly Network[] => [
    { name: 'default', project: project.id, id: digits(`network ${project.id}`, 19), createTime: project.createTime },
  ];
  return {
    find: (project, name) => list(project).find((each) => each.name === name),
    list,
    address: (project, name) => addresses.get(`${project}/${name}`),
    peering: (project, network) => peerings.get(`${project}/${network}`),
    instancesIn: (project, network) =>
      [...instances.entries()]
        .filter(([, each]) => each.project === project && each.network === network)
        .map(([, each]) => each.name),
  };
}

/** The name in `N`, `projects/P/global/networks/N` or a full link; undefined when it is of another form. */
export function networkName(reference: string): string | undefined {
  return /^(?:(?:https?:\/\/.+?\/)?projects\/[^/]+\/)?(?:global\/networks\/)?([a-z][-a-z0-9]*)$/.exec(reference)?.[1];
}
