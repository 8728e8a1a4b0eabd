import { randomUUID } from 'node:crypto';
import { durations } from './durations.ts';
import { failedPrecondition, invalid, notFound } from './errors.ts';
import { createNetworks, type Networks, type Peering } from './networks.ts';
import { effect, OperationFailure } from './operations.ts';
import { showOperation } from './service-usage.ts';
import { type Call, type Handlers, lastSegment, type Project, queryText, type Service, type World } from './world.ts';

interface Args {
  readonly project: string;
  readonly network: string;
  readonly ranges: readonly string[];
}

const producer = 'services/servicenetworking.googleapis.com';
const peeringName = 'servicenetworking-googleapis-com';

/** Service Networking v1, private services connections: https://cloud.google.com/service-infrastructure/docs/service-networking/reference/rest */
export function createServiceNetworking(world: World): Service {
  return { handlers: handlers(world), effects: effects(world) };
}

function show(world: World, { project, network, ranges }: Args): object {
  return {
    network: `projects/${world.project(project)?.number ?? project}/global/networks/${network}`,
    peering: peeringName,
    reservedPeeringRanges: ranges,
    service: producer,
  };
}

function handlers(world: World): Handlers {
  const table = world.store.table<Peering>('google/peerings');
  const networks = createNetworks(world);
  return {
    'servicenetworking.services.connections.list': (call) => {
      const { project, network } = networkOf(call, networks, queryText(call, 'network'));
      const found = table.get(`${project.id}/${network}`);
      return found ? { connections: [show(world, found)] } : {};
    },
    'servicenetworking.services.connections.create': (call) => {
      const args = argsOf(call, networks);
      if (args.ranges.length === 0) throw invalid('At least one reserved peering range must be specified.');
      return begin(world, { type: 'create', args, seconds: durations.peeringCreate, effect: 'peering.create' });
    },
    'servicenetworking.services.connections.patch': (call) => {
      const args = argsOf(call, networks);
      if (!table.get(`${args.project}/${args.network}`) && queryText(call, 'force') !== 'true')
        throw notFound(`Connection not found for network ${args.network}.`);
      return begin(world, { type: 'patch', args, seconds: durations.peeringUpdate, effect: 'peering.update' });
    },
    'servicenetworking.services.connections.deleteConnection': (call) => {
      const { project, network } = networkOf(call, networks, call.body['consumerNetwork']);
      if (!table.get(`${project.id}/${network}`))
        throw notFound(`Connection ${lastSegment(call.params['name'] ?? '')} not found for network ${network}.`);
      return begin(world, {
        type: 'delete',
        args: { project: project.id, network, ranges: [] },
        seconds: durations.peeringDelete,
        effect: 'peering.delete',
      });
    },
    'servicenetworking.operations.get': (call) => {
      const id = lastSegment(call.params['name'] ?? '');
      const found = world.operations.get(id);
      if (found?.api !== 'servicenetworking') throw notFound(`Operation not found: operations/${id}`);
      return showOperation(found);
    },
  };
}

function effects(world: World): Service['effects'] {
  const table = world.store.table<Peering>('google/peerings');
  const networks = createNetworks(world);
  const store = (args: Args): object => {
    table.set(`${args.project}/${args.network}`, args);
    return { '@type': 'type.googleapis.com/google.cloud.servicenetworking.v1.Connection', ...show(world, args) };
  };
  return {
    'peering.create': effect<Args>({
      finish(args) {
        const live = table.get(`${args.project}/${args.network}`);
        if (live && [...live.ranges].toSorted().join() !== [...args.ranges].toSorted().join()) {
          throw new OperationFailure({
            code: 9,
            reason: 'FAILED_PRECONDITION',
            message: 'Cannot modify allocated ranges in CreateConnection. Please use UpdateConnection.',
          });
        }
        return store(args);
      },
    }),
    'peering.update': effect<Args>({ finish: store }),
    'peering.delete': effect<Args>({
      finish({ project, network }) {
        if (networks.instancesIn(project, network).length > 0) {
          const message =
            'Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, etc.) are still using this connection.';
          throw new OperationFailure({ code: 9, reason: 'FAILED_PRECONDITION', message });
        }
        table.delete(`${project}/${network}`);
      },
    }),
  };
}

function begin(world: World, what: { type: string; args: Args; seconds: number; effect: string }): object {
  const { args } = what;
  const { operations } = world;
  const lock = `peering ${args.project}/${args.network}`;
  if (operations.running(lock))
    throw failedPrecondition('There is a peering operation in progress on the local or peer network. Try again later.');
  const id = `pssn.p24-${world.project(args.project)?.number ?? ''}-${randomUUID()}`;
  operations.begin({ ...what, id, api: 'servicenetworking', project: args.project, lock });
  return { name: `operations/${id}` };
}

function argsOf(call: Call, networks: Networks): Args {
  const { project, network } = networkOf(call, networks, call.body['network']);
  const ranges = [call.body['reservedPeeringRanges'] ?? []].flat().map(String);
  for (const range of ranges) {
    const found = networks.address(project.id, range);
    if (found?.purpose !== 'VPC_PEERING' || found.network !== network) {
      throw invalid(
        `The reserved range ${range} was not found in network ${network}, or its purpose is not VPC_PEERING.`,
      );
    }
  }
  return { project: project.id, network, ranges };
}

/** The API takes the project's number in the network's name, and refuses its id. */
function networkOf(
  call: Call,
  networks: Networks,
  value: unknown,
): { readonly project: Project; readonly network: string } {
  const [, number, network] = /^projects\/(\d+)\/global\/networks\/([^/]+)$/.exec(String(value)) ?? [];
  if (!number || !network) {
    throw invalid(
      `Invalid value for network: "${String(value)}". It must be projects/{project_number}/global/networks/{network}.`,
    );
  }
  const project = call.project();
  if (!networks.find(project, network)) throw notFound(`The network ${String(value)} was not found.`);
  return { project, network };
}
