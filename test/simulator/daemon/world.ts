import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { localCloud, type Connection, type LocalCloudControl } from '../../../compiler/simulator/daemon.ts';
import type { LocalStatus } from '../../../compiler/simulator/local-state.ts';

export const VERSION = 'test';
export const PROJECT = 'my-project';
export const CLUSTER_PARENT = `projects/${PROJECT}/locations/us-central1`;

/** A local cloud in a folder of its own, with everything that a test asks of it. */
export interface DaemonWorld {
  readonly dir: string;
  readonly cloud: LocalCloudControl;
  start(): Promise<Connection>;
  status(): Promise<LocalStatus>;
  google<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
  /** Asks the cluster of this name through its kubeconfig context. */
  kube<T = Record<string, unknown>>(cluster: string, method: string, path: string, body?: unknown): Promise<T>;
  makeCluster(name: string): Promise<void>;
  /** Deploys a small web server behind a load balancer, and returns the Service's host port once that answers. */
  deploy(cluster: string, name: string, replicas: number): Promise<number>;
  until<T>(what: string, look: () => Promise<T | undefined>, ms?: number): Promise<T>;
}

const SERVER = `
import { createServer } from 'node:http';
const server = createServer((request, response) => {
  if (request.url === '/exit') process.exit(1);
  response.end(process.env.HOSTNAME);
});
server.listen(Number(process.env.PORT), () => console.log('listening'));
process.on('SIGTERM', () => { server.close(); server.closeAllConnections(); });
`;

export function daemonWorld(t: TestContext): DaemonWorld {
  const dir = join(mkdtempSync(join(tmpdir(), 'hello-daemon-')), '.hello', 'local');
  const cloud = localCloud({ dir });
  t.after(async () => {
    await cloud.reset();
    rmSync(join(dir, '..', '..'), { recursive: true, force: true });
  });
  const connection = (): Connection => {
    const found = cloud.connection();
    assert.ok(found, `it does not run: ${readFileSync(join(dir, 'daemon.log'), 'utf8').slice(-2000)}`);
    return found;
  };
  const world: DaemonWorld = {
    dir,
    cloud,
    async start() {
      const result = await cloud.start({ version: VERSION, project: PROJECT, speed: 1000 });
      assert.notEqual(result.is, 'other-version');
      return connection();
    },
    async status() {
      const status = await cloud.status();
      assert.ok(status);
      return status;
    },
    async google<T>(method: string, path: string, body?: unknown) {
      const { url, token } = connection();
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await fetch(`${url}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = await response.text();
      assert.ok(response.ok, `${method} ${path}: ${response.status} ${answer}`);
      return JSON.parse(answer) as T;
    },
    kube: async (cluster, method, path, body) => askCluster(connection().kubeconfig, cluster, method, path, body),
    async makeCluster(name) {
      await world.google('POST', `/v1/projects/${PROJECT}/services/container.googleapis.com:enable`, {});
      await world.until('the API to be enabled', async () => {
        const body = { cluster: { name, autopilot: { enabled: true } } };
        return world.google('POST', `/v1/${CLUSTER_PARENT}/clusters`, body).catch(() => undefined);
      });
      await world.until('the cluster to run', async () => {
        const found = await world.google<{ status: string }>('GET', `/v1/${CLUSTER_PARENT}/clusters/${name}`);
        return found.status === 'RUNNING' ? found : undefined;
      });
    },
    deploy: async (cluster, name, replicas) => deploy(world, cluster, name, replicas),
    async until(what, look, ms = 20_000) {
      for (const deadline = Date.now() + ms; ;) {
        const found = await look();
        if (found !== undefined) return found;
        assert.ok(
          Date.now() < deadline,
          `waited too long for ${what}\n${readFileSync(join(dir, 'daemon.log'), 'utf8').slice(-2000)}`,
        );
        await delay(50);
      }
    },
  };
  return world;
}

async function deploy(world: DaemonWorld, cluster: string, name: string, replicas: number): Promise<number> {
  const source = join(world.dir, '..', '..', name);
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, 'main.mjs'), SERVER);
  writeFileSync(
    join(source, 'Dockerfile'),
    'FROM gcr.io/distroless/nodejs24\nWORKDIR /app\nCOPY . .\nCMD ["main.mjs"]\n',
  );
  const image = `example.com/${name}:1`;
  await world.google('PUT', '/_local/images', { image, source });
  const labels = { app: name };
  const container = {
    name: 'app',
    image,
    env: [{ name: 'PORT', value: '8080' }],
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
  };
  const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 5, containers: [container] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  await world.kube(cluster, 'POST', '/apis/apps/v1/namespaces/default/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec,
  });
  const service = { type: 'LoadBalancer', selector: labels, ports: [{ port: 80, targetPort: 'http' }] };
  await world.kube(cluster, 'POST', '/api/v1/namespaces/default/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: service,
  });
  return world.until(`${name} to be ready`, async () => {
    const found = await world.kube<{ status: { readyReplicas?: number } }>(
      cluster,
      'GET',
      `/apis/apps/v1/namespaces/default/deployments/${name}`,
    );
    if (found.status.readyReplicas !== replicas) return undefined;
    const { publicPorts } = await world.status();
    return publicPorts.find((port) => port.service === name && port.cluster.endsWith(`/${cluster}`))?.hostPort;
  });
}

/** Which pod answers, over a connection of its own; undefined when none does. */
export async function whoAnswers(port: number, path = '/'): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(3000),
    });
    return await response.text();
  } catch {
    return undefined;
  }
}

interface Kubeconfig {
  readonly clusters: readonly { name: string; cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users: readonly { name: string; user: { token: string } }[];
}

async function askCluster<T>(
  kubeconfig: string,
  name: string,
  method: string,
  path: string,
  body: unknown,
): Promise<T> {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const context = `gke_${PROJECT}_us-central1_${name}`;
  const cluster = config.clusters.find((each) => each.name === context)?.cluster;
  const token = config.users.find((each) => each.name === context)?.user.token;
  assert.ok(cluster && token, `no context ${context}`);
  const agent = new Agent({ ca: Buffer.from(cluster['certificate-authority-data'], 'base64') });
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const asked = request(`${cluster.server}${path}`, { method, agent, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.once('end', () => {
      if ((response.statusCode ?? 500) < 300) resolve(JSON.parse(text) as T);
      else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
    });
  });
  asked.once('error', reject);
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  return promise.finally(() => agent.destroy());
}
