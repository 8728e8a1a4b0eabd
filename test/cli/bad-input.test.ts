import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliWorld, smallStack, type Env, type Ran } from '../support/cli.ts';

const world = cliWorld();

interface Case {
  readonly name: string;
  /** Undefined: there is no file of this name. */
  readonly config?: string;
  readonly line: string;
  readonly env?: Env;
  readonly exit: number;
  /** Each is in what is told, in this order. */
  readonly says: readonly RegExp[];
}

const changed = (from: string, to: string): string => smallStack.replace(from, to);

const cases: readonly Case[] = [
  {
    name: 'a file that is not there',
    line: 'validate -c nowhere.yaml',
    exit: 3,
    says: [/error HELLO1001: there is no file .*nowhere\.yaml/, /fix: /],
  },
  {
    name: 'text that is no YAML',
    config: 'name: [hello\nreplicas: 3\n',
    line: 'validate',
    exit: 3,
    says: [/hello\.config\.yaml:\d+:\d+: error HELLO1003: /, /\^/],
  },
  {
    name: 'an empty file',
    config: '',
    line: 'validate',
    exit: 3,
    says: [/error HELLO\d+: /],
  },
  {
    name: 'an unknown key, with the place and the likely meaning',
    config: changed('replicas: 1', 'replica: 1'),
    line: 'validate --project some-project',
    exit: 3,
    says: [
      /hello\.config\.yaml:\d+:1: error HELLO1004: .*`replica`/,
      /\| replica: 1\n +\^{7}/,
      /did you mean `?replicas/i,
    ],
  },
  {
    name: 'a value of the wrong type',
    config: changed('replicas: 1', 'replicas: many'),
    line: 'validate --project some-project',
    exit: 3,
    says: [/:\d+:11: error HELLO1005: .*replicas.*many/, /\| replicas: many\n +\^{4}/],
  },
  {
    name: 'an impossible value',
    config: changed("'80:5000'", "'80:70000'"),
    line: 'validate --project some-project',
    exit: 3,
    says: [/error HELLO1005: .*ports\[0\]/, /80:70000/, /\^{10}/],
  },
  {
    name: 'a name that Google would refuse',
    config: changed('cluster: hello-world-cluster', 'cluster: Hello_World'),
    line: 'validate --project some-project',
    exit: 3,
    says: [/error HELLO1007: .*Hello_World/],
  },
  {
    name: 'several mistakes, all in one run',
    config: changed('replicas: 1', 'replica: 1').replace('hello_world_db', '5'),
    line: 'validate --project some-project',
    exit: 3,
    says: [/HELLO1005.*database/, /HELLO1004.*replica/],
  },
  {
    name: 'no project anywhere',
    line: 'plan',
    exit: 3,
    says: [/error HELLO1008: /, /fix: .*GOOGLE_CLOUD_PROJECT/],
  },
  {
    name: 'a broken config with --local, before any local cloud is started',
    config: changed('replicas: 1', 'replicas: many'),
    line: 'apply --local --yes',
    exit: 3,
    says: [/error HELLO1005: /],
  },
  {
    name: 'no credentials',
    line: 'plan --project some-project',
    exit: 4,
    says: [
      /^error HELLO2001: there are no Google Cloud credentials\n {2}fix: .*gcloud auth application-default login.*--local/,
    ],
  },
  {
    name: 'credentials in a file that is not there',
    line: 'apply --yes --project some-project',
    env: { GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/key.json' },
    exit: 4,
    says: [/error HELLO2001: .*\/nowhere\/key\.json/],
  },
  {
    name: 'an unknown flag',
    line: 'plan --detailed-exit-code',
    exit: 3,
    says: [/unknown option '--detailed-exit-code'/, /Did you mean --detailed-exitcode\?/],
  },
  { name: 'an unknown command', line: 'aply', exit: 3, says: [/unknown command 'aply'/, /Did you mean apply\?/] },
  {
    name: 'an unknown command of a group',
    line: 'local sart',
    exit: 3,
    says: [/unknown command 'sart'/, /Did you mean start\?/],
  },
  { name: 'a flag without its value', line: 'plan -c', exit: 3, says: [/argument missing/] },
  { name: 'an argument too many', line: 'plan now', exit: 3, says: [/too many arguments/] },
  { name: 'a number that is none', line: 'apply --local --yes --parallelism many', exit: 3, says: [/--parallelism/] },
  { name: 'a number that makes no sense', line: 'apply --local --yes --timeout -5', exit: 3, says: [/--timeout/] },
  {
    name: 'a speed that makes no sense',
    line: 'local start --speed 0',
    exit: 3,
    says: [/--speed <factor>' argument '0' is invalid. It takes a number above 0/],
  },
  {
    name: 'the variables of a local cloud that does not run',
    line: 'local env',
    exit: 4,
    says: [/HELLO6001: the local cloud is not running/, /hello local start/],
  },
];

/** One message, and what to do; nothing that only we could read. */
function isClear(ran: Ran): void {
  const told = ran.stdout + ran.stderr;
  assert.doesNotMatch(told, /^\s+at .*:\d+:\d+\)?$/m, `a stack trace:\n${told}`);
  assert.doesNotMatch(told, /HELLO9|undefined|\[object|Warning:/, told);
}

for (const { name, config = smallStack, line, env, exit, says } of cases) {
  test(`is told clearly: ${name}`, async () => {
    world.write(config);
    const ran = await world.ends(exit, line, env);
    isClear(ran);
    let rest = ran.stderr;
    for (const each of says) {
      const found = each.exec(rest);
      assert.ok(found, `${String(each)} is not in:\n${ran.stderr}`);
      rest = rest.slice(found.index);
    }
    assert.equal(existsSync(join(world.folder, '.hello')), false, 'a local cloud was started for it');
  });

  test(`is data with --json: ${name}`, async () => {
    world.write(config);
    const ran = await world.ends(exit, `${line} --json`, env);
    const lines = ran.stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as Record<string, unknown>);
    const told = lines.at(-1) ?? {};
    assert.ok(Array.isArray(told['diagnostics']) && told['diagnostics'].length > 0, ran.stdout);
    assert.equal(ran.stderr, '');
  });
}

test('a folder without a config is told, and where it was looked for', async () => {
  writeFileSync(join(world.folder, 'home', 'package.json'), '{}'); // the root of a project: the search ends here
  const ran = await world.ends(3, ['validate', '-c', join(world.folder, 'home')]);
  assert.match(ran.stderr, /error HELLO1001: no hello\.config\.yaml in .*home/);
});
