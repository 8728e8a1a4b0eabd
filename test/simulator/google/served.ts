import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { createGoogleApis, type GoogleApis } from '../../../compiler/simulator/google/google-apis.ts';
import { scaledClock } from '../../../compiler/simulator/clock.ts';
import type { Clusters, SqlServers } from '../../../compiler/simulator/parts.ts';
import { openStore, type Store } from '../../../compiler/simulator/store.ts';

import { eventually } from '../../support/eventually.ts';

export const token = 'local-token';
export const project = 'demo-project';

/** The Google APIs on a real socket, with clusters and SQL servers that only remember what they were asked. */
export interface Served {
  readonly port: number;
  readonly root: string;
  readonly apis: GoogleApis;
  readonly store: Store;
  readonly clusters: Clusters & { readonly alive: ReadonlySet<string> };
  readonly sqlServers: SqlServers & { readonly servers: ReadonlyMap<string, SqlContents> };
  /** Sends JSON with the token; `path` begins with the API's host. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Enables APIs and waits until they answer. */
  enable(...services: string[]): Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface SqlContents {
  readonly databases: Set<string>;
  readonly users: Set<string>;
}

export interface Answer {
  readonly status: number;
  // The shape depends on the method; tests read what they expect of it.
  readonly body: Readonly<Record<string, unknown>>;
}

export async function serve({
  store = openStore(),
  speed = Infinity,
}: { store?: Store; speed?: number } = {}): Promise<Served> {
  const clusters = memoryClusters();
  const sqlServers = memorySqlServers();
  const apis = createGoogleApis({ store, clock: scaledClock(speed), token, project, clusters, sqlServers });
  const server = createServer((req, res) => void apis.handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const root = `http://127.0.0.1:${port}`;
  const call: Served['call'] = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${root}/${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };
  return {
    port,
    root,
    apis,
    store,
    clusters,
    sqlServers,
    call,
    async enable(...services) {
      for (const service of services) {
        await call(
          'POST',
          `serviceusage.googleapis.com/v1/projects/${project}/services/${service}.googleapis.com:enable`,
          {},
        );
        await eventually(`${service} is enabled`, async () => {
          const path = `serviceusage.googleapis.com/v1/projects/${project}/services/${service}.googleapis.com`;
          return (await call('GET', path)).body['state'] === 'ENABLED';
        });
      }
    },
    async stop() {
      await apis.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Serves until the test ends, with every API enabled; at `speed` 1 nothing that takes time ends within a test. */
export async function started(
  t: TestContext,
  { store = openStore(), speed = Infinity }: { store?: Store; speed?: number } = {},
): Promise<Served> {
  const before = await serve({ store });
  await before.enable('container', 'sqladmin', 'iam', 'servicenetworking', 'compute');
  await before.stop();
  const served = await serve({ store, speed });
  t.after(served.stop);
  return served;
}

/** What a member at a path of an answer is; undefined where there is none. */
export function member(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path) found = (found as Record<string | number, unknown> | undefined)?.[key];
  return found;
}

/** The reason and status of a refusal. */
export function refusal({ status, body }: Answer): object {
  const error = body['error'];
  return { http: status, status: member(error, 'status'), reason: member(error, 'errors', 0, 'reason') };
}

/** Polls an operation until it is done; answers its last state. */
export async function done(served: Served, path: string): Promise<Answer['body']> {
  return eventually(`${path} is done`, async () => {
    const { body } = await served.call('GET', path);
    return (body['status'] === 'DONE' || body['done'] === true) && body;
  });
}

function memoryClusters(): Served['clusters'] {
  const alive = new Set<string>();
  return {
    alive,
    async start(id) {
      alive.add(id);
      return { endpoint: '127.0.0.1:6443', caPem: '-----BEGIN CERTIFICATE-----\nlocal\n-----END CERTIFICATE-----\n' };
    },
    async remove(id) {
      alive.delete(id);
    },
  };
}

function memorySqlServers(): Served['sqlServers'] {
  const servers = new Map<string, SqlContents>();
  const contents = (id: string): SqlContents => servers.get(id) ?? { databases: new Set(), users: new Set() };
  return {
    servers,
    async start(id) {
      servers.set(id, contents(id));
    },
    async remove(id) {
      servers.delete(id);
    },
    address: () => ({ host: '127.0.0.1', port: 5432 }),
    async createDatabase(id, name) {
      contents(id).databases.add(name);
    },
    async dropDatabase(id, name) {
      if (name === 'busy') throw new Error('database "busy" is being accessed by other users');
      contents(id).databases.delete(name);
    },
    async setUser(id, name) {
      contents(id).users.add(name);
    },
    async dropUser(id, name) {
      if (name === 'owner') throw new Error('role "owner" cannot be dropped because some objects depend on it');
      contents(id).users.delete(name);
    },
  };
}
