import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import type { Ports } from './free-port.ts';
import { createClusterServer, type ClusterServer } from './kubernetes/cluster-server.ts';
import type { ClusterFaults } from './kubernetes/named-faults.ts';
import type { Clusters, Identities, PodRuntime, SqlServers } from './parts.ts';
import type { Store, Table } from './store.ts';
import { turns } from './turns.ts';
import type { Images } from './workloads/images.ts';
import { createNode, type Node } from './workloads/node.ts';

/** A running cluster: its API server and the node that runs its pods. */
export interface LocalCluster {
  readonly id: string;
  readonly server: ClusterServer;
  readonly node: Node;
}

export interface LocalClusters extends Clusters {
  running(): readonly LocalCluster[];
  /** Starts all that ran when the local cloud was last stopped. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

interface World {
  readonly dir: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly token: string;
  readonly ports: Ports;
  readonly images: Images;
  readonly sqlServers: SqlServers;
  readonly identities: Identities;
  /** What is to go wrong in the API servers. */
  readonly faults?: ClusterFaults;
  readonly log: (line: string) => void;
  /** Called when the list of running clusters, or of the namespaces of one, is another. */
  readonly changed: () => void;
}

/** Joins, for each cluster, an API server with a node. */
export function createLocalClusters(world: World): LocalClusters {
  const known: Table<true> = world.store.table('local-clusters');
  const running = new Map<string, LocalCluster>();
  const inTurn = turns();
  let stopping = false;
  const start = async (id: string): Promise<LocalCluster> => {
    const found = running.get(id);
    if (found) return found;
    if (stopping) throw new Error('the local cloud is stopping');
    known.set(id, true);
    const cluster = await startCluster(world, id);
    running.set(id, cluster);
    cluster.server.objects.subscribe((plural, type) => {
      if (plural === 'namespaces' && type !== 'MODIFIED' && running.has(id)) world.changed();
    });
    world.log(`cluster ${id}: listens on https://${cluster.server.endpoint}`);
    world.changed();
    return cluster;
  };
  const halt = async (id: string): Promise<LocalCluster | undefined> => {
    const cluster = running.get(id);
    running.delete(id);
    // The node first: while it stops it still reads objects.
    await cluster?.node.stop();
    await cluster?.server.stop();
    return cluster;
  };
  return {
    running: () => [...running.values()],
    async start(id) {
      const { server } = await inTurn(id, async () => start(id));
      return { endpoint: server.endpoint, caPem: server.caPem };
    },
    remove: async (id) =>
      inTurn(id, async () => {
        // One that is not running is started for the moment that it takes to find all that it left.
        if (known.get(id) && !stopping) await start(id);
        const cluster = await halt(id);
        cluster?.node.forget();
        cluster?.server.erase();
        rmSync(folderOf(world, id), { recursive: true, force: true });
        known.delete(id);
        world.changed();
      }),
    async resume() {
      const ids = [...known.entries()].map(([id]) => id);
      const results = await Promise.allSettled(ids.map(async (id) => inTurn(id, async () => start(id))));
      for (const result of results) if (result.status === 'rejected') world.log(`cluster: ${String(result.reason)}`);
    },
    async stop() {
      stopping = true;
      await Promise.all([...running.keys()].map(halt));
    },
  };
}

/** The one namespace that somebody made, where there is just one: what a person means who names none. */
export function mainNamespace({ server }: LocalCluster): string | undefined {
  const made = server.objects
    .list('namespaces')
    .map((each) => each.metadata.name)
    .filter((name) => name !== 'default' && !/^(kube|gke|gmp)-/.test(name));
  return made.length === 1 ? made[0] : undefined;
}

function folderOf(world: World, id: string): string {
  return join(world.dir, 'pods', id.replaceAll('/', '_'));
}

async function startCluster(world: World, id: string): Promise<LocalCluster> {
  const { store, clock, token, faults } = world;
  let node: Node | undefined;
  const podRuntime: PodRuntime = {
    usage: (namespace, pod) => node?.podRuntime.usage(namespace, pod),
    logs: (ask) => node?.podRuntime.logs(ask),
    follow: (ask, line, end) => node?.podRuntime.follow(ask, line, end) ?? (() => undefined),
    exec: (ask) => node?.podRuntime.exec(ask),
    hostPort: (ask) => node?.podRuntime.hostPort(ask),
  };
  const server = await createClusterServer({ id, store, clock, token, podRuntime, ...(faults ? { faults } : {}) });
  const project = id.split('/')[1] ?? '';
  node = createNode({ ...world, dir: folderOf(world, id), objects: server.objects, project });
  return { id, server, node };
}
