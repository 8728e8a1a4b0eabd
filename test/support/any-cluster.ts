import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after } from 'node:test';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Plan } from '../../compiler/model/change.ts';
import { changesOf, cliWorld, type CliWorld, type Env, type Json, type Ran } from './cli.ts';
import { endNamespace, standIns, type Works } from './stand-ins.ts';

/** Runs to nothing, on any node, as any user. */
export const pause = 'registry.k8s.io/pause:3.10';

/** A namespace of its own in a cluster that is there already, and the program as a user runs it there. */
export interface AnyCluster {
  readonly namespace: string;
  /** What nothing in the cluster does, and is stood in for; empty where all works. */
  readonly lacks: string;
  /** The command that ends at once in a container of the image that is idle without one. */
  readonly ended: string;
  /** What kubectl is to be started with, to reach this cluster. */
  readonly kubectl: { readonly env: Env; readonly flags: readonly string[] };
  /** Writes the config: one of this namespace, in this cluster, with these lines. */
  write(lines: string): void;
  /** Writes a manifest beside it; hands out its path. */
  manifest(object: Json): string;
  hello(line: string): Promise<Ran>;
  ends(code: number, line: string): Promise<Ran>;
  /** What would be done, by address. */
  changes(more?: string): Promise<Record<string, string>>;
  /** Asks the cluster behind hello's back; undefined for what is not there. */
  kube(method: string, path: string, body?: unknown, contentType?: string): Promise<Json | undefined>;
}

/** The lines of a service that needs nothing but to be there. */
export const idle = (env: Readonly<Record<string, string>>, replicas = 1): string =>
  `{ image: '${pause}', replicas: ${replicas}, env: ${JSON.stringify(env)} }`;

/**
 * The cluster of the context that HELLO_TEST_CONTEXT names in the kubeconfig; without one, a cluster of a local cloud that
 * this makes. Whatever is made in it is removed after the tests.
 */
export async function anyCluster(): Promise<AnyCluster> {
  const context = process.env['HELLO_TEST_CONTEXT'] ?? '';
  const isReal = context !== '';
  const namespace = `hello-test-${randomBytes(3).toString('hex')}`;
  // A real cluster may have to make a node first.
  const world = cliWorld('name: host\ncluster: host\nservices: {}\n', isReal ? { runMsMax: 15 * 60_000 } : {});
  if (!isReal) await localCluster(world);
  const local = join(world.store, 'kubeconfig');
  // What reaches a real cluster is the kubeconfig, and whatever its credentials come from.
  const env = isReal ? process.env : { KUBECONFIG: local };
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (isReal) config.loadFromDefault();
  else config.loadFromFile(local);
  const name = isReal ? context : config.getCurrentContext();
  config.setCurrentContext(name);
  const agent = new Agent({ keepAlive: true });
  const kube: AnyCluster['kube'] = async (method, path, body, contentType = 'application/json') =>
    ask(config, agent, { method, path, body, contentType });
  const works = await worksIn(kube, !isReal);
  const lacking = Object.entries(works).flatMap(([what, is]) => (is ? [] : [what]));
  const stop = standIns(kube, namespace, works);
  after(async () => {
    await stop();
    if (!works.controllers) await endNamespace(kube, namespace);
    else if (isReal) await kube('DELETE', `/api/v1/namespaces/${namespace}`);
    agent.destroy();
  });
  const ends: AnyCluster['ends'] = async (code, line) => world.ends(code, line, env);
  const hello: AnyCluster['hello'] = async (line) => world.hello(line, env);
  return {
    namespace,
    lacks: lacking.length > 0 ? `stood in for: ${lacking.join(', ')}` : '',
    ended: isReal ? '[/pause, -v]' : "['true']",
    kubectl: { env, flags: ['--context', name, '--namespace', namespace] },
    write: (lines) =>
      world.write(`name: ${namespace}\nproject: no-project\ncluster: { existing: { context: '${name}' } }\n${lines}\n`),
    manifest(object) {
      const file = join(world.folder, 'manifest.json');
      writeFileSync(file, JSON.stringify(object));
      return file;
    },
    hello,
    ends,
    async changes(more = '') {
      const { stdout } = await hello(`plan --json ${more}`);
      return changesOf(JSON.parse(stdout) as Plan);
    },
    kube,
  };
}

/** A cluster of a local cloud, which knows the image. */
async function localCluster(world: CliWorld): Promise<void> {
  await world.ends(0, 'apply --local --yes');
  const source = join(world.folder, 'pause');
  mkdirSync(source);
  writeFileSync(join(source, 'Dockerfile'), 'FROM scratch\nCMD ["sleep", "infinity"]\n');
  await world.google('PUT', '/_local/images', { image: pause, source });
}

async function worksIn(kube: AnyCluster['kube'], isLocal: boolean): Promise<Works> {
  const nodes = ((await kube('GET', '/api/v1/nodes'))?.['items'] ?? []) as readonly { readonly spec: Json }[];
  // A controller makes it.
  const account = await kube('GET', '/api/v1/namespaces/default/serviceaccounts/default');
  const inGoogleCloud = nodes.some(({ spec }) => String(spec['providerID']).startsWith('gce:'));
  return { controllers: account !== undefined, pods: nodes.length > 0, balancers: isLocal || inGoogleCloud };
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly contentType: string;
}

async function ask(config: KubeConfig, agent: Agent, asked: Asked): Promise<Json | undefined> {
  const { method, path, body, contentType } = asked;
  const payload = body === undefined ? '' : JSON.stringify(body);
  const options: RequestOptions = {
    method,
    headers: { accept: 'application/json', 'content-type': contentType, 'content-length': Buffer.byteLength(payload) },
  };
  await config.applyToHTTPSOptions(options);
  // The client makes an agent for each request; what it knows of certificates goes to ours.
  const { ca, cert, key, rejectUnauthorized } = (options.agent as Agent | undefined)?.options ?? {};
  const trust = { ca, cert, key, ...(rejectUnauthorized !== undefined && { rejectUnauthorized }) };
  const response = await new Promise<IncomingMessage>((answered, failed) => {
    const url = `${config.getCurrentCluster()?.server}${path}`;
    request(url, { ...trust, ...options, agent }, answered)
      .once('error', failed)
      .end(payload);
  });
  const told = await text(response);
  if (response.statusCode === 404) return undefined;
  assert.ok((response.statusCode ?? 0) < 300, `${method} ${path}: ${response.statusCode} ${told}`);
  return JSON.parse(told) as Json;
}
