import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Origin } from '../../compiler/spec/layers.ts';
import { parsePath } from '../../compiler/spec/value-path.ts';
import { readConfig, type Config } from '../../compiler/spec/read.ts';
import { configOf, sourcesOf, surroundings } from './reading.ts';

const text = `name: shop
region: \${opt:region, us-east1}
db: \${file:db.yaml}
cluster: { existing: { context: kind } }
env: { A: a, B: b }
ports: ["80:5000"]
stages:
  dev:
    replicas: 1
    env: { B: c }
`;

function originIn(config: Config, path: string): string {
  const origin: Origin = config.originOf(parsePath(path) ?? []);
  if (origin.from === 'flag') return origin.flag;
  if (origin.from === 'environment') return origin.variable;
  if (origin.from === 'default') return 'default';
  const { at, stage, variable } = origin;
  return [`${at.line}:${at.column}`, stage, variable].filter((part) => part !== undefined).join(' ');
}

test('every value of the spec knows where it comes from', () => {
  const sources = sourcesOf({ 'db.yaml': 'tier: db-g1-small' });
  const config = configOf(text, { sources, set: ['app.image=nginx', 'ports[0]=81:1'] });
  const origins = Object.fromEntries(
    [
      'name',
      'project',
      'region',
      'db.tier',
      'db.user',
      'cluster.existing.context',
      'env.A',
      'env.B',
      'replicas',
      'app.image',
      'app.probes.liveness',
      'ports[0].port',
    ].map((path) => [path, originIn(config, path)]),
  );
  assert.deepEqual(origins, {
    name: '1:7',
    project: 'GOOGLE_CLOUD_PROJECT',
    region: '2:9 ${opt:region, us-east1}',
    'db.tier': '3:5 ${file:db.yaml}',
    'db.user': 'default',
    'cluster.existing.context': '4:33',
    'env.A': '5:11',
    'env.B': '10:15 dev',
    replicas: '9:15 dev',
    'app.image': '--set app.image=nginx',
    'app.probes.liveness': 'default',
    'ports[0].port': '--set ports[0]=81:1',
  });
});

test('a config inside of a package.json has its places there', () => {
  const json = '{\n  "hello": {\n    "name": "web",\n    "stages": { "dev": { "replicas": "x" } }\n  }\n}';
  const result = readConfig(json, 'package.json', surroundings, ['hello']);
  assert.ok(!result.ok);
  const [problem] = result.problems;
  assert.deepEqual([problem?.code, problem?.at?.line, problem?.at?.column], ['HELLO1005', 4, 38]);
});

test('the same config gives the same spec, byte for byte, whatever the order of its keys', () => {
  const one = 'name: web\nreplicas: 2\ndb: { tier: t, user: u }\nenv: { A: "1", B: "${self:replicas}", Z: z, a: a }\n';
  const other =
    'env: { a: a, Z: z, B: "${self:replicas}", A: "1" }\ndb: { user: u, tier: t }\nreplicas: 2\nname: web\n';
  const plain = (from: string): string => JSON.stringify(configOf(from).spec);
  assert.equal(plain(one), plain(other));
});

test('time zone and locale do not change a spec', () => {
  const dates = 'name: web\nenv: { D: 2024-01-02, T: 2024-01-02T03:04:05Z, N: 1_000, F: 0.10, Y: yes }\n';
  const read = (): string => JSON.stringify(configOf(dates, { set: ['env.S=2024-01-02'] }).spec);
  const before = { zone: process.env['TZ'], language: process.env['LC_ALL'] };
  const first = read();
  process.env['TZ'] = 'Asia/Kathmandu';
  process.env['LC_ALL'] = 'tr_TR.UTF-8';
  const second = read();
  if (before.zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = before.zone;
  if (before.language === undefined) delete process.env['LC_ALL'];
  else process.env['LC_ALL'] = before.language;
  assert.equal(first, second);
  assert.match(first, /"D":"2024-01-02".*"F":"0.10".*"N":"1_000"/);
});
