import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { scaledClock } from '../../../compiler/simulator/clock.ts';
import { portPool } from '../../../compiler/simulator/free-port.ts';
import type { SqlServers } from '../../../compiler/simulator/parts.ts';
import { waitUntil } from '../../../compiler/simulator/processes.ts';
import { openStore } from '../../../compiler/simulator/store.ts';
import { createImages, type Images } from '../../../compiler/simulator/workloads/images.ts';
import { createNode, type Node } from '../../../compiler/simulator/workloads/node.ts';
import type { NodeOptions } from '../../../compiler/simulator/workloads/node-pods.ts';
import type { Pod, PodSpec } from '../../../compiler/simulator/workloads/pod-types.ts';
import { memoryObjects, type MemoryObjects } from './memory-objects.ts';

export interface NodeWorld {
  readonly dir: string;
  readonly objects: MemoryObjects;
  readonly images: Images;
  readonly node: Node;
  /** A second node over the same objects and store, as after a restart. */
  again(): Node;
  /** Writes a small app and registers it as an image. */
  app(name: string, source: string, dockerfile?: string): string;
  pod(name: string, spec: Omit<PodSpec, 'nodeName'>, labels?: Record<string, string>): Pod;
  find(name: string): Pod | undefined;
  /** Waits until the pod is as asked, and returns it. */
  until(name: string, holds: (pod: Pod) => boolean, ms?: number): Promise<Pod>;
}

/** Answers with its pod, its pid and its environment; its readiness can be switched at /ready?off. */
export const SERVER = `
import { createServer } from 'node:http';
let ready = true;
const server = createServer((request, response) => {
  if (request.url === '/ready?off') ready = false;
  if (request.url === '/ready') response.statusCode = ready ? 200 : 503;
  if (request.url === '/exit') process.exit(3);
  response.end(JSON.stringify({ host: process.env.HOSTNAME, pid: process.pid, env: process.env }));
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'));
process.on('SIGTERM', () => { console.log('asked to stop'); server.close(); server.closeAllConnections(); });
`;

export const noSql: SqlServers = {
  start: async () => undefined,
  remove: async () => undefined,
  address: () => undefined,
  createDatabase: async () => undefined,
  dropDatabase: async () => undefined,
  setUser: async () => undefined,
  dropUser: async () => undefined,
};

export function nodeWorld(
  t: TestContext,
  more: Partial<Pick<NodeOptions, 'sqlServers' | 'identities'>> & { speed?: number } = {},
): NodeWorld {
  const dir = mkdtempSync(join(tmpdir(), 'hello-node-'));
  const store = openStore(join(dir, 'journal'));
  const objects = memoryObjects();
  const images = createImages(store);
  const nodes: Node[] = [];
  const make = (): Node => {
    const node = createNode({
      objects,
      store,
      images,
      dir: join(dir, 'pods'),
      clock: scaledClock(more.speed ?? 1e3),
      ports: portPool(),
      project: 'my-project',
      sqlServers: more.sqlServers ?? noSql,
      identities: more.identities ?? { refusal: () => undefined },
      log: () => undefined,
    });
    nodes.push(node);
    return node;
  };
  const node = make();
  t.after(async () => {
    await Promise.all(nodes.map(async (each) => each.stop(1)));
    rmSync(dir, { recursive: true, force: true });
  });
  const find = (name: string): Pod | undefined => objects.get('pods', name, 'default') as Pod | undefined;
  return {
    dir,
    objects,
    images,
    node,
    find,
    again: make,
    app: (name, source, dockerfile) => writeApp(images, join(dir, name), name, source, dockerfile),
    pod(name, spec, labels = {}) {
      const metadata = {
        name,
        namespace: 'default',
        labels,
      };
      return objects.create(
        'pods',
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata,
          spec: {
            nodeName: 'node-1',
            ...spec,
          },
        },
        'test',
      ) as Pod;
    },
    until: async (name, holds, ms) => untilPod(objects, name, holds, ms),
  };
}

export function ready(pod: Pod): boolean {
  return pod.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
}

/** Why the first container waits. */
export function waitsFor(pod: Pod): string | undefined {
  return pod.status?.containerStatuses?.[0]?.state.waiting?.reason;
}

const DOCKERFILE = 'FROM node:24\nWORKDIR /app\nCOPY . .\nCMD ["node", "main.mjs"]\n';

function writeApp(images: Images, folder: string, name: string, source: string, dockerfile = DOCKERFILE): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'main.mjs'), source);
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
  images.register(`example.com/${name}:1`, folder);
  return `example.com/${name}:1`;
}

async function untilPod(objects: MemoryObjects, name: string, holds: (pod: Pod) => boolean, ms = 15_000): Promise<Pod> {
  const find = (): Pod | undefined => objects.get('pods', name, 'default') as Pod | undefined;
  const reached = await waitUntil(() => {
    const pod = find();
    return pod !== undefined && holds(pod);
  }, ms);
  const pod = find();
  const story = `${JSON.stringify(pod?.status, undefined, 1)}\n${objects.events.join('\n')}`;
  assert.ok(reached && pod, `${name} did not get there: ${story}`);
  return pod;
}
