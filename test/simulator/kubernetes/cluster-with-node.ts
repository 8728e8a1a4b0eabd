import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { scaledClock, type Clock } from '../../../compiler/simulator/clock.ts';
import { portPool } from '../../../compiler/simulator/free-port.ts';
import {
  createLocalClusters,
  type LocalCluster,
  type LocalClusters,
} from '../../../compiler/simulator/local-clusters.ts';
import { endLeftovers } from '../../../compiler/simulator/processes.ts';
import { openStore } from '../../../compiler/simulator/store.ts';
import { createImages } from '../../../compiler/simulator/workloads/images.ts';
import { noSql } from '../workloads/node-world.ts';
import { clusterId, token } from './cluster.ts';

/** An API server whose pods run as real processes. */
export interface ClusterWithNode {
  /** The cluster as it runs now. */
  cluster(): LocalCluster;
  /** Stops it and starts it again from what is on disk. */
  restart(): Promise<void>;
}

/** What the image `work:1` does: its first argument says how it ends. */
const WORK = `
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
const what = process.argv[2] ?? 'work';
if (what === 'stay-once' && !existsSync('been-here')) { writeFileSync('been-here', ''); setInterval(() => {}, 1000); }
console.log(what, 'in', process.env.WHERE ?? 'silence');
if (what === 'fail') process.exit(3);
if (what === 'burn') { const until = Date.now() + 4000; while (Date.now() < until); setInterval(() => {}, 1000); }
if (what === 'echo') createServer((socket) => socket.pipe(socket)).listen(process.env.PORT, '127.0.0.1');
if (what === 'stay') setInterval(() => {}, 1000);
`;
const DOCKERFILE = 'FROM node:24\nWORKDIR /app\nCOPY . .\nENTRYPOINT ["node", "main.mjs"]\n';

export async function clusterWithNode(t: TestContext, clock: Clock = scaledClock(1000)): Promise<ClusterWithNode> {
  const dir = mkdtempSync(join(tmpdir(), 'hello-cluster-'));
  mkdirSync(join(dir, 'work'));
  writeFileSync(join(dir, 'work', 'main.mjs'), WORK);
  writeFileSync(join(dir, 'work', 'Dockerfile'), DOCKERFILE);
  let clusters = await open(dir, clock);
  t.after(async () => {
    await clusters.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return {
    cluster() {
      const [found] = clusters.running();
      if (!found) throw new Error('the cluster does not run');
      return found;
    },
    async restart() {
      await clusters.stop();
      clusters = await open(dir, clock);
    },
  };
}

async function open(dir: string, clock: Clock): Promise<LocalClusters> {
  const store = openStore(join(dir, 'journal'));
  await endLeftovers(store);
  const images = createImages(store);
  images.register('work:1', join(dir, 'work'));
  const clusters = createLocalClusters({
    dir,
    store,
    clock,
    token,
    images,
    ports: portPool(),
    sqlServers: noSql,
    identities: { refusal: () => undefined },
    log: () => undefined,
    changed: () => undefined,
  });
  await clusters.resume();
  await clusters.start(clusterId);
  return clusters;
}
