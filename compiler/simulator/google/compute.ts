import { computeRoot, showAddress, showComputeOperation, showNetwork, userOf } from './compute-view.ts';
import { durations } from './durations.ts';
import { notFound, refuse } from './errors.ts';
import { type Address, createNetworks, networkName, type Networks } from './networks.ts';
import { effect, type Operation, operationName } from './operations.ts';
import {
  type Call,
  digits,
  fingerprint,
  type Handlers,
  page,
  type Project,
  sameBytes,
  type Service,
  text,
  type World,
} from './world.ts';

/** Compute Engine v1, global addresses and networks: https://cloud.google.com/compute/docs/reference/rest/v1 */
export function createCompute(world: World): Service {
  const networks = createNetworks(world);
  const table = world.store.table<Address>('google/addresses');
  return {
    handlers: {
      ...addressHandlers(world, networks),
      ...networkHandlers(networks),
      ...operationHandlers(world),
      'compute.projects.get': (call) => showProject(call.project()),
    },
    effects: {
      'address.insert': effect<Address>({
        finish: (address) => table.set(`${address.project}/${address.name}`, address),
      }),
      'address.delete': effect<Address>({ finish: (address) => table.delete(`${address.project}/${address.name}`) }),
      'address.labels': effect<Address>({ finish: () => undefined }),
    },
  };
}

function addressHandlers(world: World, networks: Networks): Handlers {
  const table = world.store.table<Address>('google/addresses');
  const find = (call: Call): Address => {
    const name = call.params['address'] ?? call.params['resource'] ?? '';
    const found = table.get(`${call.project().id}/${name}`);
    if (found) return found;
    throw notFound(`The resource 'projects/${call.project().id}/global/addresses/${name}' was not found`);
  };
  const all = (project: Project): readonly Address[] =>
    [...table.entries()].map(([, each]) => each).filter((each) => each.project === project.id);
  const show = (address: Address): object => showAddress(address, networks);
  return {
    'compute.globalAddresses.get': (call) => show(find(call)),
    'compute.globalAddresses.list': (call) => {
      const { items, next } = page(call, all(call.project()), 'maxResults');
      const listed = items.length > 0 ? { items: items.map(show) } : {};
      return { ...listHead(call, 'compute#addressList', 'global/addresses'), ...listed, ...next };
    },
    'compute.addresses.aggregatedList': (call) => {
      const addresses = all(call.project()).map(show);
      const data = [{ key: 'scope', value: 'global' }];
      const warning = { code: 'NO_RESULTS_ON_PAGE', message: "No results for the scope 'global'.", data };
      const items = { global: addresses.length > 0 ? { addresses } : { warning } };
      return { ...listHead(call, 'compute#addressAggregatedList', 'aggregated/addresses'), items };
    },
    'compute.globalAddresses.insert': (call) => insert(world, networks, call),
    'compute.globalAddresses.setLabels': (call) => setLabels(world, find(call), call),
    'compute.globalAddresses.delete': (call) => {
      const address = find(call);
      const user = userOf(address, networks);
      const path = `projects/${address.project}/global/addresses/${address.name}`;
      if (user) throw inUse(`The global_address resource '${path}' is already being used by '${user}'`);
      return begin(world, { type: 'delete', address, seconds: durations.addressDelete });
    },
  };
}

function networkHandlers(networks: Networks): Handlers {
  return {
    'compute.networks.get': (call) => {
      const name = call.params['network'] ?? '';
      const found = networks.find(call.project(), name);
      if (found) return showNetwork(found, networks);
      throw notFound(`The resource 'projects/${call.project().id}/global/networks/${name}' was not found`);
    },
    'compute.networks.list': (call) => ({
      ...listHead(call, 'compute#networkList', 'global/networks'),
      items: networks.list(call.project()).map((each) => showNetwork(each, networks)),
    }),
  };
}

function operationHandlers(world: World): Handlers {
  return {
    'compute.globalOperations.get': (call) => showComputeOperation(findOperation(world, call)),
    'compute.globalOperations.list': (call) => ({
      ...listHead(call, 'compute#operationList', 'global/operations'),
      items: world.operations.list('compute', call.project().id).map(showComputeOperation),
    }),
    'compute.globalOperations.wait': async (call) => {
      await world.operations.wait(findOperation(world, call).id, durations.operationWait);
      return showComputeOperation(findOperation(world, call));
    },
  };
}

/** What every list of Compute Engine begins with. */
function listHead(call: Call, kind: string, collection: string): object {
  const id = `projects/${call.project().id}/${collection}`;
  return { kind, id, selfLink: `${computeRoot}/${id}` };
}

function showProject({ id, number, createTime }: Project): object {
  return {
    kind: 'compute#project',
    id: number,
    creationTimestamp: createTime,
    name: id,
    selfLink: `${computeRoot}/projects/${id}`,
    defaultServiceAccount: `${number}-compute@developer.gserviceaccount.com`,
    xpnProjectStatus: 'UNSPECIFIED_XPN_PROJECT_STATUS',
  };
}

function insert(world: World, networks: Networks, call: Call): object {
  const project = call.project();
  const body = call.body as Partial<
    Record<'name' | 'addressType' | 'network' | 'purpose' | 'address' | 'description' | 'ipVersion', string>
  > & { prefixLength?: number };
  const name = body.name ?? '';
  if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
    throw fieldInvalid('resource.name', name, "Must be a match of regex '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?'");
  const path = `projects/${project.id}/global/addresses/${name}`;
  if (networks.address(project.id, name) || world.operations.running(path)) {
    throw refuse({
      code: 409,
      status: 'ALREADY_EXISTS',
      reason: 'alreadyExists',
      message: `The resource '${path}' already exists`,
    });
  }
  const addressType = body.addressType === 'INTERNAL' ? 'INTERNAL' : 'EXTERNAL';
  const place = addressType === 'INTERNAL' ? internalPlace(networks, project, body) : {};
  const { description, ipVersion } = body;
  const address: Address = {
    name,
    project: project.id,
    id: digits(path + world.clock.stamp(), 19),
    createTime: world.clock.stamp(),
    addressType,
    address:
      body.address ?? freeAddress(addressType, [...world.store.table<Address>('google/addresses').entries()].length),
    ...(description ? { description } : {}),
    ...(addressType === 'EXTERNAL' ? { ipVersion: ipVersion ?? 'IPV4' } : {}),
    ...place, // labels sent here are dropped: only setLabels sets them
  };
  return begin(world, { type: 'insert', address, seconds: durations.addressInsert });
}

/** A range for peering lies in a network and has a length. */
function internalPlace(
  networks: Networks,
  project: Project,
  body: Readonly<Record<string, unknown>>,
): Partial<Address> {
  const reference = text(body['network']);
  const network = networkName(reference);
  if (!network) throw fieldInvalid('resource.network', reference, 'The URL is malformed.');
  if (!networks.find(project, network))
    throw notFound(`The resource 'projects/${project.id}/global/networks/${network}' was not found`);
  const purpose = typeof body['purpose'] === 'string' ? body['purpose'] : 'VPC_PEERING';
  const prefixLength = body['prefixLength'];
  if (purpose === 'VPC_PEERING' && (typeof prefixLength !== 'number' || prefixLength < 8 || prefixLength > 30)) {
    throw fieldInvalid(
      'resource.prefixLength',
      JSON.stringify(prefixLength ?? ''),
      'VPC_PEERING needs a prefix length from 8 to 30.',
    );
  }
  return { network, purpose, ...(typeof prefixLength === 'number' ? { prefixLength } : {}) };
}

/** Documentation and private addresses, one after the other; a /16 is left between ranges. */
function freeAddress(type: Address['addressType'], taken: number): string {
  return type === 'INTERNAL' ? `10.${(40 + taken) % 256}.0.0` : `203.0.113.${(10 + taken) % 256}`;
}

function setLabels(world: World, address: Address, call: Call): object {
  const { labels = {}, labelFingerprint } = call.body as {
    labels?: Readonly<Record<string, string>>;
    labelFingerprint?: string;
  };
  if (!labelFingerprint || !sameBytes(labelFingerprint, fingerprint(address.labels ?? {}))) {
    throw refuse({
      code: 412,
      status: 'FAILED_PRECONDITION',
      reason: 'conditionNotMet',
      message: 'Labels fingerprint either invalid or resource labels have changed',
    });
  }
  world.store.table<Address>('google/addresses').set(`${address.project}/${address.name}`, { ...address, labels });
  const id = operationName(world.clock);
  const shown = {
    kind: 'compute#operation',
    id: digits(id, 19),
    name: id,
    insertTime: world.clock.stamp(),
    startTime: world.clock.stamp(),
    status: 'DONE',
    progress: 100,
  };
  world.operations.begin({
    id,
    api: 'compute',
    project: address.project,
    type: 'setLabels',
    lock: id,
    seconds: 0,
    effect: 'address.labels',
    args: address,
    shown: targetOf(address),
  });
  return { ...shown, selfLink: `${computeRoot}/projects/${address.project}/global/operations/${id}` };
}

const targetOf = ({ project, name, id }: Address): Record<string, string> => ({
  targetId: id,
  targetLink: `${computeRoot}/projects/${project}/global/addresses/${name}`,
});

function begin(
  { operations, clock }: World,
  what: { type: 'insert' | 'delete'; address: Address; seconds: number },
): object {
  const { type, address, seconds } = what;
  const lock = `projects/${address.project}/global/addresses/${address.name}`;
  const running = operations.running(lock);
  if (running) throw refuse({ code: 400, reason: 'resourceNotReady', message: `The resource '${lock}' is not ready` });
  return showComputeOperation(
    operations.begin({
      id: operationName(clock),
      api: 'compute',
      project: address.project,
      type,
      lock,
      seconds,
      effect: `address.${type}`,
      args: address,
      shown: targetOf(address),
    }),
  );
}

function findOperation({ operations }: World, call: Call): Operation {
  const id = call.params['operation'] ?? '';
  const found = operations.get(id);
  if (found?.api === 'compute' && found.project === call.project().id) return found;
  throw notFound(`The resource 'projects/${call.project().id}/global/operations/${id}' was not found`);
}

function inUse(message: string): Error {
  return refuse({ code: 400, reason: 'resourceInUseByAnotherResource', message });
}

function fieldInvalid(field: string, value: string, why: string): Error {
  return refuse({ code: 400, reason: 'invalid', message: `Invalid value for field '${field}': '${value}'. ${why}` });
}
