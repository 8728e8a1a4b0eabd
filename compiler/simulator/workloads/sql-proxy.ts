import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { SqlServers } from '../parts.ts';
import type { RunLog } from './container-logs.ts';
import type { Exit, Running } from './launch.ts';
import type { PortMap } from './pod-ports.ts';
import { readProxyFlags, type ProxyFlags } from './sql-proxy-flags.ts';

/** What the stand-in for the Cloud SQL Auth Proxy needs to know of its pod and of the cloud. */
export interface ProxyWorld {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly ports: PortMap;
  readonly log: RunLog;
  readonly sqlServers: SqlServers;
  /** Why the pod's identity may not connect; undefined when it may. */
  refusal(): string | undefined;
}

/**
 * Stands in for the Cloud SQL Auth Proxy v2: same arguments, same health endpoints, a listener for each instance. Every
 * new connection is checked as the real one is: the identity of the pod must hold roles/cloudsql.client, and the
 * instance must run. TLS and the server-side proxy between are left out.
 */
export function runSqlProxy(world: ProxyWorld): Running {
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  const flags = readProxyFlags(world.args, world.env);
  if (typeof flags === 'string') {
    world.log.write(`Error: ${flags}\nUsage:\n  cloud-sql-proxy INSTANCE_CONNECTION_NAME... [flags]\n${flags}\n`);
    resolve({ code: 1, reason: 'Error' });
    return { exited, terminate: () => undefined, kill: () => undefined };
  }
  const say = logger(flags, world.log);
  const sockets = new Set<Socket>();
  const servers: (Server | HttpServer)[] = flags.instances.map((instance) =>
    listener(world, instance.id, say, sockets),
  );
  const state = { started: false };
  if (flags.healthCheck) servers.push(health(state));
  const end = (exit: Exit): void => {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
    resolve(exit);
  };
  const ports = [...flags.instances.map((each) => each.port), ...(flags.healthCheck ? [flags.httpPort] : [])];
  const failed = (error: unknown): void => {
    say(
      'ERROR',
      `The proxy has encountered a terminal error: ${error instanceof Error ? error.message : String(error)}`,
    );
    end({ code: 1, reason: 'Error' });
  };
  void start(
    servers,
    ports.map((port) => world.ports.get(port) ?? port),
  )
    .then(() => {
      for (const each of flags.instances) say('INFO', `[${each.id}] Listening on 127.0.0.1:${each.port}`);
      testConnections(world, flags, say);
      state.started = true;
      return say('INFO', 'The proxy has started successfully and is ready for new connections!');
    })
    .catch(failed);
  const terminate = async (): Promise<void> => {
    say('INFO', 'SIGTERM signal received. Shutting down...');
    for (const server of servers) server.close();
    await quiet(sockets, flags.sigtermDelaySeconds * 1000);
    end(flags.exitZeroOnSigterm ? { code: 0, reason: 'Completed' } : { code: 143, reason: 'Error' });
  };
  return { exited, terminate: () => void terminate(), kill: () => end({ code: 137, signal: 9, reason: 'Error' }) };
}

type Say = (severity: 'INFO' | 'ERROR', message: string) => void;

function logger(flags: ProxyFlags, log: RunLog): Say {
  return (severity, message) => {
    if (flags.quiet && severity === 'INFO') return;
    const timestamp = new Date().toISOString();
    if (flags.structuredLogs) log.write(`${JSON.stringify({ severity, timestamp, message })}\n`);
    else log.write(`${timestamp.slice(0, 19).replaceAll('-', '/').replace('T', ' ')} ${message}\n`);
  };
}

async function start(servers: readonly (Server | HttpServer)[], ports: readonly number[]): Promise<void> {
  await Promise.all(
    servers.map(async (server, index) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.once('error', reject);
      server.listen(ports[index], '127.0.0.1', resolve);
      return promise;
    }),
  );
}

/** Why the pod may not, or cannot, connect to an instance. */
function refusalOf(world: ProxyWorld, id: string): string | undefined {
  const isThere = world.sqlServers.address(id) !== undefined;
  return world.refusal() ?? (isThere ? undefined : 'the instance does not exist or is not running');
}

/** What `--run-connection-test` does before the proxy says that it has started. Throws what it met. */
function testConnections(world: ProxyWorld, flags: ProxyFlags, say: Say): void {
  if (!flags.connectionTest) return;
  say('INFO', 'Connection test started');
  for (const { id } of flags.instances) {
    const refusal = refusalOf(world, id);
    if (refusal === undefined) continue;
    say('ERROR', 'Connection test failed');
    throw new Error(`[${id}] failed to connect to instance: ${refusal}`);
  }
  say('INFO', 'Connection test passed');
}

/** One port of the pod, forwarded to one instance. */
function listener(world: ProxyWorld, id: string, say: Say, sockets: Set<Socket>): Server {
  return createServer({ allowHalfOpen: true }, (client) => {
    track(sockets, client);
    say('INFO', `[${id}] Accepted connection from ${client.remoteAddress}:${client.remotePort}`);
    const address = world.sqlServers.address(id);
    const refusal = refusalOf(world, id);
    if (refusal !== undefined || !address) {
      say('ERROR', `[${id}] failed to connect to instance: ${refusal}`);
      client.destroy();
      return;
    }
    const server = connect({ ...address, allowHalfOpen: true });
    track(sockets, server);
    server.once('error', (error) => say('ERROR', `[${id}] failed to connect to instance: ${error.message}`));
    client.pipe(server).pipe(client);
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
  });
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.once('close', () => sockets.delete(socket));
}

/** /readiness also says whether connections are left, which the stand-in does not limit. */
function health(state: { readonly started: boolean }): HttpServer {
  return createHttpServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const known = ['/startup', '/readiness', '/liveness'].includes(path);
    const up = state.started || path === '/liveness';
    response.statusCode = known ? (up ? 200 : 503) : 404;
    response.setHeader('connection', 'close');
    response.end(known ? (up ? 'ok' : 'error: proxy has not started') : '404 page not found\n');
  });
}

async function quiet(sockets: ReadonlySet<Socket>, msMax: number): Promise<void> {
  const deadline = Date.now() + msMax;
  while (sockets.size > 0 && Date.now() < deadline) await delay(20);
}
