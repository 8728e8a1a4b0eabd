import { isObject } from '../../base/json.ts';
import { refuse } from './errors.ts';
import { effect } from './operations.ts';
import { instanceKey, notRunning, type SqlInstances } from './sql-instances.ts';
import { invalidRequest } from './sql-rules.ts';
import { connectionName, type SqlInstance } from './sql-view.ts';
import { type Call, fingerprint, queryText, type Service, text, type World } from './world.ts';

interface User {
  readonly name: string;
  /** BUILT_IN, or one of the IAM kinds. */
  readonly type: string;
}

interface Args {
  readonly key: string;
  readonly connection: string;
  readonly user: User;
  readonly password?: string;
}

const reserved = /^(cloudsql|pg_)/;
const iamTypes = ['CLOUD_IAM_USER', 'CLOUD_IAM_SERVICE_ACCOUNT', 'CLOUD_IAM_GROUP'];

/** The users of Cloud SQL instances; each really exists in the instance's server. Passwords are never answered. */
export function createSqlUsers(world: World, instances: SqlInstances): Service {
  const table = world.store.table<User>('google/sql-users');
  const list = (instance: SqlInstance): readonly User[] => {
    const key = `${instanceKey(instance)}/`;
    const made = [...table.entries()].filter(([each]) => each.startsWith(key)).map(([, each]) => each);
    return made.some((each) => each.name === 'postgres') ? made : [{ name: 'postgres', type: 'BUILT_IN' }, ...made];
  };
  const find = (instance: SqlInstance, name: string): User => {
    const found = list(instance).find((each) => each.name === name);
    if (found) return found;
    throw refuse({ code: 404, reason: 'userDoesNotExist', message: 'The Cloud SQL user does not exist.' });
  };
  const readable = (call: Call): SqlInstance => {
    const instance = instances.find(call);
    if (instance.state !== 'RUNNABLE') throw notRunning();
    return instance;
  };
  const settle = async (
    call: Call,
    instance: SqlInstance,
    what: { type: string; effect: string; user: User; password?: string },
  ): Promise<object> => {
    const { type, effect: name, user, password } = what;
    const args: Args = {
      key: instanceKey(instance),
      connection: connectionName(instance),
      user,
      ...(password ? { password } : {}),
    };
    const operation = await world.operations.settle(
      instances.begin(instance, { type, seconds: 0, effect: name, args }),
    );
    const verb = type.slice(0, type.indexOf('_')).toLowerCase();
    if (operation.error) throw invalidRequest(`failed to ${verb} user ${user.name}: . ${operation.error.message}`);
    return instances.show(call, operation);
  };
  return {
    handlers: {
      'sql.users.list': (call) => {
        const instance = readable(call);
        return { kind: 'sql#usersList', items: list(instance).map((user) => show(instance, user)) };
      },
      'sql.users.get': (call) => {
        const instance = readable(call);
        return show(instance, find(instance, call.params['name'] ?? ''));
      },
      'sql.users.insert': async (call) => {
        const instance = instances.idle(call);
        const user = newUser(instance, call);
        if (list(instance).some((each) => each.name === user.name))
          throw refuse({ code: 409, reason: 'alreadyExists', message: `The user ${user.name} already exists.` });
        return settle(call, instance, { type: 'CREATE_USER', effect: 'sql.user.set', user, ...passwordOf(call) });
      },
      'sql.users.update': async (call) => {
        const instance = instances.idle(call);
        const user = find(instance, queryText(call, 'name') ?? text(call.body['name']));
        return settle(call, instance, { type: 'UPDATE_USER', effect: 'sql.user.set', user, ...passwordOf(call) });
      },
      'sql.users.delete': async (call) => {
        const instance = instances.idle(call);
        const user = find(instance, queryText(call, 'name') ?? '');
        if (user.name === 'postgres')
          throw invalidRequest('the user postgres is the administrator of the instance and stays.');
        return settle(call, instance, { type: 'DELETE_USER', effect: 'sql.user.delete', user });
      },
    },
    effects: effects(world, instances),
  };
}

function effects(world: World, instances: SqlInstances): Service['effects'] {
  const table = world.store.table<User>('google/sql-users');
  return {
    'sql.user.set': effect<Args>({
      async work({ connection, user, password }) {
        await world.sqlServers.start(connection); // after a restart it may not be up yet
        await world.sqlServers.setUser(connection, user.name, password);
      },
      finish({ key, user }) {
        table.set(`${key}/${user.name}`, user);
        instances.edit(key, () => ({}));
      },
    }),
    'sql.user.delete': effect<Args>({
      async work({ connection, user }) {
        await world.sqlServers.start(connection);
        await world.sqlServers.dropUser(connection, user.name);
      },
      finish({ key, user }) {
        table.delete(`${key}/${user.name}`);
        instances.edit(key, () => ({}));
      },
    }),
  };
}

function passwordOf(call: Call): { readonly password?: string } {
  const { password } = call.body;
  return typeof password === 'string' && password !== '' ? { password } : {};
}

function newUser({ settings }: SqlInstance, call: Call): User {
  const { name, type = 'BUILT_IN' } = call.body;
  if (typeof name !== 'string' || name === '')
    throw refuse({ code: 400, reason: 'required', message: 'Missing parameter: name.' });
  if (Buffer.byteLength(name) > 63 || reserved.test(name)) throw invalidRequest(`Invalid user name (${name}).`);
  if (!iamTypes.includes(String(type))) return { name, type: 'BUILT_IN' };
  const flags = Array.isArray(settings['databaseFlags']) ? (settings['databaseFlags'] as unknown[]) : [];
  const on = flags.some(
    (flag) => isObject(flag) && flag['name'] === 'cloudsql.iam_authentication' && flag['value'] === 'on',
  );
  if (!on) throw invalidRequest('IAM users need the database flag cloudsql.iam_authentication to be on.');
  if (type === 'CLOUD_IAM_SERVICE_ACCOUNT' && name.endsWith('.gserviceaccount.com')) {
    throw invalidRequest(
      `Database username for Cloud IAM service account should be created without ".gserviceaccount.com" suffix (${name}).`,
    );
  }
  return { name, type: String(type) };
}

function show({ project, name: instance }: SqlInstance, user: User): object {
  const { name, type } = user;
  const common = { kind: 'sql#user', name, instance, project, etag: fingerprint([project, instance, user]) };
  if (type !== 'BUILT_IN') return { ...common, type, host: '', iamStatus: 'ACTIVE' };
  return {
    ...common,
    ...(name === 'postgres' ? { iamStatus: 'IAM_STATUS_UNSPECIFIED' } : { host: '' }),
    passwordPolicy: { status: {} },
  };
}
