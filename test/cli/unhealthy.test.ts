import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { changesOf, cliWorld, greet, lastLine, type Running } from '../support/cli.ts';

/** A service that works, with its database; what a release of it changes is given. */
const web = (more = '', greeting = 'Hello World'): string => `name: shop
db: {}
services:
  web:
    build: ${resolve('.')}
    env: { GREETING: ${greeting} }
    replicas: 1
    ports: ['80:5000']
${more}`;

/** A program that does as its first argument says. */
const PROGRAM = `
import { createServer } from 'node:http';
const what = process.argv[2];
if (what === 'crash') { console.log('starting'); console.error('Error: no such table: orders'); process.exit(7); }
if (what === 'greedy') { const all = []; setInterval(() => all.push(Buffer.alloc(20 * 2 ** 20, 1)), 20); }
setInterval(() => undefined, 60_000);
const answer = (request, response) => response.writeHead(request.url === '/never' ? 503 : 200).end();
if (process.env.PORT) createServer(answer).listen(Number(process.env.PORT), '127.0.0.1');
`;
const build = '{ build: app, database: false, replicas: 1';
const listening = 'ports: [{ port: 80, target: 8080, public: false }]';

/** Services that fail, each in its own way, and what hello says of each. */
const failing = {
  absent: {
    config: '{ image: example.com/nowhere:1, database: false, replicas: 1 }',
    says: /(ErrImagePull|ImagePullBackOff) app \(example\.com\/nowhere:1\): .*not found.*; look at services\.absent\.image \(.*hello\.config\.yaml:\d+:\d+\)/,
  },
  crashing: {
    config: `${build}, args: [crash] }`,
    says: /app exited with 7, again and again: starting \| Error: no such table: orders; look at services\.crashing\.build \(/,
  },
  greedy: {
    config: `${build}, args: [greedy], resources: { cpu: 250m, memory: 256Mi } }`,
    says: /app ran out of memory, again and again; look at services\.greedy\.resources\.memory \(/,
    skip: process.platform !== 'linux',
  },
  huge: {
    config: '{ build: app, database: false, replicas: 3, resources: { cpu: "28", memory: 32Gi } }',
    says: /no node has room for it: 0\/1 nodes are available: 1 Insufficient cpu; no node can be added: .*; look at services\.huge\.resources \(/,
  },
  keyless: {
    config: `${build}, secrets: { API_KEY: keys/TOKEN } }`,
    says: /CreateContainerConfigError app \(.*\): secret "keys" not found; look at services\.keyless\.secrets\.API_KEY \(/,
  },
  unready: {
    config: `${build}, ${listening}, probes: { readiness: /never } }`,
    says: /Readiness probe failed: HTTP probe failed with statuscode: 503; look at services\.unready\.probes\.readiness \(/,
  },
  dead: {
    config: `${build}, ${listening}, probes: { liveness: /never } }`,
    says: /Startup probe failed: HTTP probe failed with statuscode: 503; look at services\.dead\.probes\.liveness \(/,
  },
} satisfies Record<string, { config: string; says: RegExp; skip?: boolean }>;

const namedWithinMs = 15_000;
const world = cliWorld(web());
mkdirSync(join(world.folder, 'app'));
writeFileSync(join(world.folder, 'app', 'main.mjs'), PROGRAM);
writeFileSync(join(world.folder, 'app', 'Dockerfile'), 'FROM node:24\nCOPY . .\nENTRYPOINT ["node", "main.mjs"]\n');

/** Waits for a line of a run; fails with all that it wrote when it does not come in time, or the run ends without it. */
async function line(run: Running, wanted: RegExp, msMax: number): Promise<void> {
  const deadline = Date.now() + msMax;
  let isOver = false;
  void run.ended.then(() => (isOver = true));
  while (!wanted.test(run.output())) {
    const gone = isOver || Date.now() > deadline;
    assert.ok(!gone, `${isOver ? 'ended' : 'went on'} without ${String(wanted)}:\n${run.output()}`);
    await delay(50);
  }
}

const deploymentStarts = (name: string): RegExp => new RegExp(`kubernetes\\.deployment/${name}: (creating|updating)`);
const health = (name: string, says: RegExp): RegExp =>
  new RegExp(`^ {2}! kubernetes\\.deployment/${name}: ${says.source}`, 'm');

/** Waits until a rollout has begun, and then for the reason why it gets nowhere. */
async function named(run: Running, name: string, says: RegExp): Promise<void> {
  await line(run, deploymentStarts(name), 90_000);
  await line(run, health(name, says), namedWithinMs);
}

interface Policy {
  bindings: { role: string; members: string[] }[];
}

/** Takes the right to connect to the database away, behind hello's back. */
async function denyDatabase(): Promise<void> {
  const project = '/v1/projects/hello-local';
  const policy = await world.google<Policy>('POST', `${project}:getIamPolicy`, {});
  const bindings = policy.bindings.filter(({ role }) => role !== 'roles/cloudsql.client');
  assert.notEqual(bindings.length, policy.bindings.length);
  await world.google('POST', `${project}:setIamPolicy`, { policy: { ...policy, bindings } });
}

test('names a database proxy that is refused, and the next run mends it', async () => {
  const run = world.start('apply --local --yes');
  await line(run, /\+ google\.iam-member\/.* created/, 60_000);
  await denyDatabase();
  await named(run, 'web', /the Cloud SQL proxy was refused: .*failed to connect to instance: .*; look at db \(/);
  run.process.kill('SIGINT');
  assert.equal((await run.ended).code, 130);
  const ran = await world.ends(0, 'apply --local --yes');
  assert.match(ran.stdout, /\+ google\.iam-member\//);
  assert.equal((await greet(lastLine(ran))).text, 'Hello World');
});

test('names why each of several services is not healthy, and the key to look at', async () => {
  const cases = Object.entries(failing).filter(([, each]) => !('skip' in each && each.skip));
  world.write(web(cases.map(([name, { config }]) => `  ${name}: ${config}\n`).join('')));
  const run = world.start('apply --local --yes --timeout 30');
  await Promise.all(cases.map(async ([name, { says }]) => named(run, name, says)));
  const { code, stderr } = await run.ended;
  assert.equal(code, 8, stderr);
  for (const [name] of cases)
    assert.match(
      stderr,
      new RegExp(`hello\\.config\\.yaml:\\d+:\\d+: error HELLO3005: .*Deployment ${name} is not ready: `),
    );
  assert.match(stderr, /fix: look at `services\.crashing\.build`, mend it and run apply again/);
});

test('names a quota that is used up', async () => {
  world.write(web());
  await world.ends(0, 'apply --local --yes');
  const metadata = { name: 'few' };
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { pods: '1' } } };
  await world.kube('POST', '/api/v1/namespaces/shop/resourcequotas', quota);
  world.write(web(`  late: ${build} }\n`));
  const run = world.start('apply --local --yes --timeout 20');
  await named(run, 'late', /pods "late-.*" is forbidden: exceeded quota: few, .*; look at services\.late\.replicas \(/);
  run.process.kill('SIGINT');
  await run.ended;
  await world.kube('DELETE', '/api/v1/namespaces/shop/resourcequotas/few');
  world.write(web());
  await world.ends(0, 'apply --local --yes');
});

test('puts back the release before one that fails, with its environment, and the next plan shows what is wanted', async () => {
  const before = await world.ends(0, 'apply --local --yes');
  const broken = web('    command: [node, -e, "console.error(\'no\'); process.exit(7)"]\n', 'Bye');
  const first = `  fresh: ${build}, args: [crash] }\n`;
  world.write(`${broken}${first}`);
  const { stderr } = await world.ends(8, 'apply --local --yes --timeout 10 --rollback-on-failure');
  assert.match(stderr, /< kubernetes\.deployment\/web: rolled back to revision \d+ \(.*\); it is healthy/);
  assert.match(stderr, /< kubernetes\.deployment\/fresh: nothing to roll back to: this is its first release/);
  assert.match(stderr, /error HELLO3005: .*Deployment web is not ready: app exited with 7/);
  assert.equal((await greet(lastLine(before))).text, 'Hello World');
  const changes = changesOf(await world.plan());
  assert.match(changes['kubernetes.config-map/web'] ?? '', /^update data/);
  assert.match(changes['kubernetes.deployment/web'] ?? '', /^update .*command/);
  world.write(web());
  await world.ends(0, 'apply --local --yes');
  await world.ends(0, 'plan --local --detailed-exitcode');
});
