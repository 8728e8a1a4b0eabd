import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Applied } from '../../compiler/engine/apply.ts';
import type { Prepared } from '../../compiler/engine/plan.ts';
import type { Change } from '../../compiler/model/change.ts';
import type { Event } from '../../compiler/model/event.ts';
import { openSession, type Session, type SessionOptions } from '../../compiler/session.ts';
import { localCloud } from '../../compiler/simulator/daemon.ts';
import { startLocalCloud, type LocalCloud } from '../../compiler/simulator/local-cloud.ts';
import type { Spec } from '../../compiler/spec/spec.ts';
import { specOf, stack } from './spec.ts';

/** The project, the region and the cluster that the tests' stack is in. */
export const project = 'test-project';
export const region = 'us-central1';

/** One run of hello, as a process of its own would do it: nothing is remembered between two. */
export interface Hello {
  readonly session: Session;
  readonly events: Event[];
  plan(mode?: 'apply' | 'destroy'): Promise<Prepared>;
  /** Carries a plan out; makes one first when none is given. */
  apply(prepared?: Prepared): Promise<Applied>;
  destroy(): Promise<Applied>;
}

/** A local cloud in this process, with what tests ask of it. Its clients are the real ones. */
export interface StackWorld {
  readonly cloud: LocalCloud;
  readonly spec: Spec;
  hello(options?: SessionOptions, spec?: Spec): Hello;
  /** All that any run has told: plans, events, outputs and problems, for the search for secrets. */
  readonly told: string[];
  /** Asks a Google API behind hello's back. */
  google<T = Json>(method: string, path: string, body?: unknown): Promise<T>;
  /** The same, waiting until the operation that it started is done. */
  changed(method: string, path: string, body?: unknown): Promise<void>;
  /** Asks the cluster behind hello's back, as the field manager `stranger`. */
  kube<T = Json>(method: string, path: string, body?: unknown, contentType?: string): Promise<T>;
  /** What the API answers, or undefined for a 404. */
  kubeFind(path: string): Promise<Json | undefined>;
  stop(): Promise<void>;
}

export type Json = Record<string, unknown>;

/** Starts a local cloud a thousand times as fast as the real one, in a folder of its own, which knows the image of the stack. */
export async function stackWorld(text: string = small): Promise<StackWorld> {
  const root = mkdtempSync(join(tmpdir(), 'hello-stack-'));
  const dir = join(root, '.hello', 'local');
  const cloud = await startLocalCloud({ dir, speed: 1000, project, version: 'test', log: () => undefined });
  const env = localCloud({ dir }).environment() ?? {};
  const spec = specOf(text);
  const told: string[] = [];
  const google = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
    askGoogle(cloud, method, path, body) as Promise<T>;
  const agents = new Map<string, Agent>();
  const kube = async <T>(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<T> =>
    askCluster(join(dir, 'kubeconfig'), agents, { method, path, body, contentType }) as Promise<T>;
  for (const { image } of [...spec.services, ...spec.jobs]) {
    await google('PUT', '/_local/images', { image, source: resolve('.') });
  }
  return {
    cloud,
    spec,
    told,
    google,
    kube,
    hello: (options = {}, of = spec) => openHello(of, { env, ...options }, told),
    changed: async (method, path, body) => waitFor(google, path, await google<Json>(method, path, body)),
    async kubeFind(path) {
      return kube<Json>('GET', path).catch((error: unknown) => {
        if (error instanceof Error && error.message.includes(': 404 ')) return undefined;
        throw error;
      });
    },
    async stop() {
      await cloud.stop();
      for (const agent of agents.values()) agent.destroy();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The stack with one replica: as much of it as one machine need run. */
export const small: string = stack.replace('replicas: 3', 'replicas: 1');

function openHello(spec: Spec, options: SessionOptions, told: string[]): Hello {
  const events: Event[] = [];
  const onEvent = (event: Event): void => {
    events.push(event);
    told.push(JSON.stringify(event));
    options.onEvent?.(event);
  };
  const session = openSession(spec, { ...options, onEvent });
  const plan = async (mode: 'apply' | 'destroy' = 'apply'): Promise<Prepared> => {
    const prepared = await session.prepare(mode);
    told.push(JSON.stringify(prepared.plan));
    return prepared;
  };
  const apply = async (prepared?: Prepared): Promise<Applied> => {
    const applied = await session.apply(prepared ?? (await plan()));
    told.push(JSON.stringify([applied.problems, [...applied.outputs], applied.inFlight]));
    return applied;
  };
  return { session, events, plan, apply, destroy: async () => apply(await plan('destroy')) };
}

/** The changes of a plan that are any, by address: what is done, and to which fields. */
export function changesOf({ plan }: Prepared): Record<string, string> {
  return Object.fromEntries(plan.changes.filter(isChange).map((change) => [change.id, wordsOf(change)]));
}

/** What a run could not do, in words. */
export function problemsOf({ problems }: Applied): string {
  return problems.map((each) => `${each.code} ${each.message}`).join('\n');
}

/** Fails unless the run did all that it had to do. */
export function succeeded(applied: Applied): void {
  assert.equal(applied.exit, 0, problemsOf(applied));
}

function isChange(change: Change): boolean {
  return change.action !== 'noop';
}

function wordsOf(change: Change): string {
  const paths = 'fields' in change ? change.fields.map((field) => field.path).toSorted() : [];
  return [change.action, ...(change.action === 'create' ? [] : paths)].join(' ');
}

async function askGoogle(cloud: LocalCloud, method: string, path: string, body: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${cloud.state.token}`, 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${cloud.url}${path}`, { method, headers, ...sent });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as unknown;
}

/** Operations of GKE, Cloud SQL, Compute Engine and the google.longrunning ones, each at its own address. */
async function waitFor(google: StackWorld['google'], path: string, operation: Json): Promise<void> {
  const name = typeof operation['name'] === 'string' ? operation['name'] : '';
  const at = path.startsWith('/compute/')
    ? `/compute/v1/projects/${project}/global/operations/${name}`
    : path.includes('/instances')
      ? `/v1/projects/${project}/operations/${name}`
      : path.includes('/clusters')
        ? `/v1/projects/${project}/locations/${region}/operations/${name}`
        : `/v1/${name}`;
  for (let found = operation, tries = 0; ; found = await google('GET', at), tries += 1) {
    if (found['done'] === true || found['status'] === 'DONE') {
      assert.equal(found['error'], undefined, JSON.stringify(found['error']));
      return;
    }
    assert.ok(tries < 2000, `${at} is not done`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

interface Kubeconfig {
  readonly clusters: readonly { cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users: readonly { user: { token: string } }[];
}

async function askCluster(
  file: string,
  agents: Map<string, Agent>,
  ask: { method: string; path: string; body: unknown; contentType: string },
): Promise<unknown> {
  const config = existsSync(file) ? (parse(readFileSync(file, 'utf8')) as Kubeconfig) : { clusters: [], users: [] };
  const [cluster, token] = [config.clusters[0]?.cluster, config.users[0]?.user.token];
  assert.ok(cluster && token, 'there is no cluster');
  const ca = Buffer.from(cluster['certificate-authority-data'], 'base64');
  const agent = agents.get(cluster.server) ?? new Agent({ ca, keepAlive: true });
  agents.set(cluster.server, agent);
  const separator = ask.path.includes('?') ? '&' : '?';
  const url = `${cluster.server}${ask.path}${ask.method === 'GET' ? '' : `${separator}fieldManager=stranger`}`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': ask.contentType };
  const { promise, resolve: answered, reject } = Promise.withResolvers<unknown>();
  const sent = request(url, { method: ask.method, agent, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.once('end', () => {
      if ((response.statusCode ?? 500) < 300) answered(JSON.parse(text));
      else reject(new Error(`${ask.method} ${ask.path}: ${response.statusCode} ${text}`));
    });
  });
  sent.once('error', reject);
  sent.end(ask.body === undefined ? undefined : JSON.stringify(ask.body));
  return promise;
}
