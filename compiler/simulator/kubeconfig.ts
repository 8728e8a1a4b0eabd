import { existsSync, readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { writePrivate } from './private-file.ts';

/** What a kubeconfig says of one cluster. */
export interface KubeconfigCluster {
  /** `projects/P/locations/R/clusters/C`. */
  readonly id: string;
  /** `host:port`. */
  readonly endpoint: string;
  readonly caPem: string;
  /** What commands that name no namespace mean. */
  readonly namespace?: string | undefined;
}

/** The context that gcloud would make: `gke_PROJECT_LOCATION_NAME`. */
export function contextName(id: string): string {
  const [, project, , location, , cluster] = id.split('/');
  return `gke_${project}_${location}_${cluster}`;
}

/** Writes a kubeconfig with a context for each cluster. The current context stays the one that was chosen while it exists. */
export function writeKubeconfig(file: string, clusters: readonly KubeconfigCluster[], token: string): void {
  const names = clusters.map((cluster) => contextName(cluster.id));
  const before = currentContext(file);
  const current = before !== undefined && names.includes(before) ? before : (names.at(-1) ?? '');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': current,
    clusters: clusters.map(({ id, endpoint, caPem }) => {
      const data = Buffer.from(caPem).toString('base64');
      return { name: contextName(id), cluster: { server: `https://${endpoint}`, 'certificate-authority-data': data } };
    }),
    users: names.map((name) => ({ name, user: { token } })),
    contexts: clusters.map(({ id, namespace }) => {
      const name = contextName(id);
      return { name, context: { cluster: name, user: name, ...(namespace !== undefined && { namespace }) } };
    }),
  };
  writePrivate(file, stringify(config, { lineWidth: 0 }));
}

function currentContext(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const config = parse(readFileSync(file, 'utf8')) as { 'current-context'?: unknown } | null;
    const current = config?.['current-context'];
    return typeof current === 'string' ? current : undefined;
  } catch {
    return undefined; // edited by hand into something that is no YAML: ours is as good as any
  }
}
