import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters, styleText } from 'node:util';
import { cliWorld, eventsOf, lastLine, smallStack } from '../support/cli.ts';

const world = cliWorld();

const createAll = `  ~ google.enabled-apis/hello-local                    8 APIs
      enabled["artifactregistry.googleapis.com"]: false -> true
      enabled["compute.googleapis.com"]: false -> true
      enabled["container.googleapis.com"]: false -> true
      enabled["iam.googleapis.com"]: false -> true
      enabled["iamcredentials.googleapis.com"]: false -> true
      enabled["servicenetworking.googleapis.com"]: false -> true
      enabled["sqladmin.googleapis.com"]: false -> true
  + google.private-range/hello-world-private-services  private services range hello-world-private-services (/20)
  + google.peering/default                             private services connection of network default
  + google.cluster/hello-world-cluster                 Autopilot cluster hello-world-cluster (us-central1)
  + google.sql-instance/hello-world-db                 Cloud SQL instance hello-world-db (POSTGRES_18, db-f1-micro)
  + google.service-account/hello-world                 service account hello-world@hello-local.iam.gserviceaccount.com
  + google.iam-member/cloudsql.client/hello-world      roles/cloudsql.client for serviceAccount:hello-world@hello-local.iam.gserviceaccount.com
  + google.workload-identity/hello-world               workload identity of hello-world
  + kubernetes.namespace/hello-world                   Namespace hello-world
  + kubernetes.service-account/hello-world             ServiceAccount hello-world
  + kubernetes.config-map/hello-world                  ConfigMap hello-world
  + kubernetes.config-map/hello.apply-set              ConfigMap hello.apply-set
  + google.sql-database/hello-world-db/hello_world_db  database hello_world_db
  + google.sql-user/hello-world-db/hello               database user hello
  + kubernetes.secret/hello-world-db                   Secret hello-world-db
  + kubernetes.service/hello-world                     load balancer hello-world
  + kubernetes.network-policy/hello-world              network policy of hello-world
  + kubernetes.deployment/hello-world                  Deployment hello-world

Plan: 17 create, 1 update.
`;

const oneField = `  ~ kubernetes.deployment/hello-world  Deployment hello-world
      spec.replicas: 1 -> 0

Plan: 1 update, 17 unchanged.
`;

test('the plan of everything has a line a resource, and a sum', async () => {
  const { stdout } = await world.ends(0, 'plan --local');
  assert.equal(stdout, createAll);
});

test('colours are added where they are wanted, and change no letter', async () => {
  const { stdout } = await world.ends(0, 'plan --local', { FORCE_COLOR: '1' });
  assert.ok(stdout.includes(`${styleText('green', '  +', { validateStream: false })} google.cluster`));
  assert.equal(stripVTControlCharacters(stdout), createAll);
  const plain = await world.ends(0, 'plan --local', { NO_COLOR: '1' });
  assert.equal(plain.stdout, createAll);
});

test('an apply with --json tells the plan, each step and the outputs, and ends with its result', async () => {
  const ran = await world.ends(0, 'apply --local --yes --json');
  const events = eventsOf(ran);
  const types = events.map(({ type }) => type);
  assert.equal(types[0], 'version');
  assert.deepEqual(events.at(-1), { type: 'result', exit_code: 0 });
  assert.deepEqual(types.filter((type) => type === 'planned_change').length, 18);
  const of = (type: string): Set<unknown> =>
    new Set(events.filter((each) => each.type === type).map(({ address }) => address));
  assert.deepEqual(of('step_complete'), of('step_start'));
  const outputs = events.find(({ type }) => type === 'outputs')?.['outputs'] as { url?: string };
  assert.equal(outputs.url, lastLine(await world.ends(0, 'apply --local --yes')));
});

test('the plan of one changed field shows what it was and what it will be', async () => {
  world.write(smallStack.replace('replicas: 1', 'replicas: 0'));
  assert.equal((await world.ends(0, 'plan --local')).stdout, oneField);
  world.write(smallStack);
});

test('the plan of a removal is in the order of its doing', async () => {
  const { stdout } = await world.ends(0, 'plan --local --destroy --allow-data-loss hello-world-db');
  const signs = stdout.split('\n').map((line) => line.slice(0, 60).trim().split(/ +/).slice(0, 2).join(' '));
  assert.deepEqual(signs.slice(0, 4), [
    '- kubernetes.deployment/hello-world',
    '- kubernetes.network-policy/hello-world',
    '- kubernetes.service/hello-world',
    '- kubernetes.secret/hello-world-db',
  ]);
  assert.match(stdout, /\(loses every database on it, and its backups\)\n/);
  assert.match(stdout, /\nPlan: 17 delete, 1 keep\.\n$/);
});

test('what every command tells with --json is data', async () => {
  for (const line of [
    'validate --project some-project',
    'compile --project some-project',
    'plan --local',
    'plan --local --destroy --allow-data-loss hello-world-db',
    'status --local',
    'local start',
    'local status',
    'local env',
  ]) {
    const { stdout } = await world.ends(0, `${line} --json`);
    assert.equal(typeof JSON.parse(stdout), 'object', line);
  }
});

test('the status for people has the URL, the replicas and each pod', async () => {
  const { stdout } = await world.ends(0, 'status --local');
  assert.match(
    stdout,
    /^hello-world in project hello-local\n {2}url {7}http:\/\/127\.0\.0\.1:\d+\/\n {2}replicas {2}1 of 1 ready\n/,
  );
  assert.match(stdout, /\n {2}hello-world-\w+-\w+ +ready +Running +0 restarts\n/);
});

test('the help of every command says what it does, by example', async () => {
  const { stdout } = await world.ends(0, '--help');
  for (const line of [
    'validate',
    'compile',
    'plan',
    'apply',
    'status',
    'destroy',
    'local start',
    'local stop',
    'local status',
    'local reset',
    'local env',
  ]) {
    assert.ok(stdout.includes(line.split(' ')[0] ?? ''), line);
    const help = await world.ends(0, `${line} --help`);
    assert.match(help.stdout, new RegExp(`Examples:\\n {2}\\$ hello ${line}`), line);
  }
  assert.match(stdout, /Exit codes:\n {4}0 {2}success/);
});
