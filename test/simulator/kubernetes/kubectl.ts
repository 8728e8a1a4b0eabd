import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { token, type Json } from './cluster.ts';

/** The oldest and the newest kubectl that are to be found: beside the one on PATH there may be others. */
export function kubectls(): readonly string[] {
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'kubectl'))
    .find(existsSync);
  if (onPath === undefined) return [];
  const folder = dirname(realpathSync(onPath));
  const versions = readdirSync(folder)
    .filter((name) => /^kubectl\.\d+\.\d+$/.test(name))
    .toSorted((a, b) => Number(a.split('.')[2]) - Number(b.split('.')[2]));
  const ends = [...new Set([versions.at(0), versions.at(-1)])].flatMap((name) =>
    name === undefined ? [] : [join(folder, name)],
  );
  return ends.length > 0 ? ends : [onPath];
}

export interface Output {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One kubectl, its cluster and its home. */
export interface Kubectl {
  readonly run: (...args: readonly string[]) => Promise<Output>;
  /** Runs what must succeed; hands out what it printed. */
  readonly ok: (...args: readonly string[]) => Promise<string>;
  /** Writes a manifest; hands out its path. */
  readonly file: (name: string, ...objects: readonly Json[]) => Promise<string>;
  readonly env: NodeJS.ProcessEnv;
  /** The same with more in its environment. */
  readonly with: (more: NodeJS.ProcessEnv) => Kubectl;
}

/** A kubectl that talks to a server. */
export async function kubectlFor(
  t: TestContext,
  binary: string,
  { endpoint, caPem }: { readonly endpoint: string; readonly caPem: string },
): Promise<Kubectl> {
  const folder = await mkdtemp(join(tmpdir(), 'hello-kubectl-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'c',
        cluster: { server: `https://${endpoint}`, 'certificate-authority-data': Buffer.from(caPem).toString('base64') },
      },
    ],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  const env: NodeJS.ProcessEnv & { KUBECONFIG: string } = {
    PATH: process.env['PATH'],
    HOME: folder,
    KUBECONFIG: join(folder, 'config'),
  };
  await writeFile(env.KUBECONFIG, JSON.stringify(config));
  return clientOf(binary, folder, env);
}

function clientOf(binary: string, folder: string, env: NodeJS.ProcessEnv): Kubectl {
  const run = (...args: readonly string[]): Promise<Output> =>
    new Promise((resolve) => {
      execFile(binary, args, { env, timeout: 60_000 }, (error, out, err) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, out, err });
      });
    });
  return {
    env,
    run,
    with: (more) => clientOf(binary, folder, { ...env, ...more }),
    async ok(...args) {
      const { code, out, err } = await run(...args);
      assert.equal(code, 0, `kubectl ${args.join(' ')}: ${err}${out}`);
      return out;
    },
    async file(name, ...objects) {
      const path = join(folder, `${name}.json`);
      await writeFile(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
      return path;
    },
  };
}
