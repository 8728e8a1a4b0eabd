import { isObject } from '../../base/json.ts';
import { durations } from './durations.ts';
import { refuse } from './errors.ts';
import type { Fields } from './merge.ts';
import { at, merge } from './merge.ts';
import { regions } from './networks.ts';
import { effect } from './operations.ts';
import { createSqlDatabases } from './sql-databases.ts';
import { passes } from './sql-filter.ts';
import {
  createSqlInstances,
  inProgress,
  instanceKey,
  lockOf,
  onlyPostgres,
  type SqlInstances,
} from './sql-instances.ts';
import {
  checkChange,
  checkSettings,
  defaultEdition,
  fullSettings,
  invalidRequest,
  needsRestart,
  postgresVersions,
} from './sql-rules.ts';
import { createSqlUsers } from './sql-users.ts';
import { connectionName, networkOf, showInstance, type SqlInstance } from './sql-view.ts';
import { type Call, page, queryText, type Service, text, type World } from './world.ts';

export interface SqlAdminService extends Service {
  /** Starts the servers of the instances that were running before. */
  start(): Promise<void>;
}

interface CreateArgs {
  readonly key: string;
  readonly rootPassword?: string;
}

/** Cloud SQL Admin v1 and v1beta4: https://cloud.google.com/sql/docs/postgres/admin-api/rest */
export function createSqlAdmin(world: World): SqlAdminService {
  const instances = createSqlInstances(world);
  const databases = createSqlDatabases(world, instances);
  const users = createSqlUsers(world, instances);
  return {
    handlers: {
      'sql.instances.list': (call) => {
        const filter = queryText(call, 'filter') ?? '';
        const all = instances.list(call.project().id).map((each) => showInstance(world, call, each));
        const { items, next } = page(
          call,
          all.filter((each) => passes(filter, each)),
          'maxResults',
        );
        return { kind: 'sql#instancesList', ...(items.length > 0 ? { items } : {}), ...next };
      },
      'sql.instances.get': (call) => showInstance(world, call, instances.find(call)),
      'sql.instances.insert': (call) => insert(world, instances, call),
      'sql.instances.patch': (call) => change(world, instances, call, (live) => merge(live.settings, settingsOf(call))),
      'sql.instances.update': (call) => {
        if (settingsOf(call)['settingsVersion'] === undefined)
          throw refuse({ code: 400, reason: 'required', message: 'Missing parameter: settings.settingsVersion.' });
        return change(world, instances, call, (live) => fullSettings(settingsOf(call), live));
      },
      'sql.instances.restart': (call) => {
        const live = instances.idle(call);
        const args = { key: instanceKey(live), more: {} };
        return instances.show(
          call,
          world.operations.begin(
            instances.begin(live, { type: 'RESTART', seconds: durations.instanceRestart, effect: 'sql.change', args }),
          ),
        );
      },
      'sql.instances.delete': (call) => remove(world, instances, call),
      ...databases.handlers,
      ...users.handlers,
      ...operationHandlers(world, instances),
    },
    effects: { ...effects(world, instances), ...databases.effects, ...users.effects },
    async start() {
      const alive = world
        .projects()
        .flatMap((project) => instances.list(project.id))
        .filter((each) => each.state === 'RUNNABLE');
      await Promise.allSettled(alive.map(async (each) => world.sqlServers.start(connectionName(each))));
    },
  };
}

/** The tiers that are named rather than computed from processors and memory. */
const smallTiers = [
  { kind: 'sql#tier', tier: 'db-f1-micro', RAM: '643825664', DiskQuota: '3298534883328', region: regions },
  { kind: 'sql#tier', tier: 'db-g1-small', RAM: '1825361101', DiskQuota: '3298534883328', region: regions },
];

function operationHandlers(world: World, instances: SqlInstances): Service['handlers'] {
  return {
    'sql.operations.get': (call) => {
      const found = world.operations.get(call.params['operation'] ?? '');
      if (found?.api === 'sqladmin' && found.project === call.project().id) return instances.show(call, found);
      throw refuse({ code: 404, reason: 'operationDoesNotExist', message: 'The Cloud SQL operation does not exist.' });
    },
    'sql.tiers.list': () => ({ kind: 'sql#tiersList', items: smallTiers }),
    'sql.operations.list': (call) => {
      const instance = queryText(call, 'instance');
      const all = world.operations
        .list('sqladmin', call.project().id)
        .filter((each) => !instance || each.shown['instance'] === instance);
      const { items, next } = page(call, all.toReversed(), 'maxResults');
      return {
        kind: 'sql#operationsList',
        ...(items.length > 0 ? { items: items.map((each) => instances.show(call, each)) } : {}),
        ...next,
      };
    },
  };
}

function effects(world: World, instances: SqlInstances): Service['effects'] {
  return {
    'sql.create': effect<CreateArgs>({
      async work({ key, rootPassword }) {
        const instance = instances.get(key);
        if (!instance) return;
        await world.sqlServers.start(connectionName(instance));
        if (rootPassword) await world.sqlServers.setUser(connectionName(instance), 'postgres', rootPassword);
      },
      finish: ({ key }) => instances.edit(key, () => ({ state: 'RUNNABLE' })),
      failed: ({ key }) => instances.edit(key, () => ({ state: 'FAILED' })),
    }),
    'sql.change': effect<{ readonly key: string; readonly more: Partial<SqlInstance> }>({
      finish: ({ key, more }) => instances.edit(key, () => more),
    }),
    'sql.delete': effect<{ readonly key: string; readonly connection: string }>({
      work: async ({ connection }) => world.sqlServers.remove(connection),
      finish({ key }) {
        instances.remove(key);
        for (const name of ['google/sql-databases', 'google/sql-users']) {
          const table = world.store.table<unknown>(name);
          for (const child of [...table.entries()].map(([each]) => each).filter((each) => each.startsWith(`${key}/`)))
            table.delete(child);
        }
      },
      failed: ({ key }) => instances.edit(key, () => ({ state: 'FAILED' })),
    }),
  };
}

function settingsOf(call: Call): Fields {
  const settings = call.body['settings'];
  return isObject(settings) ? settings : {};
}

function insert(world: World, instances: SqlInstances, call: Call): object {
  const project = call.project();
  const name = text(call.body['name']);
  if (!/^[a-z]([-a-z0-9]{0,96}[a-z0-9])?$/.test(name)) {
    throw refuse({
      code: 400,
      reason: 'invalidInstanceName',
      message: `Invalid request: Invalid instance name (${name}). It must start with a letter and have only lowercase letters, numbers and hyphens.`,
    });
  }
  const databaseVersion = text(call.body['databaseVersion'], 'MYSQL_8_0');
  if (!(databaseVersion in postgresVersions)) throw onlyPostgres(databaseVersion);
  if (call.body['masterInstanceName']) throw invalidRequest('The local cloud has no read replicas.');
  const region = text(call.body['region'], 'us-central1');
  if (instances.get(`${project.id}/${name}`))
    throw refuse({ code: 409, reason: 'instanceAlreadyExists', message: 'The Cloud SQL instance already exists.' });
  const settings = fullSettings(
    { edition: defaultEdition(databaseVersion), ...settingsOf(call) },
    { databaseVersion, region },
  );
  checkSettings(world, project, name, settings);
  const instance: SqlInstance = {
    project: project.id,
    name,
    region,
    databaseVersion,
    state: 'PENDING_CREATE',
    createTime: world.clock.stamp(),
    settings,
    settingsVersion: 0,
    ...networkOf(settings),
  };
  instances.put(instance);
  const { rootPassword } = call.body;
  const args: CreateArgs = {
    key: instanceKey(instance),
    ...(typeof rootPassword === 'string' && rootPassword ? { rootPassword } : {}),
  };
  return instances.show(
    call,
    world.operations.begin(
      instances.begin(instance, { type: 'CREATE', seconds: durations.instanceCreate, effect: 'sql.create', args }),
    ),
  );
}

function change(world: World, instances: SqlInstances, call: Call, settingsFor: (live: SqlInstance) => Fields): object {
  const live = instances.find(call);
  if (world.operations.running(lockOf(live))) throw inProgress();
  const read = settingsOf(call)['settingsVersion'];
  if (read !== undefined && read !== String(live.settingsVersion))
    throw refuse({ code: 412, reason: 'staleData', message: 'Condition does not match.' });
  const { settingsVersion: _read, ...settings } = settingsFor(live);
  checkChange(live, call.body, settings);
  checkSettings(world, call.project(), live.name, settings);
  const databaseVersion =
    typeof call.body['databaseVersion'] === 'string' ? call.body['databaseVersion'] : live.databaseVersion;
  if (!(databaseVersion in postgresVersions)) throw onlyPostgres(databaseVersion);
  const more: Partial<SqlInstance> = { settings, databaseVersion, ...networkOf(settings) };
  const restarts = databaseVersion !== live.databaseVersion || needsRestart(live.settings, settings);
  const seconds = restarts ? durations.instanceUpdateWithRestart : durations.instanceUpdate;
  return instances.show(
    call,
    world.operations.begin(
      instances.begin(live, { type: 'UPDATE', seconds, effect: 'sql.change', args: { key: instanceKey(live), more } }),
    ),
  );
}

function remove(world: World, instances: SqlInstances, call: Call): object {
  const live = instances.find(call);
  if (world.operations.running(lockOf(live))) throw inProgress();
  if (at(live.settings, 'deletionProtectionEnabled') === true) {
    throw refuse({
      code: 400,
      reason: 'invalidRequest',
      message:
        'The instance is protected. Please disable the deletion protection and try again. To disable deletion protection, update the instance settings with deletionProtectionEnabled set to false.',
    });
  }
  const args = { key: instanceKey(live), connection: connectionName(live) };
  const operation = world.operations.begin(
    instances.begin(live, { type: 'DELETE', seconds: durations.instanceDelete, effect: 'sql.delete', args }),
  );
  instances.put({ ...live, state: 'PENDING_DELETE' });
  return instances.show(call, operation);
}
