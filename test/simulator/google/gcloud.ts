import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { project, token } from './served.ts';

/** What is missing for a test that uses gcloud; undefined when nothing is. */
export function gcloudMissing(): string | undefined {
  return spawnSync('gcloud', ['--version'], { stdio: 'ignore' }).error ? 'gcloud is not on PATH' : undefined;
}

export interface Gcloud {
  /** Runs it against the local cloud; answers what it printed as JSON, or its error text. */
  run(...args: string[]): Promise<{ readonly code: number | null; readonly json: unknown; readonly stderr: string }>;
  readonly remove: () => void;
}

const apis = {
  CONTAINER: 'container',
  SQL: 'sqladmin',
  IAM: 'iam',
  SERVICEUSAGE: 'serviceusage',
  CLOUDRESOURCEMANAGER: 'cloudresourcemanager',
};

/** A gcloud that knows nothing of the machine's own configuration and reaches only `root`. */
export function isolatedGcloud(root: string): Gcloud {
  const home = mkdtempSync(join(tmpdir(), 'hello-gcloud-'));
  const overrides = Object.entries(apis).map(([name, api]) => [
    `CLOUDSDK_API_ENDPOINT_OVERRIDES_${name}`,
    `${root}/${api}.googleapis.com/`,
  ]);
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    KUBECONFIG: join(home, 'kubeconfig'),
    CLOUDSDK_CONFIG: join(home, 'gcloud'),
    CLOUDSDK_CORE_PROJECT: project,
    CLOUDSDK_CORE_ACCOUNT: 'developer@example.com',
    CLOUDSDK_AUTH_ACCESS_TOKEN: token,
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: `${root}/compute.googleapis.com/compute/v1/`,
    ...Object.fromEntries(overrides),
  };
  return {
    async run(...args) {
      const child = spawn('gcloud', [...args, '--format=json'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      const [stdout, stderr, code] = await Promise.all([
        child.stdout.toArray().then((chunks) => Buffer.concat(chunks as Buffer[]).toString()),
        child.stderr.toArray().then((chunks) => Buffer.concat(chunks as Buffer[]).toString()),
        new Promise<number | null>((resolve) => child.on('close', resolve)),
      ]);
      return { code, json: stdout.trim() === '' ? undefined : JSON.parse(stdout), stderr };
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
