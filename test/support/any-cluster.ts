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
import { changesOf, cliWorld, type Json, type Ran } from './cli.ts';

/** Runs to nothing, on any node, as any user. */
const pause = 'registry.k8s.io/pause:3.10';

/** A namespace of its own in a cluster that is there already, and the program as a user runs it there. */
export interface AnyCluster {
  readonly namespace: string;
  /** Whether pods can run: an API server without nodes takes everything, and nothing becomes healthy. */
  readonly settles: boolean;
  /** Writes the config: one of this namespace, in this cluster, with these lines. */
  write(lines: string): void;
  hello(line: string): Promise<Ran>;
  ends(code: number, line: string): Promise<Ran>;
  /** Applies, and waits for health where there can be any. */
  applies(more?: string): Promise<Ran>;
  /** What would be done, by address. */
  changes(): Promise<Record<string, string>>;
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
  const namespace = `hello-test-${randomBytes(3).toString('hex')}`;
  const world = cliWorld('name: host\ncluster: host\nservices: {}\n');
  const isReal = context !== '';
  if (!isReal) {
    await world.ends(0, 'apply --local --yes');
    const source = join(world.folder, 'pause');
    mkdirSync(source);
    writeFileSync(join(source, 'Dockerfile'), 'FROM scratch\nCMD ["sleep", "infinity"]\n');
    await world.google('PUT', '/_local/images', { image: pause, source });
  }
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
  const nodes = (await kube('GET', '/api/v1/nodes'))?.['items'] as readonly unknown[];
  const settles = nodes.length > 0;
  const ends: AnyCluster['ends'] = async (code, line) => world.ends(code, line, env);
  after(async () => {
    if (isReal) await kube('DELETE', `/api/v1/namespaces/${namespace}`);
    agent.destroy();
  });
  return {
    namespace,
    settles,
    write: (lines) =>
      world.write(`name: ${namespace}\nproject: no-project\ncluster: { existing: { context: '${name}' } }\n${lines}\n`),
    hello: async (line) => world.hello(line, env),
    ends,
    applies: async (more = '') =>
      settles ? ends(0, `apply --yes ${more}`) : ends(8, `apply --yes --timeout 5 ${more}`),
    async changes() {
      const { stdout } = await world.hello('plan --json', env);
      return changesOf(JSON.parse(stdout) as Plan);
    },
    kube,
  };
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
