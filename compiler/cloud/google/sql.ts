import type { protos } from '@google-cloud/sql';
import type { Operation, OperationStatus, SqlApi } from '../../model/ports.ts';
import { operationError } from './operations.ts';
import { attempt, gaxClientOptions, gaxOptions, type GoogleContext } from './requests.ts';

type SqlOperation = protos.google.cloud.sql.v1.IOperation;
type Options = ReturnType<typeof gaxOptions>;

/**
 * Cloud SQL through its official client, over REST.
 * https://cloud.google.com/sql/docs/postgres/admin-api/rest
 */
export async function sqlApi(context: GoogleContext): Promise<SqlApi> {
  const { instances, databases, users, operations } = await makeClients(context);
  const read = async <T>(send: (options: Options) => Promise<[T, ...unknown[]]>): Promise<T> =>
    attempt(context, 'sql', 'read', async () => (await send(gaxOptions(context, 'read')))[0]);
  const operationOf = (project: string, operation: string): Operation => ({
    name: operation,
    poll: async () => statusOf(await read(async (how) => operations.get({ project, operation }, how))),
  });
  const write = async (
    project: string,
    send: (options: Options) => Promise<[SqlOperation, ...unknown[]]>,
  ): Promise<Operation> => {
    const [operation] = await attempt(context, 'sql', 'write', async () => send(gaxOptions(context, 'write')));
    return operationOf(project, operation.name ?? '');
  };
  return {
    getInstance: async (project, instance) => read(async (how) => instances.get({ project, instance }, how)),
    listInstances: async (project) => {
      const found: protos.google.cloud.sql.v1.IDatabaseInstance[] = [];
      let pageToken: string | undefined;
      do {
        const page = await read(async (how) => instances.list({ project, ...(pageToken && { pageToken }) }, how));
        found.push(...(page.items ?? []));
        pageToken = page.nextPageToken || undefined;
      } while (pageToken);
      return found;
    },
    insertInstance: async (project, body) => write(project, async (how) => instances.insert({ project, body }, how)),
    patchInstance: async (project, instance, body) =>
      write(project, async (how) => instances.patch({ project, instance, body }, how)),
    deleteInstance: async (project, instance) =>
      write(project, async (how) => instances.delete({ project, instance }, how)),
    getDatabase: async (project, instance, database) =>
      read(async (how) => databases.get({ project, instance, database }, how)),
    insertDatabase: async (project, instance, body) =>
      write(project, async (how) => databases.insert({ project, instance, body }, how)),
    deleteDatabase: async (project, instance, database) =>
      write(project, async (how) => databases.delete({ project, instance, database }, how)),
    listUsers: async (project, instance) =>
      (await read(async (how) => users.list({ project, instance }, how))).items ?? [],
    insertUser: async (project, instance, body) =>
      write(project, async (how) => users.insert({ project, instance, body }, how)),
    // PostgreSQL's users have no host, but the request must say so.
    updateUser: async (project, instance, name, body) =>
      write(project, async (how) => users.update({ project, instance, name, host: '', body }, how)),
    deleteUser: async (project, instance, name) =>
      write(project, async (how) => users.delete({ project, instance, name }, how)),
    runningOperation: async (project, instance) => {
      // Newest first, and one at a time per instance: a running one is on the first page.
      const { items } = await read(async (how) => operations.list({ project, instance, maxResults: 20 }, how));
      const running = items?.find((each) => each.status === 'PENDING' || each.status === 'RUNNING');
      return running && operationOf(project, running.name ?? '');
    },
  };
}

async function makeClients(context: GoogleContext) {
  const options = await gaxClientOptions(context, 'sql');
  const [
    { SqlInstancesServiceClient },
    { SqlDatabasesServiceClient },
    { SqlUsersServiceClient },
    { SqlOperationsServiceClient },
  ] = await Promise.all([
    import('@google-cloud/sql/build/src/v1/sql_instances_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_databases_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_users_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_operations_service_client.js'),
  ]);
  return {
    instances: new SqlInstancesServiceClient(options),
    databases: new SqlDatabasesServiceClient(options),
    users: new SqlUsersServiceClient(options),
    operations: new SqlOperationsServiceClient(options),
  };
}

function statusOf(operation: SqlOperation): OperationStatus {
  if (operation.status !== 'DONE') {
    const progress = operation.status === 'PENDING' ? 'waiting to start' : undefined;
    return progress ? { done: false, progress } : { done: false };
  }
  const errors = operation.error?.errors ?? [];
  if (errors.length === 0) return { done: true };
  const message = errors.map((each) => each.message || each.code || '').join('; ');
  return { done: true, error: operationError('sql', errors[0]?.code ?? undefined, message) };
}
