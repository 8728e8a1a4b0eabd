import { problem } from './base/diagnostic.ts';
import { isCloudError, Refusal } from './base/errors.ts';
import { systemHost, type Host } from './base/host.ts';
import { explainError } from './cloud/explain-error.ts';
import { googleIdentity } from './cloud/google/auth.ts';
import { googleApi } from './cloud/google/client.ts';
import type { Cluster } from './cloud/kubernetes/cluster.ts';
import type { Connection } from './cloud/kubernetes/connect.ts';
import { apply, type Applied } from './engine/apply.ts';
import { compile, kindOf, type Registry } from './engine/compile.ts';
import type { Policy } from './engine/decide.ts';
import { prepare, type Prepared } from './engine/plan.ts';
import type { Run } from './engine/run.ts';
import { readCluster } from './kinds/google/cluster.ts';
import { projectNumber } from './kinds/google/project.ts';
import { registry as allKinds } from './kinds/registry.ts';
import type { Emit } from './model/event.ts';
import type { Graph } from './model/graph.ts';
import type { Ctx, KubernetesApi, Look } from './model/ports.ts';
import type { ResourceId } from './model/resource.ts';
import { guardedStage, refusedByStage } from './protection.ts';
import { whereIs } from './spec/where-is.ts';
import type { Config } from './spec/read.ts';
import type { Spec } from './spec/spec.ts';

export interface SessionOptions extends Partial<Omit<Policy, 'guardedStage'>> {
  /** The protected stage that may be destroyed, or lose data, if the spec is for it. */
  readonly allowProtected?: string;
  /** Endpoints and credentials come from here. Default: the process's own. */
  readonly env?: Host['env'];
  /** Aborting it ends the run: nothing new is started, and what is in flight is told. */
  readonly signal?: AbortSignal;
  readonly onEvent?: Emit;
  /** Steps that run at once. Default: 10. */
  readonly parallelism?: number;
  /** Shortens how long anything may take to become ready, in milliseconds. */
  readonly readyWithinMs?: number;
  /** A service that does not become healthy is put back to the release before, from what is live. Default: false. */
  readonly rollBackOnFailure?: boolean;
  /** Tells where in the config a value stands, so that troubles name it: {@link Config.originOf}. */
  readonly originOf?: Config['originOf'];
  readonly kinds?: Registry;
}

/** One spec against one cloud: where engine, kinds and clients are joined. */
export interface Session {
  readonly graph: Graph;
  /** One look at the world, for questions that are no plan. */
  readonly look: Look;
  prepare(mode: 'apply' | 'destroy'): Promise<Prepared>;
  apply(prepared: Prepared): Promise<Applied>;
  /** The app's cluster, for what is done with an app that runs. Throws a Refusal while it is not there. */
  cluster(): Promise<Cluster>;
  /**
   * Waits until something that was changed outside of a plan is healthy, as apply does, and tells the same events.
   * `want` is how it should be now. Throws a Refusal when it does not become healthy.
   */
  healthy(id: ResourceId, want: object): Promise<void>;
}

export function openSession(spec: Spec, options: SessionOptions = {}): Session {
  const kinds = options.kinds ?? allKinds;
  const graph = compile(spec, kinds);
  const { run, connection } = makeRun(spec, kinds, graph, options);
  const cluster = async (): Promise<Cluster> => {
    const { openCluster } = await import('./cloud/kubernetes/cluster.ts');
    return openCluster(await connection(), run.host, run.signal);
  };
  return {
    graph,
    look: run.look,
    async prepare(mode) {
      const ctx = run.look('survey');
      const ask = { mode, app: spec.name, project: spec.project, policy: run.policy };
      const [project, prepared] = await Promise.allSettled([checkProject(ctx, graph), prepare(graph, kinds, ctx, ask)]);
      if (project.status === 'rejected') throw project.reason;
      if (prepared.status === 'rejected') throw explained(prepared.reason);
      return prepared.value;
    },
    async apply(prepared) {
      const refused = refusedByStage(run.policy.guardedStage, prepared.plan);
      if (refused) throw new Refusal(refused);
      const applied = await apply(prepared, run, (error, resource) => explainError(error, { resource: resource.id }));
      if (applied.exit === 0 && prepared.plan.mode === 'apply') {
        const { recordApplied } = await import('./operate/record-applied.ts');
        await recordApplied(spec, prepared, applied, { run, cluster });
      }
      return applied;
    },
    cluster,
    healthy: async (id, want) => waitUntilHealthy(id, want, run, graph),
  };
}

interface Made {
  readonly run: Run;
  /** The way to the app's cluster. Throws a Refusal while it is not there. */
  readonly connection: () => Promise<Connection>;
}

function makeRun(spec: Spec, registry: Registry, graph: Graph, options: SessionOptions): Made {
  const host = systemHost(options.env ?? process.env);
  const signal = options.signal ?? new AbortController().signal;
  const { adopt = false, allowDataLoss = [], forceConflicts = false, parallelism = 10, readyWithinMs } = options;
  const { rollBackOnFailure = false, originOf = () => ({ from: 'default' }) } = options;
  const guarded = guardedStage(spec, options.allowProtected);
  const { look, connect } = makeLook(spec, host, signal, { forceConflicts, usesGoogle: usesGoogle(graph) });
  const run: Run = {
    registry,
    look,
    policy: { adopt, allowDataLoss, forceConflicts, ...(guarded !== undefined && { guardedStage: guarded }) },
    host,
    signal,
    emit: options.onEvent ?? (() => undefined),
    parallelism,
    rollBackOnFailure,
    whereIs: (keys) => whereIs(keys, originOf),
    ...(readyWithinMs !== undefined && { readyWithinMs }),
  };
  return { run, connection: async () => (await connect(look('close'))) ?? noCluster(spec) };
}

function noCluster(spec: Spec): never {
  const name = 'existing' in spec.cluster ? spec.cluster.existing.context : spec.cluster.name;
  const fix = 'Make it with `hello apply`; `hello status` shows what is there.';
  throw new Refusal(problem('HELLO2008', `the cluster ${name} is not there, or not up`, { fix }));
}

async function waitUntilHealthy(id: ResourceId, want: object, run: Run, graph: Graph): Promise<void> {
  const resource = graph.resources.get(id);
  if (!resource) return;
  const { settle } = await import('./engine/settle.ts');
  const { kind, title } = resource;
  const planned = { id, kind, title, action: 'noop' as const };
  const step = {
    run,
    resource,
    kind: kindOf(run.registry, kind),
    planned,
    outputsOf: () => undefined,
    inFlight: () => undefined,
  };
  await settle(step, want, () => true);
}

type Manner = Pick<Ctx, 'forceConflicts' | 'usesGoogle'>;

function makeLook(
  spec: Spec,
  host: Host,
  signal: AbortSignal,
  manner: Manner,
): { readonly look: Look; readonly connect: Connect } {
  const { project, name: app } = spec;
  const identity = googleIdentity(host, project);
  const google = googleApi(host, { project, signal, identity });
  const memory = new Map<string, string>();
  const connect = connector(spec, host, identity);
  const look: Look = (how) => {
    const reads = new Map<string, Promise<unknown>>();
    const once = async <T>(key: string, read: () => Promise<T>): Promise<T> => {
      const known = reads.get(key) ?? read();
      reads.set(key, known);
      return known as Promise<T>;
    };
    const ctx: Ctx = {
      app,
      project,
      host,
      signal,
      google,
      memory,
      ...manner,
      how,
      once,
      kubernetes: async () =>
        once('kubernetes', async () => openKubernetes(await connect(ctx), host, how === 'survey', signal)),
    };
    return ctx;
  };
  return { look, connect };
}

type Connect = (ctx: Ctx) => Promise<Connection | undefined>;

/** The way to the app's cluster: what GKE says of it, or a context of the user's kubeconfig. */
function connector(spec: Spec, host: Host, identity: ReturnType<typeof googleIdentity>): Connect {
  const { cluster } = spec;
  if ('existing' in cluster) {
    let connection: Promise<Connection> | undefined;
    return async () => {
      const { connectContext } = await import('./cloud/kubernetes/connect.ts');
      connection ??= connectContext(cluster.existing.context, host);
      return connection;
    };
  }
  const known = new Map<string, Connection>();
  return async (ctx) => {
    const found = await readCluster(ctx, { project: spec.project, location: spec.region, name: cluster.name });
    const ca = found?.masterAuth?.clusterCaCertificate;
    if (!found?.endpoint || !ca || !['RUNNING', 'RECONCILING', 'DEGRADED'].includes(String(found.status)))
      return undefined;
    const { connectGke } = await import('./cloud/kubernetes/connect.ts');
    const key = `${found.endpoint} ${ca}`;
    const connection =
      known.get(key) ?? connectGke({ endpoint: found.endpoint, caBase64: ca, token: async () => identity.token() });
    known.set(key, connection);
    return connection;
  };
}

async function openKubernetes(
  connection: Connection | undefined,
  host: Host,
  survey: boolean,
  signal: AbortSignal,
): Promise<KubernetesApi | undefined> {
  if (!connection) return undefined;
  const { kubernetesApi } = await import('./cloud/kubernetes/client.ts');
  return kubernetesApi(connection, host, { survey, signal });
}

function usesGoogle(graph: Graph): boolean {
  return [...graph.resources.values()].some((resource) => resource.kind.startsWith('google.'));
}

/** A project that isn't there answers every API with "forbidden": said once, and in those words. */
async function checkProject(ctx: Ctx, graph: Graph): Promise<void> {
  if (!usesGoogle(graph)) return;
  try {
    await projectNumber(ctx);
  } catch (error) {
    if (!isCloudError(error, 'forbidden', 'not-found')) {
      if (isCloudError(error, 'api-disabled')) return; // the plan will enable it
      throw explained(error);
    }
    throw new Refusal(
      problem('HELLO2007', `project ${ctx.project} does not exist, or these credentials may not see it`, {
        fix: 'check `project:` and GOOGLE_CLOUD_PROJECT, and which account is logged in: gcloud auth list',
      }),
    );
  }
}

function explained(error: unknown): unknown {
  return isCloudError(error) ? new Refusal(explainError(error)) : error;
}
