import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ports } from '../free-port.ts';
import type { SqlServers } from '../parts.ts';
import { processList } from '../processes.ts';
import type { Store, Table } from '../store.ts';
import { turns, type Turns } from '../turns.ts';
import { createDatabase, dropDatabase, dropUser, makeFirstRoles, setUser, type AdminAddress } from './admin.ts';
import { findBinaries } from './binaries.ts';
import { makeData, startPostgres, type Installation, type Postgres } from './postgres.ts';
import { findUnprivileged } from './unprivileged.ts';

/** What is remembered of an instance. The password is that of its superuser, which no API shows. */
interface SqlRecord {
  readonly port: number;
  readonly password: string;
}

export interface LocalSqlServers extends SqlServers {
  /** Starts every server that was there when the local cloud was last stopped. */
  resume(): Promise<void>;
  /** Those that run now. */
  running(): readonly { readonly id: string; readonly port: number }[];
  /** Stops all servers and keeps their data. */
  stop(): Promise<void>;
}

interface Options {
  readonly dir: string;
  readonly store: Store;
  readonly ports: Ports;
  readonly log: (line: string) => void;
}

/** One real PostgreSQL server for each Cloud SQL instance, its data under `<dir>/sql/<instance>`. */
export function createSqlServers(options: Options): LocalSqlServers {
  const inTurn = turns();
  const servers = keepRunning(options, inTurn);
  const admin = (id: string): AdminAddress => servers.admin(id);
  const start = async (id: string): Promise<void> => inTurn(id, async () => servers.start(id));
  return {
    start,
    remove: async (id) => inTurn(id, async () => servers.remove(id)),
    address(id) {
      const server = servers.running.get(id);
      return server && { host: '127.0.0.1', port: server.port };
    },
    createDatabase: async (id, name) => inTurn(id, async () => createDatabase(admin(id), name)),
    dropDatabase: async (id, name) => inTurn(id, async () => dropDatabase(admin(id), name)),
    setUser: async (id, name, password) => inTurn(id, async () => setUser(admin(id), name, password)),
    dropUser: async (id, name) => inTurn(id, async () => dropUser(admin(id), name)),
    async resume() {
      const results = await Promise.allSettled(servers.ids().map(start));
      for (const result of results) if (result.status === 'rejected') options.log(`sql: ${String(result.reason)}`);
    },
    running: () => [...servers.running].map(([id, { port }]) => ({ id, port })),
    stop: async () => servers.stop(),
  };
}

interface RunningServers {
  readonly running: ReadonlyMap<string, Postgres>;
  ids(): string[];
  start(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  stop(): Promise<void>;
  admin(id: string): AdminAddress;
}

/** Starts servers, brings back those that die, and stops them. Callers take turns on each id. */
function keepRunning(options: Options, inTurn: Turns): RunningServers {
  const { store, ports, log } = options;
  const records: Table<SqlRecord> = store.table('sql-servers');
  const running = new Map<string, Postgres>();
  const getInstallation = installationOnce(store);
  const folderOf = (id: string): string => join(options.dir, 'sql', id.replaceAll(/[^\w.-]/g, '_'));
  let stopping = false;

  const start = async (id: string): Promise<void> => {
    if (running.has(id) || stopping) return;
    const folder = folderOf(id);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { password = randomBytes(24).toString('base64url'), port: before } = records.get(id) ?? {};
    // Remembered first: data made with a password that was then forgotten could never be opened again.
    records.set(id, { port: before ?? 0, password });
    await makeData(await getInstallation(), folder, password);
    const server = await startOnFreePort(await getInstallation(), ports, {
      id,
      folder,
      before,
      isStopping: () => stopping,
    });
    running.set(id, server);
    void watch(id, server);
    records.set(id, { port: server.port, password });
    await makeFirstRoles({ port: server.port, password });
    log(`sql ${id}: PostgreSQL listens on 127.0.0.1:${server.port}`);
  };
  /** Cloud SQL brings a server that died back by itself. */
  const watch = async (id: string, server: Postgres): Promise<void> => {
    await server.gone;
    ports.release(server.port);
    if (running.get(id) !== server) return;
    running.delete(id);
    // Someone removed the data under a running server: an empty one in its place would look like lost data.
    if (stopping || !existsSync(folderOf(id))) return;
    log(`sql ${id}: PostgreSQL ended by itself; starting it again`);
    await inTurn(id, async () => start(id)).catch((error: unknown) => log(`sql ${id}: ${String(error)}`));
  };
  const halt = async (id: string): Promise<void> => {
    const server = running.get(id);
    running.delete(id);
    await server?.stop();
  };
  return {
    running,
    ids: () => [...records.entries()].map(([id]) => id),
    start,
    async remove(id) {
      await halt(id);
      rmSync(folderOf(id), { recursive: true, force: true });
      records.delete(id);
    },
    async stop() {
      stopping = true;
      await Promise.all([...running.keys()].map(halt));
    },
    admin(id) {
      const server = running.get(id);
      const record = records.get(id);
      if (!server || !record) throw new Error(`The instance ${id} is not running.`);
      return { port: server.port, password: record.password };
    },
  };
}

async function startOnFreePort(
  installation: Installation,
  ports: Ports,
  ask: { id: string; folder: string; before: number | undefined; isStopping: () => boolean },
): Promise<Postgres> {
  for (let tries = 1; ; tries++) {
    const port = await ports.take(ask.before);
    try {
      return await startPostgres(installation, ask.folder, port, `PostgreSQL of ${ask.id}`);
    } catch (error) {
      ports.release(port);
      // Someone took the port in between, or the backends of a killed server are still on their way out.
      if (tries === 4 || ask.isStopping()) throw error;
      await delay(300 * tries);
    }
  }
}

/** Looked for when the first instance is made: a local cloud without Cloud SQL needs no PostgreSQL. */
function installationOnce(store: Store): () => Promise<Installation> {
  const processes = processList(store);
  let found: Promise<Installation> | undefined;
  return async () => {
    found ??= findUnprivileged().then((unprivileged) => ({ binaries: findBinaries(), unprivileged, processes }));
    return found;
  };
}
