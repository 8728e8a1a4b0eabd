import { once } from 'node:events';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ClusterObjects, PodRuntime } from '../parts.ts';
import type { Store } from '../store.ts';
import { bootstrap } from './bootstrap.ts';
import { openCatalogue } from './catalogue.ts';
import { certificates, type Certificates } from './certificates.ts';
import type { Cluster } from './cluster.ts';
import { startControllers } from './controllers/controllers.ts';
import { serveDiscovery } from './discovery.ts';
import { serveResource } from './handlers.ts';
import { clusterObjects } from './objects.ts';
import type { ClusterFaults, Struck } from './named-faults.ts';
import { serveOpenApi } from './openapi.ts';
import { serveMetrics } from './metrics-api.ts';
import { messageOf, targetOf, type Call } from './request.ts';
import { lose, sendJson, sendText } from './respond.ts';
import { ApiError, isApiError } from './status-error.ts';
import { openStorage } from './storage.ts';
import { serveStream } from './streams.ts';
import type { Upgrade } from './upgrade.ts';

/** One running API server. */
export interface ClusterServer {
  readonly objects: ClusterObjects;
  /** `127.0.0.1:port`, the same after a restart. */
  readonly endpoint: string;
  readonly caPem: string;
  /** Ends the server, its watches and its controllers. */
  stop(): Promise<void>;
  /** Forgets everything that the Store holds of this cluster. Stop it first. */
  erase(): void;
}

/** What a cluster of the local cloud is made of. */
export interface ClusterServerParts {
  /** `projects/P/locations/R/clusters/C`; also the prefix of its tables in the Store. */
  readonly id: string;
  readonly store: Store;
  readonly clock: Clock;
  /** The bearer token that it takes; a function when tokens come and go. */
  readonly token: string | ((token: string) => boolean);
  readonly podRuntime: PodRuntime;
  /** What is to go wrong. */
  readonly faults?: ClusterFaults;
  /** As GKE names it, without the `v`. */
  readonly version?: string;
}

const defaultVersion = '1.33.5-gke.1308000';

/**
 * Starts the API server of one cluster, over HTTPS on the loopback address with a certificate authority of its own, and
 * the controllers that work on its objects. Authority, port and objects survive a restart.
 */
export async function createClusterServer(parts: ClusterServerParts): Promise<ClusterServer> {
  const { id, store, clock } = parts;
  const kept = store.table<Certificates>(`${id}/certificates`);
  const ports = store.table<number>(`${id}/port`);
  const identity = await certificates(kept);
  const storage = openStorage(store, id);
  const cluster: Cluster = {
    id,
    clock,
    storage,
    catalogue: openCatalogue(storage),
    caPem: identity.ca,
    version: `v${parts.version ?? defaultVersion}`,
  };
  bootstrap(cluster);
  const controllers = startControllers(cluster, parts.podRuntime);
  const server = createServer({ key: identity.key, cert: identity.cert }, (request, response) => {
    void serve(cluster, parts, request, response);
  });
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket.on('close', () => upgraded.delete(socket)));
    void serveUpgrade(cluster, parts, { request, socket, head });
  });
  server.keepAliveTimeout = 60_000;
  const port = await listen(server, ports.get('port'));
  ports.set('port', port);
  return {
    objects: clusterObjects(cluster),
    endpoint: `127.0.0.1:${port}`,
    caPem: identity.ca,
    async stop() {
      controllers.stop();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      await closed;
    },
    erase() {
      cluster.storage.erase();
      kept.delete('certificates');
      ports.delete('port');
    },
  };
}

/** On the port of last time, or on a free one when that is taken. */
async function listen(server: Server, wanted = 0): Promise<number> {
  try {
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    if (wanted === 0 || !(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    return listen(server);
  }
  return (server.address() as AddressInfo).port;
}

async function serve(
  cluster: Cluster,
  parts: ClusterServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://127.0.0.1');
  const call: Call = { request, response, method: request.method ?? 'GET', url, query: url.searchParams, warnings: [] };
  // A client that went away in the middle of an answer is no failure of ours.
  response.on('error', () => undefined);
  try {
    const { method } = call;
    const strike = parts.faults?.strike(`${method} ${url.pathname}${url.search}`, struck(cluster, method, url));
    if (strike?.delayMs) await delay(strike.delayMs);
    if (!strike?.answer) await route(cluster, parts, call);
    else if (strike.apply) await route(cluster, parts, { ...call, lost: strike.answer });
    else lose(call, strike.answer);
  } catch (error) {
    fail(call, error);
  }
}

/** Connections that become streams: into a container, or to a port of a pod. A refusal is an answer like any other. */
async function serveUpgrade(cluster: Cluster, parts: ClusterServerParts, upgrade: Upgrade): Promise<void> {
  const { request, socket } = upgrade;
  // A client that goes away in the middle is no failure of ours.
  socket.on('error', () => undefined);
  try {
    if (!isAuthorized(request, parts.token)) throw unauthorized();
    await serveStream(cluster, parts.podRuntime, upgrade);
  } catch (error) {
    const { body } = isApiError(error)
      ? error
      : new ApiError(500, 'InternalError', `Internal error occurred: ${messageOf(error)}`);
    const text = `${JSON.stringify(body)}\n`;
    socket.end(
      `HTTP/1.1 ${body.code} ${STATUS_CODES[body.code] ?? ''}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    );
  }
}

const unauthorized = (): ApiError => new ApiError(401, 'Unauthorized', 'Unauthorized');

function struck(cluster: Cluster, method: string, url: URL): Struck {
  try {
    const target = targetOf(cluster.catalogue, url.pathname);
    return { method, ...(target ? { target } : {}) };
  } catch {
    return { method };
  }
}

function fail(call: Call, error: unknown): void {
  if (call.response.headersSent) {
    call.response.destroy();
    return;
  }
  const refusal = isApiError(error)
    ? error
    : new ApiError(500, 'InternalError', `Internal error occurred: ${messageOf(error)}`);
  const seconds = refusal.body.details?.['retryAfterSeconds'];
  sendJson(
    call,
    refusal.body.code,
    refusal.body,
    'application/json',
    typeof seconds === 'number' ? { 'Retry-After': String(seconds) } : {},
  );
}

async function route(cluster: Cluster, parts: ClusterServerParts, call: Call): Promise<void> {
  const { pathname } = call.url;
  if (['/healthz', '/readyz', '/livez'].includes(pathname)) {
    sendText(call, 200, 'ok');
    return;
  }
  if (pathname === '/version') {
    sendJson(call, 200, versionInfo(cluster.version));
    return;
  }
  if (!isAuthorized(call.request, parts.token)) throw unauthorized();
  if (serveDiscovery(cluster.catalogue, call) || serveOpenApi(cluster.catalogue, call)) return;
  if (serveMetrics(cluster, parts.podRuntime, call)) return;
  const target = targetOf(cluster.catalogue, pathname);
  if (target) await serveResource(cluster, parts.podRuntime, target, call);
  else sendText(call, 404, '404 page not found\n');
}

function isAuthorized(request: IncomingMessage, token: ClusterServerParts['token']): boolean {
  const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined) return false;
  if (typeof token === 'function') return token(given);
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function versionInfo(gitVersion: string): unknown {
  const [major = '1', minor = '33'] = gitVersion.slice(1).split('.');
  return {
    major,
    minor,
    gitVersion,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '2025-10-01T00:00:00Z',
    goVersion: 'go1.24.6',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}
