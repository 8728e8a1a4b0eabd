import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { fileURLToPath } from 'node:url';
import { note, type Benchmark } from './report.ts';

const objects = 1000;
const clients = 16;
const token = 'a-token-of-the-benchmark';

interface Api {
  readonly ask: (method: string, path: string, body?: object) => Promise<void>;
  /** Bytes that its process has in memory. */
  readonly memory: () => Promise<number>;
}

/** What the local API server does when many write to it at once. */
export const kubernetesApi: Benchmark = {
  about: `${objects} Deployments without replicas, applied by ${clients} clients at once to the local Kubernetes API`,
  async run() {
    const child = fork(fileURLToPath(new URL('api-server.ts', import.meta.url)), [token]);
    try {
      const api = await connect(child);
      const before = await api.memory();
      const create = await inTurns((index) => api.ask('PATCH', `${home}/web-${index}${how}`, deployment(index)));
      const after = await api.memory();
      const again = await inTurns((index) => api.ask('PATCH', `${home}/web-${index}${how}`, deployment(index)));
      const read = await inTurns((index) => api.ask('GET', `${home}/web-${index}`));
      tell('apply, new', create);
      tell('apply, nothing changed', again);
      tell('get', read);
      const each = ((after - before) / objects / 1024).toFixed(1);
      note(`memory: ${megabytes(before)} before, ${megabytes(after)} after: ${each} KiB an object with its ReplicaSet`);
    } finally {
      child.disconnect();
    }
  },
};

const home = '/apis/apps/v1/namespaces/default/deployments';
const how = '?fieldManager=bench&force=true';
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

function tell(what: string, { seconds, times }: Measured): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): string => `${(sorted[Math.floor(part * (sorted.length - 1))] ?? 0).toFixed(0)} ms`;
  note(
    `${what.padEnd(24)} ${(objects / seconds).toFixed(0).padStart(5)} objects/s, median ${at(0.5)}, p99 ${at(0.99)}`,
  );
}

interface Measured {
  readonly seconds: number;
  /** Milliseconds of each request. */
  readonly times: readonly number[];
}

async function inTurns(one: (index: number) => Promise<void>): Promise<Measured> {
  const times: number[] = [];
  const began = performance.now();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < objects) {
      const start = performance.now();
      next += 1;
      await one(next - 1);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { seconds: (performance.now() - began) / 1000, times };
}

async function connect(child: ChildProcess): Promise<Api> {
  const [{ endpoint, caPem }] = (await once(child, 'message')) as [{ endpoint: string; caPem: string }];
  const agent = new Agent({ keepAlive: true, ca: caPem, maxSockets: clients });
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/apply-patch+yaml' };
  return {
    async ask(method, path, body) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const asked = request(`https://${endpoint}${path}`, { method, agent, headers }, (response) => {
        response.resume().on('end', resolve);
        if ((response.statusCode ?? 0) >= 300)
          reject(new Error(`${method} ${path} was answered ${response.statusCode}`));
      });
      asked.on('error', reject).end(body && JSON.stringify(body));
      return promise;
    },
    async memory() {
      child.send('memory');
      const [{ memory }] = (await once(child, 'message')) as [{ memory: NodeJS.MemoryUsage }];
      return memory.rss;
    },
  };
}

function deployment(index: number): object {
  const labels = { app: `web-${index}` };
  const resources = { requests: { cpu: '500m', memory: '1Gi', 'ephemeral-storage': '1Gi' } };
  const container = { name: 'app', image: 'app:1', ports: [{ containerPort: 8080 }], resources };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `web-${index}`, labels },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}
