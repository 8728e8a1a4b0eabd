import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { changesOf, cliWorld, greet, lastLine, smallStack, type Env, type Json } from '../support/cli.ts';

const world = cliWorld();
const deployment = '/apis/apps/v1/namespaces/hello-world/deployments/hello-world';
const applyPatch = 'application/apply-patch+yaml';
let url = '';

const hashOf = async (): Promise<string> => (await world.plan()).hash;
const clusterOverride = 'CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER';

/** The environment of somebody who points hello at the local cloud by hand. */
async function byHand(): Promise<Env> {
  return JSON.parse((await world.ends(0, 'local env --json')).stdout) as Env;
}

async function serving(answer: (path: string) => { status: number; type: string; body: string }): Promise<string> {
  const server: Server = createServer((request, response) => {
    const { status, type, body } = answer(request.url ?? '');
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('without a terminal and without --yes, nothing is begun', async () => {
  const { stderr } = await world.ends(3, 'apply --local');
  assert.match(stderr, /error HELLO1011: nobody is there to approve this apply\n {2}fix: .*--yes/);
  assert.deepEqual((await world.status()).clusters, []);
});

test('a plan of another hash is not carried out, and one of the same is', async () => {
  const { stderr } = await world.ends(5, 'apply --local --yes --expect 0123456789abcdef');
  assert.match(stderr, /error HELLO4003: /);
  assert.deepEqual((await world.status()).clusters, []);
  const hash = await hashOf();
  url = lastLine(await world.ends(0, `apply --local --yes --expect ${hash.slice(0, 8)}`));
  assert.equal((await greet(url)).text, 'Hello World');
});

test('a project that does not exist is told before anything else', async () => {
  const env = { ...(await byHand()), GOOGLE_CLOUD_PROJECT: 'not-a-project' };
  for (const line of ['plan', 'apply --yes', 'status']) {
    const { stderr } = await world.ends(4, line, env);
    assert.match(stderr, /^error HELLO2007: project not-a-project does not exist, or .*\n {2}fix: /m);
  }
});

test('variables that point at the local cloud do what --local does', async () => {
  const ran = await world.ends(0, 'plan --detailed-exitcode', await byHand());
  assert.equal(ran.stdout, 'No changes. Live is what the config says.\n');
});

test('a field that another manager holds is refused, until it is taken over', async () => {
  await world.kube(
    'PATCH',
    `${deployment}?fieldManager=autoscaler&force=true`,
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'hello-world' },
      spec: { replicas: 2 },
    },
    applyPatch,
  );
  const { stdout } = await world.ends(5, 'plan --local');
  assert.match(
    stdout,
    /! kubernetes\.deployment\/hello-world .*\n.*spec\.replicas by autoscaler\n.*--force-conflicts.*\n.*spec\.replicas: 2 -> 1 {2}\(held by autoscaler\)/,
  );
  await world.ends(5, 'apply --local --yes');
  await world.ends(0, 'apply --local --yes --force-conflicts');
  await world.ends(0, 'plan --local --detailed-exitcode');
  const { spec } = await world.kube<{ spec: { replicas: number } }>('GET', deployment);
  assert.equal(spec.replicas, 1);
});

test('an unmarked object of the same name is refused, until it is adopted', async () => {
  const path = '/api/v1/namespaces/hello-world/configmaps';
  await world.kube('DELETE', `${path}/hello-world`);
  await world.kube('POST', path, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'hello-world' },
    data: { GREETING: 'Theirs', MORE: 'kept' },
  });
  const { stdout } = await world.ends(6, 'apply --local --yes');
  assert.match(stdout, /! kubernetes\.config-map\/hello-world .*\n.*exists without the mark of hello\n.*--adopt/);
  assert.deepEqual((await world.kube<{ data: Json }>('GET', `${path}/hello-world`)).data['GREETING'], 'Theirs');
  const taken = await world.ends(0, 'apply --local --yes --adopt');
  assert.match(taken.stdout, /> kubernetes\.config-map\/hello-world /);
  const { data } = await world.kube<{ data: Json }>('GET', `${path}/hello-world`);
  assert.deepEqual([data['GREETING'], data['MORE']], ['Hello World', 'kept']);
  await world.ends(0, 'plan --local --detailed-exitcode');
});

test('a deployment that never becomes healthy ends with the reason, and the old pods go on answering', async () => {
  world.write(smallStack.replace(/build: .*/, 'image: example.com/nowhere:1'));
  const { stderr } = await world.ends(8, 'apply --local --yes --timeout 4').finally(() => world.write(smallStack));
  assert.match(
    stderr,
    /error HELLO3005: .*Deployment hello-world is not ready: (ErrImagePull|ImagePullBackOff) app \(example\.com\/nowhere:1\)/,
  );
  assert.equal((await greet(url)).text, 'Hello World');
  await world.ends(0, 'apply --local --yes');
});

test('a local cloud that died is started by the next command, with all that it had', async () => {
  const { pid } = await world.status();
  process.kill(pid, 'SIGKILL');
  const { stderr } = await world.ends(0, 'plan --local --detailed-exitcode');
  assert.match(stderr, /Local cloud started/);
  assert.equal((await greet(lastLine(await world.ends(0, 'apply --local --yes')))).text, 'Hello World');
});

test('a load balancer whose port was taken in the meantime gets another, and it is told', async () => {
  await world.ends(0, 'local stop');
  const port = Number(new URL(url).port);
  const other = createServer();
  await new Promise<void>((listening) => other.listen(port, '127.0.0.1', listening));
  try {
    const now = lastLine(await world.ends(0, 'apply --local --yes'));
    assert.notEqual(new URL(now).port, String(port));
    assert.equal((await greet(now)).text, 'Hello World');
  } finally {
    other.close();
  }
});

test('a daemon of another version is told, with what to do, and goes on running', async () => {
  const file = join(world.store, 'local.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/"version": "[^"]*"/, '"version": "0.0.1"'));
  const { stderr } = await world.ends(4, 'plan --local');
  assert.match(stderr, /error HELLO6003: .*version 0\.0\.1.*\n {2}fix: .*hello local stop && hello local start/);
  await world.ends(0, 'local stop');
  await world.ends(0, 'local start');
  await world.ends(0, 'plan --local --detailed-exitcode');
});

test('an endpoint that nobody listens at is named', async () => {
  const { stderr } = await world.ends(1, 'plan', { ...(await byHand()), [clusterOverride]: 'http://127.0.0.1:9/' });
  assert.match(stderr, /^error HELLO3003: .*127\.0\.0\.1:9/m);
});

test('an answer that is a web page is told as what it is', async () => {
  const page = await serving(() => ({ status: 200, type: 'text/html', body: '<!doctype html><title>Sign in</title>' }));
  const { stderr } = await world.ends(1, 'plan', { ...(await byHand()), [clusterOverride]: page });
  assert.match(stderr, /^error HELLO\d{4}: .*proxy/m);
  assert.doesNotMatch(stderr, /<title>|HELLO9/);
});

const bad = [
  { match: '^POST .*/clusters$', named: 'reset', afterEffect: 'apply' },
  { match: '^POST .*/serviceAccounts$', named: 'unavailable', afterEffect: 'apply' },
  { match: '^POST .*/instances$', named: 'unavailable' },
  { match: '^POST .*/databases$', named: 'reset', afterEffect: 'apply' },
  { match: '^POST .*/users', named: 'reset', afterEffect: 'apply' },
  { match: '^POST .*:setIamPolicy', named: 'reset', afterEffect: 'apply', times: 2 },
  { match: '^GET ', named: 'rate-limited', times: 5 },
  { match: '^GET ', named: 'unavailable', probability: 0.1, seed: 7, times: 10 },
  { match: '^GET ', named: 'reset', probability: 0.1, seed: 8, times: 5 },
  { match: '^GET .*/operations', named: 'bad-gateway', times: 2 },
];

test('a first apply through refusals, lost answers and overload still makes one of everything', async () => {
  await world.reset();
  await world.ends(0, 'local start');
  await world.google('POST', '/_local/faults', bad);
  url = lastLine(await world.ends(0, 'apply --local --yes'));
  await world.google('DELETE', '/_local/faults');
  assert.equal((await greet(url)).text, 'Hello World');
  assert.deepEqual(changesOf(await world.plan()), {});
  const { clusters, sql, processes } = await world.status();
  assert.deepEqual([clusters.length, sql.length], [1, 1]);
  assert.equal(processes.filter(({ what }) => what.includes('container app')).length, 1);
});
