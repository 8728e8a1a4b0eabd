import { randomUUID } from 'node:crypto';
import { refuse, unserved } from './errors.ts';
import type { Begin } from './operations.ts';
import { type SqlInstance, showSqlOperation } from './sql-view.ts';
import type { Call, World } from './world.ts';

/** What instances, databases and users have in common: the instance, its one operation at a time, its version. */
export interface SqlInstances {
  /** Throws what the service answers when there is none. */
  find(call: Call): SqlInstance;
  list(project: string): readonly SqlInstance[];
  put(instance: SqlInstance): void;
  remove(key: string): void;
  get(key: string): SqlInstance | undefined;
  /** Throws unless the instance exists, runs, and nothing else is being done to it. */
  idle(call: Call): SqlInstance;
  /** Changes the instance and counts the operation. */
  edit(key: string, more: (instance: SqlInstance) => Partial<SqlInstance>): void;
  begin(instance: SqlInstance, what: SqlBegin): Begin;
  show(call: Call, operation: ReturnType<World['operations']['begin']>): object;
}

export interface SqlBegin {
  readonly type: string;
  readonly seconds: number;
  readonly effect: string;
  readonly args: unknown;
  /** Below the instance, when it isn't the instance itself: `databases/d`. */
  readonly target?: string;
}

export const instanceKey = ({ project, name }: Pick<SqlInstance, 'project' | 'name'>): string => `${project}/${name}`;

export function createSqlInstances(world: World): SqlInstances {
  const table = world.store.table<SqlInstance>('google/sql-instances');
  const find = (call: Call): SqlInstance => {
    const found = table.get(`${call.project().id}/${call.params['instance'] ?? ''}`);
    if (found) return found;
    throw refuse({ code: 404, reason: 'instanceDoesNotExist', message: 'The Cloud SQL instance does not exist.' });
  };
  return {
    find,
    list: (project) => [...table.entries()].map(([, each]) => each).filter((each) => each.project === project),
    put: (instance) => table.set(instanceKey(instance), instance),
    remove: (key) => table.delete(key),
    get: (key) => table.get(key),
    idle(call) {
      const found = find(call);
      if (world.operations.running(lockOf(found))) throw inProgress();
      if (found.state !== 'RUNNABLE' || found.settings['activationPolicy'] === 'NEVER') throw notRunning();
      return found;
    },
    edit(key, more) {
      const live = table.get(key);
      if (live) table.set(key, { ...live, ...more(live), settingsVersion: live.settingsVersion + 1 });
    },
    begin(instance, { type, seconds, effect, args, target }) {
      const shown = { instance: instance.name, target: `instances/${instance.name}${target ? `/${target}` : ''}` };
      return {
        id: randomUUID(),
        api: 'sqladmin',
        project: instance.project,
        lock: lockOf(instance),
        type,
        seconds,
        effect,
        args,
        shown,
      };
    },
    show: (call, operation) => showSqlOperation(world, call, operation),
  };
}

export function lockOf(instance: Pick<SqlInstance, 'project' | 'name'>): string {
  return `sql ${instanceKey(instance)}`;
}

export function inProgress(): Error {
  const message =
    'Operation failed because another operation was already in progress. Try your request after the current operation is complete.';
  return refuse({ code: 409, reason: 'operationInProgress', message });
}

export function notRunning(): Error {
  return refuse({ code: 400, reason: 'invalidState', message: 'Invalid request since instance is not running.' });
}

/** The local Cloud SQL is PostgreSQL. */
export function onlyPostgres(databaseVersion: string): Error {
  return unserved(`Cloud SQL instances of database version ${databaseVersion}; it makes PostgreSQL only`);
}
