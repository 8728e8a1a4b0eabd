import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliWorld, smallStack, type Env } from '../support/cli.ts';

const world = cliWorld(`${smallStack
  .replace('cluster: hello-world-cluster', 'cluster: "main-${stage}"')
  .replace('instance: hello-world-db', 'instance: "main-${stage}-db"')}stages:
  dev: {}
  prod:
    project: hello-prod-1
    env: { GREETING: "\${opt:greeting, Good day}", SIZE: "\${file:size.txt}" }
`);
writeFileSync(join(world.folder, 'size.txt'), 'large\n');
const env: Env = { GOOGLE_CLOUD_PROJECT: 'my-project' };

test('validate looks at every stage, and tells what is wrong in any of them once', async () => {
  const { stderr } = await world.ends(0, 'validate', env);
  assert.match(stderr, /is valid: dev, prod\./);
  const broken = await world.ends(3, 'validate --set replicas=many --set foo=1', env);
  assert.equal(broken.stderr.match(/--set replicas=many: error HELLO1005/g)?.length, 1);
  assert.equal(broken.stderr.match(/--set foo=1: error HELLO1004/g)?.length, 1);
});

test('a mistake in a flag is told with the flag, as text and as data', async () => {
  const typo = await world.ends(3, 'compile --stage prdo', env);
  assert.match(typo.stderr, /^--stage prdo: error HELLO1014: .*\n {2}fix: Did you mean `prod`\?/);
  const { stdout } = await world.ends(3, 'validate --json --var greeting', env);
  const [first] = JSON.parse(stdout).diagnostics;
  assert.deepEqual([first.code, first.flag, first.at], ['HELLO1010', '--var greeting', undefined]);
});

test('the stage, its variables and what is overridden reach the manifests', async () => {
  const { stdout } = await world.ends(
    0,
    ['compile', '--stage', 'prod', '--var', 'greeting=Hi there', '--set', 'replicas=6'],
    env,
  );
  for (const part of [
    'google.cluster/main-prod:',
    'name: hello-world-prod',
    'GREETING: Hi there',
    'SIZE: large',
    'replicas: 6',
  ]) {
    assert.ok(stdout.includes(part), `${part} is not in\n${stdout}`);
  }
  const other = await world.ends(0, 'compile', { ...env, HELLO_STAGE: 'prod' });
  assert.match(other.stdout, /GREETING: Good day/);
});

test('a pinned stage goes nowhere else, whatever the flag or the shell says', async () => {
  const ambient = await world.ends(6, 'plan --stage prod', env);
  assert.match(
    ambient.stderr,
    /^GOOGLE_CLOUD_PROJECT=my-project: error HELLO5005: .* pinned to the project hello-prod-1/,
  );
  const named = await world.ends(6, 'apply --yes --stage prod --project other-project', env);
  assert.match(named.stderr, /^--project other-project: error HELLO5005/);
});

test('a protected stage is destroyed only when it is named, with its data', { timeout: 180_000 }, async () => {
  await world.ends(0, 'apply --local --yes --stage prod');
  const lose = ['hello-world-prod', 'main-prod-db', 'hello_world_db'].flatMap((name) => ['--allow-data-loss', name]);
  const destroy = ['destroy', '--local', '--yes', '--stage', 'prod', ...lose];
  const refused = await world.ends(6, destroy);
  assert.match(refused.stdout, /--allow-data-loss main-prod-db --allow-protected prod/);
  await world.ends(6, ['plan', '--destroy', '--local', '--stage', 'prod', ...lose]);
  assert.match((await world.ends(0, 'plan --local --stage prod')).stdout, /^No changes/m);
  await world.ends(6, [...destroy, '--allow-protected', 'dev']);
  await world.ends(0, [...destroy, '--allow-protected', 'prod']);
  assert.match((await world.ends(0, destroy)).stdout, /^Nothing to destroy/m);
});
