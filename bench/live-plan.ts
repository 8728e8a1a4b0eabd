import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { idleConfigOf } from './configs.ts';
import { command, has, outputOf, peakMegabytes, withInstalled, type Installed } from './installed.ts';
import { interleaved, ratio } from './interleaved.ts';
import { resourcesOf } from './peers.ts';
import { note, row, type Benchmark } from './report.ts';

const sizes = [1, 10, 100, 1000];

/** Looking at what is there, in a cluster with nothing to do. */
export const livePlan: Benchmark = {
  about: 'hello plan of a cluster in which nothing has changed, from the package, against the local cloud',
  run: async () => withInstalled(onLocalCluster),
};

/** A way into the cluster of the local cloud, and what programs need to take it. */
interface Way {
  readonly context: string;
  readonly env: NodeJS.ProcessEnv;
}

async function onLocalCluster(installed: Installed): Promise<void> {
  const { folder, hello } = installed;
  const kubeconfig = join(folder, '.hello/local/kubeconfig');
  const home = join(folder, 'home');
  const env = { ...process.env, HOME: home, KUBECONFIG: kubeconfig, HELLO_LOCAL_SPEED: '1000' };
  mkdirSync(home);
  writeFileSync(join(folder, 'hello.config.yaml'), 'name: host\ncluster: host\nservices: {}\n');
  try {
    command(process.execPath, [...hello, 'apply', '--local', '--yes'], folder, env)();
    const { 'current-context': context } = readYaml(kubeconfig) as { 'current-context': string };
    const folders = sizes.map((services) => applied(installed, services, { context, env }));
    await countRequests(installed, folders, { context, env });
    compare(installed, folders, env);
  } finally {
    command(process.execPath, [...hello, 'local', 'reset'], folder, env)();
  }
}

/** A folder with the config of so many services, which are applied. */
function applied({ folder, hello }: Installed, services: number, { context, env }: Way): string {
  const own = join(folder, `of-${services}`);
  const text = idleConfigOf(services, context);
  mkdirSync(own);
  writeFileSync(join(own, 'hello.config.yaml'), text);
  const began = performance.now();
  command(process.execPath, [...hello, 'apply', '--yes'], own, env)();
  const seconds = (performance.now() - began) / 1000;
  const objects = resourcesOf(text).length;
  note(`apply of ${objects} new objects, its plan included: ${(objects / seconds).toFixed(0)} objects/s`);
  return own;
}

async function countRequests({ hello }: Installed, folders: readonly string[], { context, env }: Way): Promise<void> {
  const { proxy, kubeconfig } = await countedWay(String(env['KUBECONFIG']), context);
  try {
    for (const [index, own] of folders.entries()) {
      const file = join(own, 'kubeconfig');
      writeFileSync(file, JSON.stringify(kubeconfig));
      command(process.execPath, [...hello, ...emptyPlan], own, { ...env, KUBECONFIG: file })();
      proxy.send('asked');
      const [{ asked }] = (await once(proxy, 'message')) as [{ asked: readonly string[] }];
      const pages = asked.filter((each) => each.includes('continue=')).length;
      note(`${sizes[index]} services: ${asked.length} requests to the cluster, ${pages} of them for further pages`);
    }
  } finally {
    proxy.disconnect();
  }
}

/** Fails unless the plan is empty. */
const emptyPlan = ['plan', '--detailed-exitcode'];

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

/** The context of the same name in a kubeconfig that leads through a proxy. */
async function countedWay(
  direct: string,
  context: string,
): Promise<{ readonly proxy: ChildProcess; readonly kubeconfig: object }> {
  const { clusters, users } = readYaml(direct) as Kubeconfig;
  const { server = '', 'certificate-authority-data': ca = '' } = clusters[0]?.cluster ?? {};
  const proxy = fork(fileURLToPath(new URL('counting-proxy.ts', import.meta.url)), [
    server,
    ca,
    users[0]?.user.token ?? '',
  ]);
  const [{ port }] = (await once(proxy, 'message')) as [{ port: number }];
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'counted', cluster: { server: `http://127.0.0.1:${port}` } }],
    contexts: [{ name: context, context: { cluster: 'counted', user: 'anybody' } }],
    users: [{ name: 'anybody', user: {} }],
  };
  return { proxy, kubeconfig };
}

function compare({ hello }: Installed, folders: readonly string[], env: NodeJS.ProcessEnv): void {
  const [one = '', , hundred = '', thousand = ''] = folders;
  const plan = (own: string): (() => void) => command(process.execPath, [...hello, ...emptyPlan], own, env);
  const times = interleaved({ one: plan(one), hundred: plan(hundred), thousand: plan(thousand) }, 9);
  row('hello plan, 100 services / 1', ratio(times.hundred, times.one), '');
  row('hello plan, 1,000 services / 100', ratio(times.thousand, times.hundred), 'below 10');
  const args = [...hello, ...emptyPlan];
  note(`hello plan of 1,000 services: at most ${peakMegabytes(args, thousand, env)} MB of memory`);
  if (!has('kubectl', 'version', '--client')) return note('kubectl is not on PATH: not compared with it');
  const manifests = outputOf(process.execPath, [...hello, 'compile', '--stream'], hundred, env);
  writeFileSync(join(hundred, 'manifests.yaml'), manifests);
  // It fails when anything differs; with the field manager of hello nothing does.
  const diff = ['diff', '--server-side', '--field-manager', 'hello', '-f', 'manifests.yaml'];
  const both = interleaved({ plan: plan(hundred), kubectl: command('kubectl', diff, hundred, env) }, 9);
  return row('kubectl diff --server-side / hello plan, 100 services', ratio(both.kubectl, both.plan), 'at least 5');
}

function readYaml(file: string): unknown {
  return parse(readFileSync(file, 'utf8'));
}
