import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { scaledClock } from './clock.ts';
import { portPool } from './free-port.ts';
import { createGoogleApis, type GoogleApis } from './google/google-apis.ts';
import { clusterFaults, type ClusterFaults } from './kubernetes/named-faults.ts';
import { contextName, writeKubeconfig } from './kubeconfig.ts';
import { createLocalClusters, mainNamespace, type LocalClusters } from './local-clusters.ts';
import { serveControl, type Control } from './local-control.ts';
import { FILES, type LocalState, type LocalStatus } from './local-state.ts';
import { writePrivate } from './private-file.ts';
import { endLeftovers, processList, startOf } from './processes.ts';
import { createSqlServers, type LocalSqlServers } from './sql/sql-servers.ts';
import { openStore, type Store, type Table } from './store.ts';
import { createImages } from './workloads/images.ts';

export interface LocalCloudOptions {
  /** Where everything of it is kept; made when it is not there. */
  readonly dir: string;
  /** How much faster than the real service: 100 turns 5 minutes into 3 seconds. */
  readonly speed: number;
  /** The project that is there from the start. */
  readonly project: string;
  /** Of the program that runs it, for `status`. */
  readonly version: string;
  /** Where the Google APIs listen when no earlier port is known and this one is free. */
  readonly portPreferred?: number;
  readonly log: (line: string) => void;
  /** Called when someone asks it over HTTP to stop. By default it stops. */
  readonly onShutdown?: () => void;
}

export interface LocalCloud {
  readonly url: string;
  readonly state: LocalState;
  status(): LocalStatus;
  /** Ends all pods, databases and servers. All state stays on disk. May be called more than once. */
  stop(): Promise<void>;
}

/** Starts the local cloud of a folder: the Google APIs, the clusters and the databases that it had. */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const { dir, log } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const store = openStore(join(dir, FILES.journal));
  for (const what of await endLeftovers(store)) log(`ended what an earlier run left: ${what}`);
  const settings: Table<string | number> = store.table('local-cloud');
  const token = String(settings.get('token') ?? `local-${randomBytes(24).toString('base64url')}`);
  settings.set('token', token);
  writePrivate(join(dir, FILES.token), token);
  const parts = await joinParts(options, store, token);
  const server = createServer();
  const port = await listen(server, [settings.get('port'), options.portPreferred]);
  settings.set('port', port);
  const state = stateOf(options, token, `http://127.0.0.1:${port}`);
  const cloud = cloudOf(options, { ...parts, store, server, state });
  const control: Control = {
    token,
    images: parts.images,
    status: () => cloud.status(),
    ensureProject: (id) => parts.google.ensureProject(id),
    clusterFaults: parts.faults,
    shutdown: options.onShutdown ?? (() => void cloud.stop()),
  };
  server.on('request', (request, response) => {
    if (!serveControl(control, request, response)) void parts.google.handle(request, response);
  });
  writePrivate(join(dir, FILES.state), `${JSON.stringify(state, undefined, 2)}\n`);
  log(`the local cloud listens on ${state.url}`);
  return cloud;
}

interface Parts {
  readonly google: GoogleApis;
  readonly clusters: LocalClusters;
  readonly sqlServers: LocalSqlServers;
  readonly images: ReturnType<typeof createImages>;
  readonly faults: ClusterFaults;
}

/** Each part gets the others through the seams of parts.ts, then what ran before runs again. */
async function joinParts(options: LocalCloudOptions, store: Store, token: string): Promise<Parts> {
  const { dir, log, project } = options;
  const clock = scaledClock(options.speed);
  const ports = portPool();
  const images = createImages(store);
  const sqlServers = createSqlServers({ dir, store, ports, log });
  const faults = clusterFaults();
  const late: { google?: GoogleApis } = {};
  const clusters: LocalClusters = createLocalClusters({
    dir,
    store,
    clock,
    token,
    ports,
    images,
    sqlServers,
    faults,
    log,
    identities: {
      refusal: (ask) => (late.google ? late.google.identities.refusal(ask) : 'the local cloud is starting'),
    },
    changed: () =>
      writeKubeconfig(
        join(dir, FILES.kubeconfig),
        clusters.running().map((cluster) => ({
          id: cluster.id,
          ...cluster.server,
          namespace: mainNamespace(cluster),
        })),
        token,
      ),
  });
  const google = createGoogleApis({ store, clock, token, project, clusters, sqlServers });
  late.google = google;
  await Promise.all([sqlServers.resume(), clusters.resume()]);
  if (clusters.running().length === 0) writeKubeconfig(join(dir, FILES.kubeconfig), [], token);
  return { google, clusters, sqlServers, images, faults };
}

function stateOf(options: LocalCloudOptions, token: string, url: string): LocalState {
  const { version, project, speed } = options;
  const { pid } = process;
  return {
    version,
    pid,
    started: startOf(pid) ?? 'unknown',
    url,
    token,
    project,
    speed,
    startedAt: new Date().toISOString(),
  };
}

/** On the first of these ports that is free: clients keep the address over restarts. */
async function listen(server: Server, wanted: readonly (string | number | undefined)[]): Promise<number> {
  for (const port of [...wanted, 0]) {
    if (port === undefined) continue;
    try {
      server.listen(Number(port), '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new Error('no free TCP port on 127.0.0.1');
}

function cloudOf(
  options: LocalCloudOptions,
  parts: Parts & { store: Store; server: Server; state: LocalState },
): LocalCloud {
  const { google, clusters, sqlServers, server, state } = parts;
  const processes = processList(parts.store);
  const status = (): LocalStatus => {
    const { token: _, started: __, ...open } = state;
    return {
      ...open,
      clusters: clusters
        .running()
        .map(({ id, server: { endpoint }, node }) => ({ id, endpoint, context: contextName(id), pods: node.pods() })),
      sql: sqlServers.running(),
      publicPorts: clusters
        .running()
        .flatMap(({ id, node }) => node.publicPorts().map((port) => ({ cluster: id, ...port }))),
      processes: processes.list().map(({ pid, what }) => ({ pid, what })),
    };
  };
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    await google.stop();
    await clusters.stop();
    await sqlServers.stop();
    server.closeAllConnections();
    await closed;
    rmSync(join(options.dir, FILES.state), { force: true });
    options.log('the local cloud has stopped');
  };
  let stopped: Promise<void> | undefined;
  return { url: state.url, state, status, stop: async () => (stopped ??= stop()) };
}
