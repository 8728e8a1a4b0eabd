import { randomUUID } from 'node:crypto';
import { durations } from './durations.ts';
import { failedPrecondition, invalid, notFound, refuse } from './errors.ts';
import { effect, type Operation } from './operations.ts';
import { createPolicies } from './policy.ts';
import { agents, catalogue, needs, onFromTheStart } from './service-catalog.ts';
import { type Call, lastSegment, page, type Project, queryText, type Service, type World } from './world.ts';

/** An API of a project that is not as it was from the start. */
interface Switch {
  readonly on: boolean;
  /** Answers SERVICE_DISABLED until then, although it is listed as enabled. */
  readonly usableAtMs: number;
}

interface Args {
  readonly project: string;
  readonly services: readonly string[];
  readonly batch?: boolean;
}

export interface EnabledServices {
  listed(project: Project, service: string): boolean;
  /** Whether the API answers: a while after it is listed. */
  usable(project: Project, service: string): boolean;
}

const prefix = 'type.googleapis.com/google.api.serviceusage.v1';
const batchMax = 20;

export function enabledServices({ store, clock }: World): EnabledServices {
  const table = store.table<Switch>('google/services');
  const find = (project: Project, service: string): Switch | undefined => table.get(`${project.id}/${service}`);
  return {
    listed: (project, service) => find(project, service)?.on ?? onFromTheStart.includes(service),
    usable(project, service) {
      const found = find(project, service);
      return found ? found.on && clock.now() >= found.usableAtMs : onFromTheStart.includes(service);
    },
  };
}

/** serviceusage v1: https://cloud.google.com/service-usage/docs/reference/rest */
export function createServiceUsage(world: World): Service {
  const enabled = enabledServices(world);
  const show = (project: Project, service: string): object => ({
    name: `projects/${project.number}/services/${service}`,
    config: { name: service, title: catalogue[service] ?? service },
    state: enabled.listed(project, service) ? 'ENABLED' : 'DISABLED',
    parent: `projects/${project.number}`,
  });
  const named = (call: Call): string => lastSegment(call.params['name'] ?? '');
  return {
    handlers: {
      'serviceusage.services.list': (call) => list(call, (service) => enabled.listed(call.project(), service), show),
      'serviceusage.services.get': (call) => show(call.project(), known(named(call))),
      'serviceusage.services.batchGet': (call) => ({
        services: [call.query['names'] ?? []].flat().map((name) => show(call.project(), known(lastSegment(name)))),
      }),
      'serviceusage.services.enable': (call) =>
        enable(world, call.project(), { services: [named(call)], batch: false }),
      'serviceusage.services.batchEnable': (call) =>
        enable(world, call.project(), { services: batchIds(call), batch: true }),
      'serviceusage.services.disable': (call) => disable(world, call, enabled),
      'serviceusage.operations.get': (call) => getOperation(world, call),
      'serviceusage.operations.list': () => {
        const all = world.projects().flatMap(({ id }) => world.operations.list('serviceusage', id));
        return { operations: all.map(showOperation) };
      },
    },
    effects: effects(world),
  };
}

function effects(world: World): Service['effects'] {
  return {
    'services.enable': effect<Args & { readonly all: readonly string[] }>({
      finish(args) {
        for (const service of args.all) turn(world, args.project, service, true);
        return enableResponse(brief(world, args, 'ENABLED'), args.batch === true);
      },
    }),
    'services.disable': effect<Args>({
      finish(args) {
        for (const service of args.services) turn(world, args.project, service, false);
        return { '@type': `${prefix}.DisableServiceResponse`, service: brief(world, args, 'DISABLED')[0] };
      },
    }),
  };
}

function turn(world: World, project: string, service: string, on: boolean): void {
  const { store, clock } = world;
  const table = store.table<Switch>('google/services');
  const current = table.get(`${project}/${service}`);
  if (current?.on === on) return; // an API that is on stays usable while it is enabled again
  if (on && !current && onFromTheStart.includes(service)) return;
  if (on) grantAgent(world, project, service);
  const usableAtMs = clock.now() + (on ? clock.scaled(durations.serviceUsable) : 0);
  table.set(`${project}/${service}`, { on, usableAtMs });
}

/** Services as operations answer them. */
function brief(world: World, { project, services }: Args, state: string): readonly object[] {
  const parent = `projects/${world.project(project)?.number ?? project}`;
  return services.map((service) => ({ name: `${parent}/services/${service}`, parent, state }));
}

function enable(
  world: World,
  project: Project,
  { services, batch }: { services: readonly string[]; batch: boolean },
): object {
  checkKnown(services);
  const args: Args = { project: project.id, services, batch };
  const enabled = enabledServices(world);
  if (services.every((service) => enabled.listed(project, service))) {
    const response = enableResponse(brief(world, args, 'ENABLED'), batch);
    return { name: 'operations/noop.DONE_OPERATION', done: true, response };
  }
  const id = `acat.p2-${project.number}-${randomUUID()}`;
  const all = [...new Set(services.flatMap((service) => [service, ...(needs[service] ?? [])]))];
  world.operations.begin({
    id,
    api: 'serviceusage',
    project: project.id,
    type: 'enable',
    lock: id,
    seconds: durations.serviceEnable,
    effect: 'services.enable',
    args: { ...args, all },
  });
  return { name: `operations/${id}` };
}

/** Services act in a project as accounts of their own; enabling one changes the project's policy. */
function grantAgent(world: World, project: string, service: string): void {
  const [domain, role] = agents[service] ?? [];
  const number = world.project(project)?.number;
  if (!domain || !role || !number) return;
  const member = `serviceAccount:service-${number}@${domain}.iam.gserviceaccount.com`;
  createPolicies(world).grant(`projects/${project}`, role, member);
}

function enableResponse(services: readonly object[], batch: boolean): object {
  return batch
    ? { '@type': `${prefix}.BatchEnableServicesResponse`, services }
    : { '@type': `${prefix}.EnableServiceResponse`, service: services[0] };
}

function list(
  call: Call,
  isOn: (service: string) => boolean,
  show: (project: Project, service: string) => object,
): object {
  const filter = queryText(call, 'filter') ?? '';
  const wanted = /^state:(ENABLED|DISABLED)$/.exec(filter)?.[1];
  if (filter && !wanted) throw invalid(`Invalid filter: ${filter}`);
  const names = Object.keys(catalogue).filter((service) => !wanted || isOn(service) === (wanted === 'ENABLED'));
  const { items, next } = page(call, names.toSorted());
  return { services: items.map((service) => show(call.project(), service)), ...next };
}

function batchIds(call: Call): readonly string[] {
  const ids = (call.body['serviceIds'] as readonly string[] | undefined) ?? [];
  if (ids.length === 0) throw invalid('Request contains no service ids to enable.');
  // One id is refused as it is by the real service; `enable` is for one.
  if (ids.length === 1) throw invalid('Request contains an invalid argument: batchEnable takes two or more services.');
  if (ids.length > batchMax)
    throw invalid(`Request contains ${ids.length} service ids, which is more than the limit of ${batchMax}.`);
  return ids;
}

function disable({ operations }: World, call: Call, enabled: EnabledServices): object {
  const project = call.project();
  const service = known(lastSegment(call.params['name'] ?? ''));
  const users = Object.keys(needs).filter((each) => needs[each]?.includes(service) && enabled.listed(project, each));
  if (users.length > 0 && call.body['disableDependentServices'] !== true) {
    throw failedPrecondition(
      `The service ${service} is depended on by the following active service(s): ${users.join(',')}; Please specify disable_dependent_services=true if you want to proceed with disabling all services.`,
    );
  }
  const id = `acf.p2-${project.number}-${randomUUID()}`;
  const services = call.body['disableDependentServices'] === true ? [service, ...users] : [service];
  operations.begin({
    id,
    api: 'serviceusage',
    project: project.id,
    type: 'disable',
    lock: id,
    seconds: durations.serviceDisable,
    effect: 'services.disable',
    args: { project: project.id, services },
  });
  return { name: `operations/${id}` };
}

function known(service: string): string {
  checkKnown([service]);
  return service;
}

function checkKnown(services: readonly string[]): void {
  const unknown = services.filter((service) => !(service in catalogue));
  if (unknown.length === 0) return;
  const names = unknown.join(',');
  throw refuse({
    code: 403,
    status: 'PERMISSION_DENIED',
    message: `Not found or permission denied for service(s): ${names}.`,
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.PreconditionFailure',
        violations: [{ type: 'googleapis.com', subject: '220002' }],
      },
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED',
        domain: 'serviceusage.googleapis.com',
        metadata: { services: names },
      },
    ],
  });
}

function getOperation({ operations }: World, call: Call): object {
  const id = lastSegment(call.params['name'] ?? '');
  if (id === 'noop.DONE_OPERATION') return { name: 'operations/noop.DONE_OPERATION', done: true };
  const found = operations.get(id);
  if (found?.api !== 'serviceusage') throw notFound(`Operation not found: operations/${id}`);
  return showOperation(found);
}

/** A google.longrunning operation as the service names and shows it. */
export function showOperation(operation: Operation): object {
  const name = `operations/${operation.id}`;
  if (operation.state === 'running') return { name };
  if (operation.error)
    return { name, done: true, error: { code: operation.error.code, message: operation.error.message } };
  return { name, done: true, response: operation.response ?? { '@type': 'type.googleapis.com/google.protobuf.Empty' } };
}
