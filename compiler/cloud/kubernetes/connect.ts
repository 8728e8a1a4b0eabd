import { existsSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { problem } from '../../base/diagnostic.ts';
import { Refusal } from '../../base/errors.ts';
import type { Host } from '../../base/host.ts';

/** How one request is sent: over which connections, and who we are. */
export interface Transport {
  readonly agent: HttpAgent;
  readonly headers: Readonly<Record<string, string>>;
  /** Basic authentication, `user:password`. */
  readonly auth?: string;
}

/** A cluster's address and a way in. */
export interface Connection {
  /** `https://203.0.113.7`, without a slash at the end. */
  readonly server: string;
  /** Asked for each request, so that tokens are as fresh as their source. */
  transport(): Promise<Transport>;
}

/** What GKE says of a cluster, and who we are. */
export interface GkeEndpoint {
  /** IP address or DNS name, with a port if it isn't 443; or a whole URL. */
  readonly endpoint: string;
  /** The cluster's CA as the GKE API gives it (base64 of PEM). Absent for a DNS endpoint: its certificate is publicly trusted. */
  readonly caBase64?: string;
  readonly token: () => Promise<string>;
}

/** Into a GKE cluster, with a Google access token. Connections are shared and kept alive. */
export function connectGke({ endpoint, caBase64, token }: GkeEndpoint): Connection {
  const server = (endpoint.includes('://') ? endpoint : `https://${endpoint}`).replace(/\/$/, '');
  const ca = caBase64 ? { ca: Buffer.from(caBase64, 'base64') } : {};
  const agent = server.startsWith('http:')
    ? new HttpAgent({ keepAlive: true })
    : new HttpsAgent({ keepAlive: true, ...ca });
  return {
    server,
    transport: async () => ({ agent, headers: { authorization: `Bearer ${await token()}` } }),
  };
}

/**
 * Into the cluster of a kubeconfig context, whatever it takes: tokens, client certificates, exec plugins, proxies.
 * Reads the files of KUBECONFIG, or ~/.kube/config. Throws a Refusal when the context is not there.
 */
export async function connectContext(context: string, { env }: Pick<Host, 'env'>): Promise<Connection> {
  const config = await loadKubeConfig(env);
  const known = config.getContexts().map((each) => each.name);
  const cluster = config.getCluster(config.getContextObject(context)?.cluster ?? '');
  if (!known.includes(context) || !cluster) throw unknownContext(context, known);
  config.setCurrentContext(context);
  const plain = cluster.server.startsWith('http:');
  // The client refuses plain http, as of a local proxy, unless told that nothing is to be verified.
  if (plain)
    config.clusters = config.clusters.map((each) =>
      each.name === cluster.name ? { ...each, skipTLSVerify: true } : each,
    );
  const agents = new Map<string, HttpAgent>();
  return {
    server: cluster.server.replace(/\/$/, ''),
    transport: async () => contextTransport(config, agents, plain),
  };
}

async function contextTransport(
  config: KubeConfig,
  agents: Map<string, HttpAgent>,
  plain: boolean,
): Promise<Transport> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw credentialsFailed(config.getCurrentContext(), error);
  }
  const { auth, headers = {} } = options;
  const all = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), String(value)]);
  return {
    agent: agentFor(config, options, agents, plain),
    headers: Object.fromEntries(all),
    ...(auth && { auth }),
  };
}

/** One agent for each set of certificates (a plugin may renew them); a proxy's agent is the client's own business. */
function agentFor(
  config: KubeConfig,
  options: RequestOptions,
  agents: Map<string, HttpAgent>,
  plain: boolean,
): HttpAgent {
  if (config.getCurrentCluster()?.proxyUrl && options.agent instanceof HttpAgent) return options.agent;
  const key = String(options.cert ?? '');
  const { ca, cert, key: secret, rejectUnauthorized, servername } = options;
  const made =
    agents.get(key) ??
    (plain
      ? new HttpAgent({ keepAlive: true })
      : new HttpsAgent({
          keepAlive: true,
          ...(ca && { ca }),
          ...(cert && { cert }),
          ...(secret && { key: secret }),
          ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
          ...(servername && { servername }),
        }));
  agents.set(key, made);
  return made;
}

async function loadKubeConfig(env: Host['env']): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  const files = (named.length > 0 ? named : [join(env['HOME'] ?? homedir(), '.kube', 'config')]).filter((file) =>
    existsSync(file),
  );
  const config = new KubeConfig();
  for (const file of files) {
    try {
      const one = new KubeConfig();
      one.loadFromFile(file);
      config.mergeConfig(one);
    } catch (error) {
      const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
      throw new Refusal(
        problem('HELLO2008', `the kubeconfig ${file} cannot be read: ${why}`, {
          fix: 'Mend the file, or set KUBECONFIG to another one.',
        }),
      );
    }
  }
  return config;
}

function unknownContext(context: string, known: readonly string[]): Refusal {
  const message = `the kubeconfig has no context "${context}"`;
  const fix =
    known.length > 0
      ? `There are: ${known.join(', ')}.`
      : 'There is no context at all: set KUBECONFIG, or make a cluster first (kind, minikube, gcloud container clusters get-credentials).';
  return new Refusal(problem('HELLO2008', message, { fix }));
}

function credentialsFailed(context: string, error: unknown): Refusal {
  const why = error instanceof Error ? (error.message.trim().split('\n')[0] ?? '') : '';
  const message = `the credentials of the context "${context}" cannot be had: ${why}`;
  return new Refusal(
    problem('HELLO2008', message, {
      fix: `Try \`kubectl --context ${context} get namespaces\`; it uses the same credentials.`,
    }),
  );
}
