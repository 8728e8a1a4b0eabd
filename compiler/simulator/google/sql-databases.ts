import { durations } from './durations.ts';
import { notFound, refuse } from './errors.ts';
import { effect } from './operations.ts';
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
        if (taken)
          throw invalidRequest(
            `failed to create database ${database.name}. Detail: pq: database "${database.name}" already exists.`,
          );
        const args: Args = { key: instanceKey(instance), connection: connectionName(instance), database };
        const target = `databases/${database.name}`;
        const operation = await world.operations.settle(
          instances.begin(instance, {
            type: 'CREATE_DATABASE',
            seconds: 0,
            effect: 'sql.database.create',
            args,
            target,
          }),
        );
        if (operation.error)
          throw invalidRequest(`failed to create database ${database.name}. Detail: ${operation.error.message}`);
        return instances.show(call, operation);
      },
      'sql.databases.delete': async (call) => {
        const instance = instances.idle(call);
        const database = find(instance, call.params['database'] ?? '');
        if (database === builtIn)
          throw invalidRequest(`failed to delete database ${database.name}. It is a system database.`);
        const args: Args = { key: instanceKey(instance), connection: connectionName(instance), database };
        const target = `databases/${database.name}`;
        const operation = await world.operations.beginSurely(
          instances.begin(instance, {
            type: 'DELETE_DATABASE',
            seconds: durations.databaseDelete,
            effect: 'sql.database.delete',
            args,
            target,
          }),
        );
        if (operation.error)
          throw invalidRequest(`failed to delete database "${database.name}". Detail: pq: ${operation.error.message}`);
        return instances.show(call, operation);
      },
    },
    effects: {
      'sql.database.create': effect<Args>({
        work: async ({ connection, database }) => world.sqlServers.createDatabase(connection, database.name),
        finish({ key, database }) {
          table.set(`${key}/${database.name}`, database);
          instances.edit(key, () => ({}));
        },
      }),
      'sql.database.delete': effect<Args>({
        work: async ({ connection, database }) => world.sqlServers.dropDatabase(connection, database.name),
        finish({ key, database }) {
          table.delete(`${key}/${database.name}`);
          instances.edit(key, () => ({}));
        },
      }),
    },
  };
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
