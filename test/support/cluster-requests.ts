import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

/** Plain requests to the first cluster of a kubeconfig, with no client of hello's in between. */
export interface ClusterRequests {
  /** Fails with the status and the answer unless it succeeds. */
  ask<T = Readonly<Record<string, unknown>>>(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<T>;
  close(): void;
}

/** The file is read again for each request: clusters come and go. */
export function clusterRequests(kubeconfig: string): ClusterRequests {
  const agents = new Map<string, Agent>();
  return {
    async ask<T>(method: string, path: string, body?: unknown, contentType = 'application/json') {
      const config = existsSync(kubeconfig)
        ? (parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig)
        : { clusters: [], users: [] };
      const [cluster, token] = [config.clusters[0]?.cluster, config.users[0]?.user.token];
      assert.ok(cluster && token, 'there is no cluster');
      const ca = Buffer.from(cluster['certificate-authority-data'], 'base64');
      const agent = agents.get(cluster.server) ?? new Agent({ ca, keepAlive: true });
      agents.set(cluster.server, agent);
      const headers = { authorization: `Bearer ${token}`, 'content-type': contentType };
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const sent = request(`${cluster.server}${path}`, { method, agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () => {
          if ((response.statusCode ?? 500) < 300) resolve(JSON.parse(text) as T);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
        });
      });
      sent.once('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
      return promise;
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}
