import { isObject } from '../../base/json.ts';
import { newCluster } from './cluster-defaults.ts';
import { readUpdate, upgradeTo } from './cluster-update.ts';
import { serverConfig } from './cluster-versions.ts';
import { checkEndpoint, clusterEtag, type ClusterRecord, showCluster, showClusterOperation } from './cluster-view.ts';
import { durations } from './durations.ts';
import { alreadyExists, failedPrecondition, forbidden, invalid, notFound } from './errors.ts';
import { checkLabels } from './labels.ts';
import { type Fields, merge } from './merge.ts';
import { regions } from './networks.ts';
import { effect, operationName } from './operations.ts';
import { createPolicies } from './policy.ts';
import {
  type Call,
  fingerprint,
  type Handlers,
  lastSegment,
  sameBytes,
  type Service,
  text,
  type World,
} from './world.ts';

export interface ContainerService extends Service {
  /** Starts the clusters that were running before. */
  start(): Promise<void>;
}

/** Kubernetes Engine v1, Autopilot clusters: https://cloud.google.com/kubernetes-engine/docs/reference/rest */
export function createContainer(world: World): ContainerService {
  const table = world.store.table<ClusterRecord>('google/clusters');
  return {
    handlers: { ...readHandlers(world), ...writeHandlers(world), ...operationHandlers(world) },
    effects: effects(world),
    async start() {
      const alive = [...table.entries()].filter(
        ([, each]) => each.status === 'RUNNING' || each.status === 'RECONCILING',
      );
      await Promise.allSettled(alive.map(async ([id]) => bringUp(world, id)));
    },
  };
}

/** The cluster that a request names. */
function findCluster({ store }: World, call: Call): ClusterRecord {
  const name = call.params['name'] ?? call.params['parent'] ?? '';
  const found = store.table<ClusterRecord>('google/clusters').get(canonicalName(call, name));
  if (found) return found;
  const [, project, , location = '', , cluster] = name.split('/');
  const place = isZone(location) ? 'zones' : 'locations';
  throw notFound(`Not found: projects/${project}/${place}/${location}/clusters/${cluster}.`);
}

function readHandlers(world: World): Handlers {
  const table = world.store.table<ClusterRecord>('google/clusters');
  const find = (call: Call): ClusterRecord => findCluster(world, call);
  return {
    'container.projects.locations.getServerConfig': (call) => {
      checkLocation(locationOf(call));
      return serverConfig();
    },
    'container.projects.locations.clusters.list': (call) => {
      const [project, location] = [call.project().id, locationOf(call)];
      const found = [...table.entries()]
        .map(([, each]) => each)
        .filter((each) => each.project === project && (location === '-' || each.location === location));
      return found.length > 0 ? { clusters: found.map((each) => showCluster(each)) } : {};
    },
    'container.projects.locations.clusters.get': (call) => showCluster(find(call)),
    'container.projects.locations.clusters.nodePools.list': (call) => ({
      nodePools: find(call).cluster['nodePools'] ?? [],
    }),
  };
}

function writeHandlers(world: World): Handlers {
  const table = world.store.table<ClusterRecord>('google/clusters');
  const find = (call: Call): ClusterRecord => findCluster(world, call);
  const change = (call: Call, what: { type: string; seconds: number; patch: Fields; status?: string }): object => {
    const record = find(call);
    checkIdle(world, record);
    const { type, seconds, patch, status } = what;
    if (status) table.set(record.id, { ...record, status });
    return begin(world, record, { type, seconds, effect: 'cluster.change', args: { id: record.id, patch } });
  };
  return {
    'container.projects.locations.clusters.create': (call) => create(world, call),
    'container.projects.locations.clusters.update': (call) => {
      const record = find(call);
      const { patch, upgrade } = readUpdate(record.cluster, clusterEtag(record), fieldsOf(call, 'update'));
      const seconds = upgrade ? durations.clusterUpgrade : durations.clusterUpdate;
      return change(call, {
        type: upgrade ? 'UPGRADE_MASTER' : 'UPDATE_CLUSTER',
        seconds,
        patch,
        status: 'RECONCILING',
      });
    },
    'container.projects.locations.clusters.updateMaster': (call) => {
      const { patch } = upgradeTo(find(call).cluster, text(call.body['masterVersion']));
      return change(call, {
        type: 'UPGRADE_MASTER',
        seconds: durations.clusterUpgrade,
        patch,
        status: 'RECONCILING',
      });
    },
    'container.projects.locations.clusters.setResourceLabels': (call) =>
      change(call, { type: 'SET_LABELS', seconds: durations.clusterLabels, patch: labelPatch(find(call), call) }),
    'container.projects.locations.clusters.setMaintenancePolicy': (call) => {
      const policy = fieldsOf(call, 'maintenancePolicy');
      const resourceVersion = fingerprint([policy, world.clock.now()]).toLowerCase().replaceAll(/\W/g, '').slice(0, 8);
      return change(call, {
        type: 'SET_MAINTENANCE_POLICY',
        seconds: durations.clusterLabels,
        patch: { maintenancePolicy: { window: null, ...policy, resourceVersion } },
      });
    },
    'container.projects.locations.clusters.delete': (call) => {
      const record = find(call);
      checkIdle(world, record);
      table.set(record.id, { ...record, status: 'STOPPING' });
      return begin(world, record, {
        type: 'DELETE_CLUSTER',
        seconds: durations.clusterDelete,
        effect: 'cluster.delete',
        args: { id: record.id },
      });
    },
  };
}

function operationHandlers(world: World): Handlers {
  return {
    'container.projects.locations.operations.list': (call) => {
      const [{ id }, location] = [call.project(), locationOf(call)];
      const found = world.operations
        .list('container', id)
        .filter((each) => location === '-' || each.shown['location'] === location);
      return found.length > 0 ? { operations: found.map((each) => showClusterOperation(world, each)) } : {};
    },
    'container.projects.locations.operations.get': (call) => {
      const found = world.operations.get(lastSegment(call.params['name'] ?? ''));
      if (
        found?.api === 'container' &&
        found.project === call.project().id &&
        found.shown['location'] === locationOf(call)
      )
        return showClusterOperation(world, found);
      throw notFound(`Not found: ${call.params['name'] ?? ''}.`);
    },
  };
}

function effects(world: World): Service['effects'] {
  const table = world.store.table<ClusterRecord>('google/clusters');
  const edit = (id: string, more: (record: ClusterRecord) => Partial<ClusterRecord>): void => {
    const record = table.get(id);
    if (record) table.set(id, { ...record, ...more(record) });
  };
  return {
    'cluster.create': effect<{ readonly id: string }>({
      work: async ({ id }) => bringUp(world, id),
      finish({ id }) {
        edit(id, () => ({ status: 'RUNNING' }));
        const project = table.get(id)?.project;
        if (project) createPolicies(world).openPool(project);
      },
      failed: ({ id }) => edit(id, () => ({ status: 'ERROR' })),
    }),
    'cluster.change': effect<{ readonly id: string; readonly patch: Fields }>({
      finish: ({ id, patch }) => edit(id, (record) => ({ status: 'RUNNING', cluster: merge(record.cluster, patch) })),
    }),
    'cluster.delete': effect<{ readonly id: string }>({
      work: async ({ id }) => world.clusters.remove(id),
      finish: ({ id }) => table.delete(id),
      failed: ({ id }) => edit(id, () => ({ status: 'ERROR' })),
    }),
  };
}

/** Starts the cluster's API server and writes down where it listens. */
async function bringUp({ store, clusters }: World, id: string): Promise<void> {
  const table = store.table<ClusterRecord>('google/clusters');
  const { endpoint, caPem } = await clusters.start(id);
  checkEndpoint(endpoint);
  const record = table.get(id);
  if (record && (record.endpoint !== endpoint || record.caPem !== caPem)) table.set(id, { ...record, endpoint, caPem });
}

function create(world: World, call: Call): object {
  const table = world.store.table<ClusterRecord>('google/clusters');
  const [project, location, asked] = [call.project(), locationOf(call), fieldsOf(call, 'cluster')];
  checkLocation(location);
  const name = typeof asked['name'] === 'string' ? asked['name'] : '';
  if (!/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name)) {
    throw invalid(
      `Invalid value for field "cluster.name": "${name}". It must be at most 40 characters of [a-z0-9-], start with a letter and end with a letter or a number.`,
    );
  }
  checkLabels('cluster.resource_labels', asked['resourceLabels']);
  const id = `projects/${project.id}/locations/${location}/clusters/${name}`;
  if (table.get(id)) throw alreadyExists(`Already exists: ${id}.`);
  if (!isObject(asked['autopilot']) || asked['autopilot']['enabled'] !== true) {
    throw invalid('The local cloud makes Autopilot clusters only: set cluster.autopilot.enabled.');
  }
  if (isZone(location)) throw invalid('Autopilot clusters must be regional clusters.');
  const record: ClusterRecord = {
    id,
    project: project.id,
    location,
    name,
    cluster: newCluster(world, { project, location, asked }),
    status: 'PROVISIONING',
  };
  table.set(id, record);
  return begin(world, record, {
    type: 'CREATE_CLUSTER',
    seconds: durations.clusterCreate,
    effect: 'cluster.create',
    args: { id },
  });
}

function begin(
  world: World,
  record: ClusterRecord,
  what: { type: string; seconds: number; effect: string; args: unknown },
): object {
  const shown = { location: record.location, cluster: record.name };
  const id = operationName(world.clock);
  return showClusterOperation(
    world,
    world.operations.begin({ ...what, id, api: 'container', project: record.project, lock: record.id, shown }),
    true,
  );
}

/** One operation at a time. */
function checkIdle(world: World, record: ClusterRecord): void {
  const running = world.operations.running(record.id);
  if (running) {
    if (record.status === 'PROVISIONING')
      throw failedPrecondition(
        'Cluster is currently being created, deleted, updated or repaired and cannot be updated.',
      );
    throw failedPrecondition(`Cluster is running incompatible operation ${running.id}.`, [
      {
        '@type': 'type.googleapis.com/google.rpc.RequestInfo',
        requestId: `0x${Buffer.from(fingerprint(running.id), 'base64').toString('hex')}`,
      },
    ]);
  }
}

function labelPatch(record: ClusterRecord, call: Call): Fields {
  const { labelFingerprint, resourceLabels = {} } = call.body;
  checkLabels('resource_labels', resourceLabels);
  const live = (record.cluster['resourceLabels'] ?? {}) as Fields;
  if (typeof labelFingerprint !== 'string' || !sameBytes(labelFingerprint, fingerprint(live))) {
    throw failedPrecondition(
      'Labels could not be set: the label fingerprint is missing or does not match the labels of the cluster. Read the cluster again.',
    );
  }
  const gone = Object.fromEntries(Object.keys(live).map((key) => [key, null]));
  return { resourceLabels: { ...gone, ...(resourceLabels as Fields) } };
}

function fieldsOf(call: Call, name: string): Fields {
  const value = call.body[name];
  return isObject(value) ? value : {};
}

function locationOf(call: Call): string {
  return (call.params['name'] ?? call.params['parent'] ?? '').split('/')[3] ?? '';
}

/** The name under the project's id, where the request may have used its number. */
function canonicalName(call: Call, name: string): string {
  return name.replace(/^projects\/[^/]+/, `projects/${call.project().id}`);
}

function checkLocation(location: string): void {
  if (!regions.includes(isZone(location) ? location.slice(0, -2) : location))
    throw forbidden(`Permission denied on 'locations/${location}' (or it may not exist).`);
}

function isZone(location: string): boolean {
  return /-[a-z]$/.test(location);
}
