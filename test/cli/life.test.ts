import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startOf } from '../../compiler/simulator/processes.ts';
import { changesOf, cliWorld, greet, lastLine, replicasAt, stack, type Json } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';

const world = cliWorld(stack);
const pods = '/api/v1/namespaces/hello-world/pods';
let url = '';

interface Objects {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly uid: string } }[];
}

const namesAt = async (path: string): Promise<string[]> =>
  (await world.kube<Objects>('GET', path)).items.map((each) => each.metadata.name).toSorted();
const uids = async (path: string): Promise<string[]> =>
  (await world.kube<Objects>('GET', path)).items.map((each) => each.metadata.uid);
const appProcesses = async (): Promise<readonly { readonly pid: number; readonly what: string }[]> =>
  (await world.status()).processes.filter(({ what }) => what.includes('hello-world/'));

test('the first apply ends with a URL at which three replicas greet', async () => {
  url = lastLine(await world.ends(0, 'apply --local --yes'));
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  assert.equal((await greet(url)).text, 'Hello World');
  assert.equal((await replicasAt(url)).size, 3);
});

test('a second apply writes nothing, and says the URL again', async () => {
  const before = await uids(pods);
  await world.google('DELETE', '/_local/requests');
  const ran = await world.ends(0, 'apply --local --yes');
  assert.equal(ran.stdout, `No changes. Live is what the config says.\n${url}\n`);
  const { requests } = await world.google<{ requests: Json[] }>('GET', '/_local/requests');
  assert.deepEqual(
    requests.filter(({ method, path }) => method !== 'GET' && !String(path).endsWith('getIamPolicy')),
    [],
  );
  assert.deepEqual(await uids(pods), before);
});

test('the plan after an apply is empty', async () => {
  const ran = await world.ends(0, 'plan --local --detailed-exitcode');
  assert.equal(ran.stdout, 'No changes. Live is what the config says.\n');
});

test('everything is back after a stop and a start, and the plan is still empty', async () => {
  const before = await appProcesses();
  await world.ends(0, 'local stop');
  assert.ok(before.every(({ pid }) => startOf(pid) === undefined));
  await world.ends(0, 'local start');
  await world.ends(0, 'plan --local --detailed-exitcode');
  await eventually('three replicas greet', async () => (await replicasAt(url).catch(() => new Set())).size === 3);
});

test('nothing is remembered in a home or a cache: without them the plan is still empty', async () => {
  rmSync(join(world.folder, 'home'), { recursive: true, force: true });
  mkdirSync(join(world.folder, 'home'));
  const cache = { NODE_COMPILE_CACHE: join(world.folder, 'cache'), TMPDIR: world.folder };
  await world.ends(0, 'plan --local --detailed-exitcode', cache);
  rmSync(join(world.folder, 'cache'), { recursive: true, force: true });
  await world.ends(0, 'plan --local --detailed-exitcode', cache);
});

test('two more replicas are one change of one field, and five greet', async () => {
  world.write(stack.replace('replicas: 3', 'replicas: 5'));
  await world.ends(2, 'plan --local --detailed-exitcode');
  const plan = await world.plan();
  assert.deepEqual(changesOf(plan), { 'kubernetes.deployment/hello-world': 'update spec.replicas' });
  const before = await namesAt(pods);
  await world.ends(0, 'apply --local --yes');
  const now = await namesAt(pods);
  assert.equal(now.length, 5);
  assert.ok(before.every((name) => now.includes(name)));
  assert.deepEqual(await replicasAt(url), new Set(now));
});

test('back to three, two stop', async () => {
  const before = await appProcesses();
  world.write(stack);
  await world.ends(0, 'apply --local --yes');
  const kept = await eventually('two pods to go', async () => {
    const names = await namesAt(pods);
    return names.length === 3 && names;
  });
  const isKept = ({ what }: { what: string }): boolean => kept.some((name) => what.includes(name));
  await eventually('their processes to end', () =>
    before.every((each) => (startOf(each.pid) !== undefined) === isKept(each)),
  );
  assert.deepEqual(await replicasAt(url), new Set(kept));
});

test('one changed value of the environment rolls every pod once', async () => {
  world.write(stack.replace('GREETING: Hello World', 'GREETING: Hello Moon'));
  const before = { pods: await uids(pods), sets: await namesAt('/apis/apps/v1/namespaces/hello-world/replicasets') };
  assert.deepEqual(changesOf(await world.plan()), {
    'kubernetes.config-map/hello-world': 'update data.GREETING',
    'kubernetes.deployment/hello-world': 'update spec.template.metadata.annotations["hello/config-hash"]',
  });
  await world.ends(0, 'apply --local --yes');
  const now = await eventually('the old pods to go', async () => {
    const left = await uids(pods);
    return left.length === 3 && left;
  });
  assert.ok(now.every((uid) => !before.pods.includes(uid)));
  const sets = await namesAt('/apis/apps/v1/namespaces/hello-world/replicasets');
  assert.equal(sets.length, before.sets.length + 1);
  await world.ends(0, 'apply --local --yes');
  assert.deepEqual(await uids(pods), now);
});

test('a key that is taken out prunes the object that it made, and nothing else', async () => {
  const plain = `name: hello-world\ncluster: hello-world-cluster\napp:\n  image: example.com/plain:1\nports: ['80:8080']\n`;
  const withKey = `${plain}env:\n  ONE: '1'\n`;
  const small = cliWorld(withKey);
  await small.ends(0, 'local start');
  await small.google('PUT', '/_local/images', { image: 'example.com/plain:1', source: plainApp(small.folder) });
  await small.ends(0, 'apply --local --yes');
  const all = ['configmaps', 'secrets', 'services', 'serviceaccounts'];
  const objects = async (): Promise<string[]> => {
    const lists = all.map(async (plural) => {
      const { items } = await small.kube<Objects>('GET', `/api/v1/namespaces/hello-world/${plural}`);
      return items.map(({ metadata }) => `${plural}/${metadata.name} ${metadata.uid}`);
    });
    return (await Promise.all(lists)).flat();
  };
  const before = await objects();
  small.write(plain);
  const plan = changesOf(await small.plan());
  assert.equal(plan['kubernetes.config-map/hello-world'], 'delete');
  assert.deepEqual(Object.keys(plan).toSorted(), [
    'kubernetes.config-map/hello-world',
    'kubernetes.deployment/hello-world',
  ]);
  const { stdout } = await small.ends(0, 'apply --local --yes');
  assert.match(stdout, /^ {2}- kubernetes\.config-map\/hello-world .*\(no longer in the config\)$/m);
  const now = await objects();
  assert.deepEqual(
    before.filter((each) => !now.includes(each)).map((each) => each.split(' ')[0]),
    ['configmaps/hello-world'],
  );
  await small.ends(0, 'plan --local --detailed-exitcode');
});

/** The smallest app that passes its probes; it has no database. */
function plainApp(folder: string): string {
  const source = join(folder, 'plain');
  mkdirSync(source);
  writeFileSync(
    join(source, 'main.mjs'),
    `import { createServer } from 'node:http';
const server = createServer((_request, response) => response.end(process.env.POD_NAME));
server.listen(Number(process.env.PORT));
process.on('SIGTERM', () => { server.close(); server.closeAllConnections(); });
`,
  );
  writeFileSync(join(source, 'Dockerfile'), 'FROM node:24-slim\nWORKDIR /app\nCOPY . .\nCMD ["node", "main.mjs"]\n');
  return source;
}
