import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { cliWorld, type Json } from '../support/cli.ts';

/** The commands that look at nothing but the config, as a user runs them. */

const world = cliWorld(`name: shop
project: shop-project
db: {}
app: { image: nginx }
`);
const data = async (line: string): Promise<Json> => JSON.parse((await world.ends(0, line)).stdout) as Json;

test('print shows the config with all defaults, as YAML and as JSON', async () => {
  const yaml = parse((await world.ends(0, 'print')).stdout) as Json;
  assert.deepEqual(yaml, await data('print --json'));
  assert.equal(yaml['region'], 'us-central1');
  assert.equal((yaml['db'] as Json)['instance'], 'shop-db');
});

test('print --path gives one value as it is, and says what was meant by a wrong path', async () => {
  assert.equal((await world.ends(0, 'print --path db.tier')).stdout, 'db-f1-micro\n');
  assert.equal((await world.ends(0, 'print --path ports[0].target')).stdout, '5000\n');
  const { stderr } = await world.ends(3, 'print --path db.teir');
  assert.match(stderr, /Did you mean `tier`\?/);
});

test('print --origins says where each value comes from', async () => {
  const { stdout } = await world.ends(0, 'print --origins --set replicas=2');
  assert.match(stdout, /^name: "shop" +# .*hello\.config\.yaml:1:7$/m);
  assert.match(stdout, /^region: "us-central1" +# default$/m);
  assert.match(stdout, /^replicas: 2 +# --set replicas=2$/m);
  const rows = (await data('print --origins --json --path ports[0]')) as unknown as Json[];
  assert.deepEqual(rows[1], { path: 'ports[0].port', value: 80, origin: { from: 'default' } });
});

test('graph draws for Markdown and Graphviz, and is data with --json', async () => {
  assert.match((await world.ends(0, 'graph')).stdout, /^flowchart LR\n/);
  assert.match((await world.ends(0, 'graph --format dot')).stdout, /^digraph hello \{\n/);
  const { critical_path: path } = await data('graph --json');
  assert.ok(((path as Json)['addresses'] as string[]).includes('google.sql-instance/shop-db'));
  assert.equal((await world.hello('graph --format svg')).code, 3);
});

test('plan --offline shows everything as it would be created, without credentials', async () => {
  const { stdout, stderr } = await world.ends(0, 'plan --offline');
  assert.match(stdout, /^ {2}\+ kubernetes\.deployment\/shop /m);
  assert.match(stderr, /^Offline: nothing was looked at/m);
  const plan = (await data('plan --offline --json')) as { readonly changes: Json[] };
  const { resources } = (await data('compile --json')) as { readonly resources: Json[] };
  assert.deepEqual(
    plan.changes.map(({ id, action }) => [id, action]),
    resources.map(({ address }) => [address, 'create']),
  );
  assert.equal((await world.hello('plan --offline --detailed-exitcode')).code, 2);
});

test('plan --offline is not about the local cloud, nor about destroying', async () => {
  for (const other of ['local', 'destroy']) {
    assert.match((await world.ends(3, `plan --offline --${other}`)).stderr, /--offline.* looks at nothing/);
  }
});

test('compile -o writes a file an object and the Google calls, without a secret in them', async () => {
  const { stderr } = await world.ends(0, 'compile -o out/deep');
  assert.match(stderr, /^Wrote \d+ files to out\/deep, hash [0-9a-f]{8}\.$/m);
  const folder = join(world.folder, 'out/deep');
  const names = readdirSync(folder);
  const deployment = parse(readFileSync(join(folder, 'deployment-shop.yaml'), 'utf8')) as Json;
  assert.equal(deployment['kind'], 'Deployment');
  assert.ok(names.includes('secret-shop-db.yaml'));
  const calls = JSON.parse(readFileSync(join(folder, 'google-calls.json'), 'utf8')) as {
    resources: { address: string; calls: { method: string; url: string; body?: Json }[] }[];
  };
  const user = calls.resources.find(({ address }) => address.startsWith('google.sql-user/'));
  assert.deepEqual(user?.calls, [
    {
      method: 'POST',
      url: 'https://sqladmin.googleapis.com/v1/projects/shop-project/instances/shop-db/users',
      body: { name: 'hello', password: '(secret)' },
    },
  ]);
  assert.deepEqual(
    calls.resources.filter((each) => each.calls.length === 0),
    [],
    'every Google resource is made by a call',
  );
});

test('compile gives the same bytes again, and --stream holds the same objects in one file', async () => {
  await world.ends(0, 'compile -o first --stream');
  await world.ends(0, 'compile -o second --stream', { TZ: 'Asia/Tokyo', LANG: 'tr_TR.UTF-8' });
  const read = (path: string): string => readFileSync(join(world.folder, path), 'utf8');
  for (const name of ['manifests.yaml', 'google-calls.json'])
    assert.equal(read(`first/${name}`), read(`second/${name}`));
  const kinds = parseAllDocuments(read('first/manifests.yaml')).map((each) => (each.toJS() as Json)['kind']);
  assert.equal(kinds[0], 'Namespace');
  assert.ok(kinds.includes('Deployment'));
  assert.deepEqual(readdirSync(join(world.folder, 'first')).toSorted(), ['google-calls.json', 'manifests.yaml']);
});

test('compile says it when the folder cannot be written to', async () => {
  writeFileSync(join(world.folder, 'a-file'), '');
  const { stderr } = await world.ends(3, 'compile -o a-file/deep');
  assert.match(stderr, /cannot write to/);
});

test('explain tells about codes and keys, and knows what was meant', async () => {
  assert.match((await world.ends(0, 'explain HELLO5001')).stdout, /--allow-data-loss/);
  assert.match((await world.ends(0, 'explain db.version')).stdout, /one of POSTGRES_14[^]*default:  "POSTGRES_18"/);
  assert.match((await world.ends(0, 'explain ports[0].target')).stdout, /whole number from 1 to 65535/);
  assert.match((await world.ends(3, 'explain HELLO1O04')).stderr, /Did you mean HELLO1004\?/);
  assert.match((await world.ends(3, 'explain db.verison')).stderr, /Did you mean `version`\?/);
  assert.equal((await data('explain HELLO1004 --json'))['exit_code'], 3);
});

test('validate tells the same mistakes as text, JSON, SARIF and annotations', async () => {
  writeFileSync(
    join(world.folder, 'wrong.yaml'),
    'name: shop\nproject: shop-project\nreplica: 3\napp: { image: nginx }\n',
  );
  const [text, json, sarif, github] = await Promise.all(
    ['text', 'json', 'sarif', 'github'].map(async (format) =>
      world.ends(3, `validate -c wrong.yaml --format ${format}`),
    ),
  );
  assert.match(text?.stderr ?? '', /wrong\.yaml:3:1: error HELLO1004/);
  const [diagnostic] = (JSON.parse(json?.stdout ?? '') as { diagnostics: { code: string; at: Json }[] }).diagnostics;
  assert.equal(diagnostic?.at['line'], 3);
  const [run] = (JSON.parse(sarif?.stdout ?? '') as { runs: { results: Json[] }[] }).runs;
  const [result] = run?.results ?? [];
  assert.equal(result?.['ruleId'], 'HELLO1004');
  assert.deepEqual(result?.['locations'], [
    {
      physicalLocation: {
        artifactLocation: { uri: 'wrong.yaml' },
        region: { startLine: 3, startColumn: 1, endColumn: 8 },
      },
    },
  ]);
  assert.match(github?.stdout ?? '', /^::error file=wrong\.yaml,line=3,col=1,endColumn=8,title=HELLO1004::.*%0A/);
});

test('a config in TypeScript is checked like any other, and its mistakes are told by their path', async () => {
  const config = (key: string): string => `const name: string = 'typed';
export default { name, project: 'typed-project', ${key}: 2, app: { image: 'nginx' } };\n`;
  writeFileSync(join(world.folder, 'good.ts'), config('replicas'));
  assert.equal((await world.ends(0, 'print -c good.ts --path replicas')).stdout, '2\n');
  assert.match((await world.ends(0, 'print -c good.ts --origins')).stdout, /^replicas: 2 +# .*good\.ts/m);
  writeFileSync(join(world.folder, 'bad.ts'), config('replica'));
  const { stderr } = await world.ends(3, 'validate -c bad.ts');
  assert.match(stderr, /bad\.ts: error HELLO1004: .*`replica`/);
  assert.doesNotMatch(stderr, /bad\.ts:\d/);
});

test('schema prints the schema that is in the package', async () => {
  for (const [name, file] of [
    ['config', 'hello.config'],
    ['plan', 'plan'],
    ['events', 'event'],
  ]) {
    const committed = readFileSync(new URL(`../../schemas/${file}.schema.json`, import.meta.url), 'utf8');
    assert.equal((await world.ends(0, `schema ${name}`)).stdout, committed);
  }
});
