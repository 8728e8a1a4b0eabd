import { spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { until, type Json } from './cluster.ts';
import { clusterWithNode } from './cluster-with-node.ts';
import { kubectlFor, kubectls, type Kubectl } from './kubectl.ts';

const found = kubectls();

/** One for the oldest and one for the newest kubectl at hand; without any, one whose tests are skipped and say so. */
export const each = (found.length > 0 ? found : ['kubectl']).map((binary) => ({
  binary,
  name: binary.split('/').at(-1) ?? binary,
  minor: Number(binary.split('.').at(-1)),
  options: { skip: found.length === 0 ? 'kubectl is not on PATH' : false } as const,
}));

/** A Deployment whose pods echo what they get on their port. */
export function web(args: readonly string[] = ['echo'], more: Json = {}): Json {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'app',
              image: 'work:1',
              args,
              env: [
                { name: 'PORT', value: '8080' },
                { name: 'WHERE', value: 'the shop' },
              ],
              ports: [{ containerPort: 8080 }],
              readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
              resources: { requests: { cpu: '500m', memory: '1Gi', 'ephemeral-storage': '1Gi' } },
            },
          ],
        },
      },
      ...more,
    },
  };
}

export const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
};

export const settings = (data: Json): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', labels: { app: 'web' } },
  data,
});

export interface World extends Kubectl {
  /** Starts a kubectl that goes on; what it has printed so far. */
  readonly background: (...args: readonly string[]) => () => string;
}

export async function prepare(t: TestContext, binary: string): Promise<World> {
  const { cluster } = await clusterWithNode(t);
  const { server } = cluster();
  await until('the namespace is furnished', () => server.objects.get('serviceaccounts', 'default', 'default'));
  const kubectl = await kubectlFor(t, binary, server);
  return {
    ...kubectl,
    background(...args) {
      const child = spawn(binary, args, { env: kubectl.env });
      t.after(() => child.kill());
      let text = '';
      const collect = (chunk: Buffer): void => void (text += chunk.toString('utf8'));
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      return () => text;
    },
  };
}

export async function running(world: World, ...objects: readonly Json[]): Promise<void> {
  await world.ok(
    'apply',
    '--server-side',
    '-f',
    await world.file('start', ...(objects.length > 0 ? objects : [web(), service])),
  );
  await world.ok('rollout', 'status', 'deploy/web', '--timeout=50s');
}
