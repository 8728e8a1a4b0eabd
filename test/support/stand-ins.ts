import type { Json } from './cli.ts';

/** Asks a cluster; undefined for what is not there. */
export type Ask = (method: string, path: string, body?: unknown, contentType?: string) => Promise<Json | undefined>;

/** What works in a cluster. An API server alone takes everything, and nothing comes of it. */
export interface Works {
  readonly controllers: boolean;
  /** There are nodes, so pods run. */
  readonly pods: boolean;
  /** A load balancer gets an address. */
  readonly balancers: boolean;
}

interface Found {
  readonly metadata: {
    readonly name: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly { readonly kind: string }[];
  };
  readonly spec: { readonly replicas?: number; readonly type?: string };
  readonly status?: Json & { readonly observedGeneration?: number };
}

/**
 * Does in one namespace what nothing in the cluster does: whatever is made there becomes healthy, what is deleted goes, and
 * a namespace that ends takes along what is in it. All else is up to the API server. Hands out how to stop it.
 */
export function standIns(ask: Ask, namespace: string, works: Works): () => Promise<void> {
  const all = [
    ...(works.controllers ? [] : [endings, deployments, jobs]),
    ...(works.pods || !works.controllers ? [] : [pods]),
    ...(works.balancers ? [] : [balancers]),
  ];
  const stop = new AbortController();
  const turns = (async () => {
    while (!stop.signal.aborted) {
      for (const each of all) await each(ask, namespace); // oxlint-disable-line no-await-in-loop -- one after the other
      await new Promise((done) => setTimeout(done, 200)); // oxlint-disable-line no-await-in-loop -- it goes round
    }
  })();
  return async () => {
    stop.abort();
    await turns;
  };
}

/** Ends the namespace, with all that is in it, where no controller does. */
export async function endNamespace(ask: Ask, namespace: string): Promise<void> {
  const paths = await collections(ask, namespace);
  await Promise.all(paths.map(async (path) => ask('DELETE', `${path}?propagationPolicy=Background`)));
  const path = `/api/v1/namespaces/${namespace}`;
  await ask('DELETE', path);
  const named = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await ask('PUT', `${path}/finalize`, { ...named, spec: { finalizers: [] } });
}

/** https://kubernetes.io/docs/concepts/architecture/garbage-collection/#foreground-deletion */
async function endings(ask: Ask, namespace: string): Promise<void> {
  const own = (await ask('GET', `/api/v1/namespaces/${namespace}`)) as Found | undefined;
  if (own?.metadata.deletionTimestamp !== undefined) await endNamespace(ask, namespace);
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  await forEach(ask, path, async ({ metadata }) => {
    const { name, deletionTimestamp, finalizers = [] } = metadata;
    if (deletionTimestamp === undefined || !finalizers.includes('foregroundDeletion')) return;
    const rest = { metadata: { finalizers: finalizers.filter((one) => one !== 'foregroundDeletion') } };
    await ask('PATCH', `${path}/${name}`, rest, 'application/merge-patch+json');
  });
}

async function deployments(ask: Ask, namespace: string): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  await forEach(ask, path, async ({ metadata, spec, status }) => {
    if (status?.observedGeneration === metadata.generation) return;
    const { replicas = 1 } = spec;
    const all = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
    await writeStatus(ask, `${path}/${metadata.name}`, { observedGeneration: metadata.generation, ...all });
  });
}

async function jobs(ask: Ask, namespace: string): Promise<void> {
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  await forEach(ask, path, async ({ metadata, status }) => {
    if (status?.['completionTime'] !== undefined) return;
    const now = new Date().toISOString().replace(/\.\d+/, '');
    const conditions = ['SuccessCriteriaMet', 'Complete'].map((type) => ({ type, status: 'True' }));
    const times = { startTime: now, completionTime: now };
    await writeStatus(ask, `${path}/${metadata.name}`, { ...times, succeeded: 1, conditions });
  });
}

async function pods(ask: Ask, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  await forEach(ask, path, async ({ metadata, status }) => {
    if (status?.['phase'] !== 'Pending') return;
    const ends = metadata.ownerReferences?.[0]?.kind === 'Job';
    const since = new Date(0).toISOString(); // ready for long enough, however long that is
    const conditions = ends ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: since }];
    await writeStatus(ask, `${path}/${metadata.name}`, { phase: ends ? 'Succeeded' : 'Running', conditions });
  });
}

async function balancers(ask: Ask, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/services`;
  await forEach(ask, path, async ({ metadata, spec, status }) => {
    if (spec.type !== 'LoadBalancer' || JSON.stringify(status).includes('ingress')) return;
    await writeStatus(ask, `${path}/${metadata.name}`, { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } });
  });
}

async function forEach(ask: Ask, path: string, act: (found: Found) => Promise<void>): Promise<void> {
  const items = ((await ask('GET', path))?.['items'] ?? []) as readonly Found[];
  await Promise.all(items.map(act));
}

async function writeStatus(ask: Ask, path: string, status: Json): Promise<void> {
  await ask('PATCH', `${path}/status`, { status }, 'application/merge-patch+json');
}

/** Where everything is that a namespace can hold and lose. */
async function collections(ask: Ask, namespace: string): Promise<readonly string[]> {
  const groups = ((await ask('GET', '/apis'))?.['groups'] ?? []) as readonly Group[];
  const versions = ['/api/v1', ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const served = await Promise.all(
    versions.map(async (version) => {
      const resources = ((await ask('GET', version))?.['resources'] ?? []) as readonly Resource[];
      return resources.flatMap(({ name, namespaced, verbs }) =>
        namespaced && verbs.includes('deletecollection') ? [`${version}/namespaces/${namespace}/${name}`] : [],
      );
    }),
  );
  return served.flat();
}

interface Group {
  readonly preferredVersion: { readonly groupVersion: string };
}

interface Resource {
  readonly name: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}
