import { durations } from './durations.ts';
import { notFound, refuse } from './errors.ts';
import { type Begin, effect } from './operations.ts';
import { instanceKey, notRunning, type SqlInstances } from './sql-instances.ts';
import { invalidRequest } from './sql-rules.ts';
import { connectionName, type SqlInstance, sqlRoot } from './sql-view.ts';
import { type Call, fingerprint, type Service, type World } from './world.ts';

interface Database {
  readonly name: string;
  readonly charset: string;
  readonly collation: string;
}

interface Args {
  readonly key: string;
  readonly connection: string;
  readonly database: Database;
}

/** There from the start, and not to be dropped. */
const builtIn: Database = { name: 'postgres', charset: 'UTF8', collation: 'en_US.UTF8' };

/** The databases of Cloud SQL instances; each really exists in the instance's server. */
export function createSqlDatabases(world: World, instances: SqlInstances): Service {
  const table = world.store.table<Database>('google/sql-databases');
  const list = (instance: SqlInstance): readonly Database[] => {
    const key = `${instanceKey(instance)}/`;
    return [builtIn, ...[...table.entries()].filter(([each]) => each.startsWith(key)).map(([, each]) => each)];
  };
  const readable = (call: Call): SqlInstance => {
    const instance = instances.find(call);
    if (instance.state !== 'RUNNABLE') throw notRunning();
    return instance;
  };
  const find = (instance: SqlInstance, name: string): Database => {
    const found = list(instance).find((each) => each.name === name);
    if (found) return found;
    const { refused } = notFound('Not Found');
    throw refuse({ ...refused, withStatus: true });
  };
  const show = (call: Call, { project, name }: SqlInstance, database: Database): object => ({
    kind: 'sql#database',
    ...database,
    instance: name,
    project,
    etag: fingerprint([project, name, database]),
    selfLink: `${sqlRoot(call)}/projects/${project}/instances/${name}/databases/${database.name}`,
  });
  return {
    handlers: {
      'sql.databases.list': (call) => {
        const instance = readable(call);
        return { kind: 'sql#databasesList', items: list(instance).map((each) => show(call, instance, each)) };
      },
      'sql.databases.get': (call) => {
        const instance = readable(call);
        return show(call, instance, find(instance, call.params['database'] ?? ''));
      },
      'sql.databases.insert': async (call) => {
        const instance = instances.idle(call);
        const database = newDatabase(call);
        const taken = list(instance).some((each) => each.name === database.name);
        if (taken) throw notMade(database, `pq: database "${database.name}" already exists.`);
        const operation = await world.operations.settle(begin(instances, instance, 'CREATE_DATABASE', database));
        if (operation.error) throw notMade(database, operation.error.message);
        return instances.show(call, operation);
      },
      'sql.databases.delete': async (call) => {
        const instance = instances.idle(call);
        const database = find(instance, call.params['database'] ?? '');
        if (database === builtIn) throw notDropped(database, 'it is the database of the system.');
        const operation = await world.operations.beginSurely(begin(instances, instance, 'DELETE_DATABASE', database));
        if (operation.error) throw notDropped(database, `pq: ${operation.error.message}`);
        return instances.show(call, operation);
      },
    },
    effects: effects(world, instances),
  };
}

function effects(world: World, instances: SqlInstances): Service['effects'] {
  const table = world.store.table<Database>('google/sql-databases');
  return {
    'sql.database.create': effect<Args>({
      async work({ connection, database }) {
        await world.sqlServers.start(connection); // after a restart it may not be up yet
        await world.sqlServers.createDatabase(connection, database.name);
      },
      finish({ key, database }) {
        table.set(`${key}/${database.name}`, database);
        instances.edit(key, () => ({}));
      },
    }),
    'sql.database.delete': effect<Args>({
      async work({ connection, database }) {
        await world.sqlServers.start(connection);
        await world.sqlServers.dropDatabase(connection, database.name);
      },
      finish({ key, database }) {
        table.delete(`${key}/${database.name}`);
        instances.edit(key, () => ({}));
      },
    }),
  };
}

function begin(
  instances: SqlInstances,
  instance: SqlInstance,
  type: 'CREATE_DATABASE' | 'DELETE_DATABASE',
  database: Database,
): Begin {
  const args: Args = { key: instanceKey(instance), connection: connectionName(instance), database };
  const target = `databases/${database.name}`;
  // New ones are there when the answer is; dropping takes a while.
  if (type === 'CREATE_DATABASE')
    return instances.begin(instance, { type, seconds: 0, effect: 'sql.database.create', args, target });
  return instances.begin(instance, {
    type,
    seconds: durations.databaseDelete,
    effect: 'sql.database.delete',
    args,
    target,
  });
}

function notMade({ name }: Database, detail: string): Error {
  return invalidRequest(`failed to create database ${name}. Detail: ${detail}`);
}

function notDropped({ name }: Database, detail: string): Error {
  return invalidRequest(`failed to delete database "${name}". Detail: ${detail}`);
}

function newDatabase(call: Call): Database {
  const { name, charset, collation } = call.body;
  if (typeof name !== 'string' || name === '')
    throw refuse({ code: 400, reason: 'required', message: 'Missing parameter: name.' });
  if (name.length > 63 || name.startsWith('pg_') || ['template0', 'template1', 'cloudsqladmin'].includes(name))
    throw invalidRequest(`Invalid database name (${name}).`);
  if (typeof charset === 'string' && charset !== '' && !/^utf-?8$/i.test(charset))
    throw invalidRequest(`Charset ${charset} is not supported for PostgreSQL; use UTF8.`);
  if (typeof collation === 'string' && collation !== '' && !/^en_US\.utf-?8$/i.test(collation)) {
    throw invalidRequest(`Collation ${collation} is not supported for PostgreSQL; use en_US.UTF8.`);
  }
  return { ...builtIn, name };
}
