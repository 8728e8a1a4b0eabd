import type { Address, Network, Networks } from './networks.ts';
import { regions } from './networks.ts';
import type { Operation } from './operations.ts';
import { caller, digits, fingerprint } from './world.ts';

/** What Compute Engine's own links begin with. */
export const computeRoot = 'https://www.googleapis.com/compute/v1';

/** Who uses an address: the network whose private services connection it was given to. */
export function userOf(address: Address, networks: Networks): string | undefined {
  const peering = address.network ? networks.peering(address.project, address.network) : undefined;
  return peering?.ranges.includes(address.name)
    ? `projects/${address.project}/global/networks/${address.network ?? ''}`
    : undefined;
}

export function showAddress(address: Address, networks: Networks): object {
  const { project, network, createTime, labels, ...rest } = address;
  const user = userOf(address, networks);
  return {
    kind: 'compute#address',
    ...rest,
    creationTimestamp: createTime,
    status: user ? 'IN_USE' : 'RESERVED',
    ...(address.addressType === 'EXTERNAL' ? { networkTier: 'PREMIUM' } : {}),
    ...(network ? { network: `${computeRoot}/projects/${project}/global/networks/${network}` } : {}),
    ...(user ? { users: [`${computeRoot}/${user}`] } : {}),
    ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
    labelFingerprint: fingerprint(labels ?? {}),
    selfLink: `${computeRoot}/projects/${project}/global/addresses/${address.name}`,
  };
}

export function showNetwork({ project, name, id, createTime }: Network, networks: Networks): object {
  const self = `${computeRoot}/projects/${project}/global/networks/${name}`;
  const peered = networks.peering(project, name);
  const peering = {
    name: 'servicenetworking-googleapis-com',
    network: `${computeRoot}/projects/local-tenant-tp/global/networks/servicenetworking`,
    state: 'ACTIVE',
    stateDetails: '[Connected]',
    autoCreateRoutes: true,
    exchangeSubnetRoutes: true,
  };
  return {
    kind: 'compute#network',
    id,
    creationTimestamp: createTime,
    name,
    autoCreateSubnetworks: true,
    selfLink: self,
    selfLinkWithId: `${computeRoot}/projects/${project}/global/networks/${id}`,
    networkFirewallPolicyEnforcementOrder: 'AFTER_CLASSIC_FIREWALL',
    routingConfig: { routingMode: 'REGIONAL', bgpBestPathSelectionMode: 'LEGACY' },
    subnetworks: regions.map((region) => `${computeRoot}/projects/${project}/regions/${region}/subnetworks/${name}`),
    ...(peered ? { peerings: [peering] } : {}),
  };
}

export function showComputeOperation(operation: Operation): object {
  const { id, project, type, startedMs, endedMs, state, error, shown } = operation;
  const startTime = new Date(startedMs).toISOString();
  return {
    kind: 'compute#operation',
    id: digits(id, 19),
    name: id,
    operationType: type,
    ...shown,
    user: caller,
    status: state === 'done' ? 'DONE' : 'RUNNING',
    progress: state === 'done' ? 100 : 0,
    insertTime: startTime,
    startTime,
    ...(endedMs === undefined ? {} : { endTime: new Date(endedMs).toISOString() }),
    ...(error
      ? {
          error: { errors: [{ code: error.reason, message: error.message }] },
          httpErrorStatusCode: 400,
          httpErrorMessage: 'BAD REQUEST',
        }
      : {}),
    selfLink: `${computeRoot}/projects/${project}/global/operations/${id}`,
  };
}
