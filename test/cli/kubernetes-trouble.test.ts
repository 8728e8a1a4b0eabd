import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, before, test } from 'node:test';
import { changesOf, cliWorld, type Json, type Ran } from '../support/cli.ts';

// What a cluster does when it fails or refuses, and what hello says: which object, what, by whom, and what to do. After each
// trouble the same command goes on where it stopped.

const config = (colour: string): string => `name: shop
app: { build: '${resolve('.')}' }
env: { COLOUR: ${colour} }
replicas: 1
`;
const world = cliWorld(config('red'));
const namespace = '/api/v1/namespaces/shop';
let round = 0;

before(async () => void (await world.ends(0, 'apply --local --yes')));

afterEach(async () => {
  await world.google('DELETE', '/_local/kubernetes/faults');
  await world.ends(0, 'apply --local --yes');
  assert.deepEqual(changesOf(await world.plan()), {});
});

/** Something to do: the colour of this round is another than that of the last. */
function change(): void {
  round += 1;
  world.write(config(`shade-${round}`));
}

const arm = async (...faults: readonly Json[]): Promise<unknown> =>
  world.google('POST', '/_local/kubernetes/faults', faults);

/** An apply that fails, and what it tells. */
async function fails(code: number, ...says: readonly RegExp[]): Promise<Ran> {
  const ran = await world.ends(code, 'apply --local --yes --timeout 6');
  const told = ran.stdout + ran.stderr;
  for (const each of says) assert.match(told, each);
  assert.doesNotMatch(told, /HELLO9|\n {4}at /);
  return ran;
}

test('an API server that is slow is waited for', async () => {
  await arm({ match: '.', delayMs: 300, times: 40 });
  await world.ends(0, 'plan --local --detailed-exitcode');
});

test('connections that break are made again', async () => {
  change();
  await arm({ match: '^(GET|PATCH)', named: 'reset', probability: 0.3, seed: 3, times: 8 });
  await world.ends(0, 'apply --local --yes');
});

test('an answer that is lost although the request was carried out is found out', async () => {
  change();
  await arm({ match: '^PATCH (?!.*dryRun)', named: 'reset', afterEffect: 'apply', times: 2 });
  await world.ends(0, 'apply --local --yes');
});

test('a server that breaks every connection is told as out of reach', async () => {
  await arm({ match: '.', named: 'reset', times: 10_000 });
  await fails(4, /error HELLO2008: the cluster cannot be reached: https:\/\/127\.0\.0\.1:\d+ does not answer/);
});

test('a server that is gone is told as out of reach', async () => {
  const kubeconfig = join(world.folder, 'gone.yaml');
  const cluster = { name: 'c', cluster: { server: 'https://127.0.0.1:9' } };
  const user = { name: 'u', user: { token: 'none' } };
  const context = { name: 'gone', context: { cluster: 'c', user: 'u' } };
  writeFileSync(kubeconfig, JSON.stringify({ clusters: [cluster], users: [user], contexts: [context] }));
  const file = join(world.folder, 'gone.config.yaml');
  writeFileSync(
    file,
    `name: shop\nproject: no-project\ncluster: { existing: { context: gone } }\napp: { image: nginx }\n`,
  );
  const { stderr } = await world.ends(4, ['plan', '-c', file], { KUBECONFIG: kubeconfig });
  assert.match(stderr, /error HELLO2008: the cluster cannot be reached: https:\/\/127\.0\.0\.1:9 does not answer/);
});

test('a web page in place of an answer is told as what it is', async () => {
  await arm({ match: '^GET /api', named: 'html', times: 10_000 });
  const { stderr } = await fails(1, /error HELLO3003: .*web page: is there a proxy in between\?/);
  assert.doesNotMatch(stderr, /<html|<h1/);
});

test('a server that asks for patience gets it', async () => {
  change();
  await arm({ match: '^(GET|PATCH)', named: 'rate-limited', times: 3 });
  await world.ends(0, 'apply --local --yes');
});

test('credentials that run out in the middle are told, with what was done', async () => {
  change();
  await arm({ match: '^PATCH (?!.*dryRun).*deployments', named: 'unauthorized', times: 10_000 });
  await fails(
    7,
    /error HELLO2002: .*kubernetes\.deployment\/shop|kubernetes\.deployment\/shop.*HELLO2002/,
    /Log in again/,
  );
});

test('a missing right is told with the verb and the object', async () => {
  change();
  await arm({ match: '^PATCH .*configmaps', named: 'forbidden', times: 10_000 });
  await fails(
    4,
    /error HELLO2003: kubernetes\.config-map\/shop: .*cannot patch resource "configmaps"/,
    /container\.admin/,
  );
});

test('a policy that refuses is told by its name, before anything is written', async () => {
  change();
  await arm({ match: '^PATCH .*deployments', named: 'webhook-denied', times: 10_000 });
  await fails(
    4,
    /error HELLO2011: kubernetes\.deployment\/shop: .*not on a Friday/,
    /what policy\.example\.com objects to/,
  );
  const { data } = await world.kube<{ data: Json }>('GET', `${namespace}/configmaps/shop`);
  assert.notEqual(data['COLOUR'], `shade-${round}`);
});

test('a webhook that does not answer is told by its name', async () => {
  change();
  await arm({ match: '^PATCH .*configmaps', named: 'webhook-gone', times: 10_000 });
  await fails(
    1,
    /error HELLO3003: .*failed calling webhook/,
    /asks the webhook policy\.example\.com, which does not answer/,
  );
});

test('a quota that is used up is told by its name', async (t) => {
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'tight' },
    spec: { hard: { configmaps: '3' } },
  };
  await world.kube('POST', `${namespace}/resourcequotas`, quota);
  t.after(async () => {
    await world.kube('DELETE', `${namespace}/resourcequotas/tight`);
    world.write(config('red'));
    await world.ends(0, 'apply --local --yes');
  });
  const jobs = `jobs:\n  tidy: { build: '${resolve('.')}', command: [node, -e, '0'], schedule: '0 3 * * *' }\n`;
  world.write(config('red') + jobs);
  await fails(4, /error HELLO2006: kubernetes\.config-map\/tidy: .*exceeded quota: tight/);
  await world.kube('DELETE', `${namespace}/resourcequotas/tight`);
  await world.kube('POST', `${namespace}/resourcequotas`, { ...quota, spec: { hard: { configmaps: '30' } } });
});

test('an object that a finalizer holds is told with the finalizer', async () => {
  const path = `${namespace}/configmaps/shop`;
  const merge = 'application/merge-patch+json';
  await world.kube('PATCH', path, { metadata: { finalizers: ['example.com/hold'] } }, merge);
  world.write(config('red').replace(/env: .*\n/, ''));
  try {
    await fails(8, /error HELLO3005: .*ConfigMap shop.*waits for its finalizers: example\.com\/hold/);
  } finally {
    await world.kube('PATCH', path, { metadata: { finalizers: null } }, merge);
  }
});

test('a namespace that cannot go is told with what holds it', async () => {
  const theirs = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'theirs', finalizers: ['example.com/hold'] },
  };
  await world.kube('POST', `${namespace}/configmaps`, theirs);
  await world.kube('DELETE', namespace);
  try {
    await fails(8, /error HELLO3005: .*Namespace shop.*being deleted, which waits: .*example\.com\/hold/);
  } finally {
    const free = { metadata: { finalizers: null } };
    await world.kube('PATCH', `${namespace}/configmaps/theirs`, free, 'application/merge-patch+json');
  }
});
