import assert from 'node:assert/strict';
import { test } from 'node:test';
import { otherProject } from '../../compiler/spec/find-project.ts';
import { readConfig, stagesOf } from '../../compiler/spec/read.ts';
import { appIn, appOf, problemsIn, specIn, surroundings, wrongIn } from './reading.ts';

const shop = `name: shop
replicas: 2
db: { tier: db-f1-micro, user: app }
env: { LOG: info, DEBUG: "1" }
ports: ["80:5000", "81:5001"]
stages:
  dev:
  prod:
    project: shop-prod-1
    replicas: 6
    db: { tier: db-custom-2-7680 }
    env: { LOG: warn, DEBUG: null }
    ports: ["80:5000"]
`;

test('a stage is laid over the rest: groups merge, lists are replaced, null removes', () => {
  const spec = specIn(shop, { stage: 'prod' });
  assert.equal(appOf(spec).replicas, 6);
  assert.deepEqual([spec.db?.tier, spec.db?.user], ['db-custom-2-7680', 'app']);
  assert.deepEqual(appOf(spec).env, { LOG: 'warn' });
  assert.deepEqual(appOf(spec).ports, [{ name: 'port-80', port: 80, target: 5000, reach: 'public' }]);
  assert.equal(appIn(shop, { stage: 'dev' }).env['DEBUG'], '1');
});

test('the stage is part of every name that is made', () => {
  const spec = specIn(shop, { stage: 'prod' });
  assert.equal(spec.name, 'shop-prod');
  assert.deepEqual(spec.cluster, { name: 'shop-prod-cluster' });
  assert.deepEqual([spec.db?.instance, spec.db?.databases[0]], ['shop-prod-db', 'shop_prod']);
  assert.equal(appOf(spec).image, 'us-central1-docker.pkg.dev/shop-prod-1/shop-prod/shop-prod:latest');
});

test('a name that holds the stage, or that the stage or --set gives, is taken as it is', () => {
  assert.equal(specIn('name: shop-${stage}-eu\nstages: { dev: }').name, 'shop-dev-eu');
  assert.equal(specIn('name: shop\nstages: { dev: { name: playground } }').name, 'playground');
  assert.equal(specIn('name: shop\nstages: { dev: }', { set: ['name=mine'] }).name, 'mine');
});

test('--stage comes before HELLO_STAGE, and that before dev', () => {
  const nameIn = (stage: string | undefined, variable: string): string =>
    specIn(shop, stage === undefined ? {} : { stage }, { ...surroundings, HELLO_STAGE: variable }).name;
  assert.equal(nameIn('dev', 'prod'), 'shop-dev');
  assert.equal(nameIn(undefined, 'prod'), 'shop-prod');
  assert.equal(nameIn(undefined, ''), 'shop-dev');
});

test('prod is never chosen by itself', () => {
  assert.deepEqual(problemsIn('name: shop\nstages: { prod: , staging: }'), [
    'HELLO1014 2:1 stages | no stage is chosen',
  ]);
  assert.match(wrongIn('name: shop\nstages: { prod: , staging: }')[0]?.fix ?? '', /--stage prod \| staging/);
  assert.deepEqual(problemsIn('name: shop\nstages: { prod: }'), ['HELLO1014 2:1 stages | no stage is chosen']);
});

test('a stage that there is not is told where it was said, with the one that was meant', () => {
  assert.deepEqual(problemsIn(shop, { stage: 'prdo' }), ['HELLO1014 --stage prdo | there is no stage `prdo`']);
  assert.equal(wrongIn(shop, { stage: 'prdo' })[0]?.fix, 'Did you mean `prod`?');
  assert.deepEqual(problemsIn(shop, {}, { ...surroundings, HELLO_STAGE: 'x' }), [
    'HELLO1014 HELLO_STAGE=x | there is no stage `x`',
  ]);
  assert.deepEqual(problemsIn('name: shop', { stage: 'dev' }), ['HELLO1014 --stage dev | the config has no stages']);
  assert.deepEqual(problemsIn('name: shop\nstages: { a: }', { stage: '__proto__' }), [
    'HELLO1014 --stage __proto__ | there is no stage `__proto__`',
  ]);
});

test('without stages nothing changes, whatever HELLO_STAGE is set to for another project', () => {
  const spec = specIn('name: shop', {}, { ...surroundings, HELLO_STAGE: 'prod' });
  assert.equal(spec.name, 'shop');
  assert.ok(!('stage' in spec));
});

test('prod is protected, others are not, unless they say so', () => {
  const isProtected = (stages: string, stage: string): boolean | undefined =>
    specIn(`name: shop\nstages: ${stages}`, { stage }).stage?.protected;
  assert.equal(isProtected('{ prod: }', 'prod'), true);
  assert.equal(isProtected('{ production: }', 'production'), true);
  assert.equal(isProtected('{ dev: }', 'dev'), false);
  assert.equal(isProtected('{ prod: { protected: false } }', 'prod'), false);
  assert.equal(isProtected('{ dev: { protected: true } }', 'dev'), true);
  assert.deepEqual(problemsIn('name: shop\nstages: { dev: { protected: always } }'), [
    'HELLO1005 2:29 always | `stages.dev.protected` must be true or false, not "always"',
  ]);
});

test('a wrong value is shown in the overlay that brought it, and in the base when that did', () => {
  const text = [
    'name: shop',
    'replicas: 1',
    'db: { tier: 5 }',
    'stages:',
    '  prod:',
    '    replicas: lots',
    '    db:',
    '      usr: app',
    '    env: [a]',
    '    name: null',
  ].join('\n');
  assert.deepEqual(problemsIn(text, { stage: 'prod' }), [
    'HELLO1005 3:13 5 | `db.tier` must be a text, not 5',
    'HELLO1018 5:3 prod | port 80 is open to the whole internet in the protected stage "prod"',
    'HELLO1005 6:15 lots | `replicas` must be a whole number, or `min: 2` and `max: 10`, not "lots"',
    'HELLO1004 8:7 usr | unknown key `db.usr`',
    'HELLO1005 9:10 [a] | `env` must be a group of keys, not a list',
    'HELLO1006 10:11 null | `name` is missing',
  ]);
});

test('a rule that is broken by an overlay points into it', () => {
  const text =
    'name: shop\nports: ["80:1"]\nstages:\n  dev:\n    ports: ["80:1", "80:2"]\n    db: {}\n    env: { PGHOST: x }\n';
  assert.deepEqual(problemsIn(text), [
    'HELLO1009 5:21 "80:2" | port 80 is already taken by `ports[0]`',
    'HELLO1009 7:12 PGHOST | `env.PGHOST` is set by hello',
  ]);
});

test('the shape of stages is checked, also of those that are not chosen', () => {
  assert.deepEqual(problemsIn('name: shop\nstages: { dev: , Prod!: {}, x: 5 }'), [
    'HELLO1005 2:18 Prod! | `Prod!` cannot be a key of `stages`: it must be lower-case letters, digits and dashes, starting with a letter',
    'HELLO1005 2:32 5 | `stages.x` must be a group of keys, not 5',
  ]);
  assert.deepEqual(problemsIn('name: shop\nstages: dev'), [
    'HELLO1005 2:9 dev | `stages` must be a group of keys, not "dev"',
  ]);
  assert.deepEqual(problemsIn('name: shop\nstages: { dev: { __proto__: { a: 1 } } }'), [
    'HELLO1004 2:18 __proto__ | unknown key `__proto__`',
  ]);
});

test('a name that is too long with its stage is refused', () => {
  assert.deepEqual(problemsIn('name: a-name-of-twenty-seven-cha\nstages: { staging: }', { stage: 'staging' }), [
    'HELLO1007 1:7 a-name-of-twenty-seven-cha | `name` with its stage, "a-name-of-twenty-seven-cha-staging", has more than 30 characters',
  ]);
});

test('the stages of a text are known without reading it for one', () => {
  assert.deepEqual(stagesOf(shop, 'f.yaml'), ['dev', 'prod']);
  assert.deepEqual(stagesOf('name: shop', 'f.yaml'), []);
  assert.deepEqual(stagesOf('name: [', 'f.yaml'), []);
  assert.deepEqual(stagesOf('{ "hello": { "stages": { "dev": {} } } }', 'package.json', ['hello']), ['dev']);
});

test('a stage keeps the project that it is pinned to', () => {
  const spec = specIn(shop, { stage: 'prod' });
  assert.equal(spec.project, 'shop-prod-1');
  assert.equal(otherProject(spec, 'shop-prod-1', '--project'), undefined);
  assert.equal(otherProject(spec, undefined, '--project'), undefined);
  const refused = otherProject(spec, 'my-project', '--project my-project');
  assert.deepEqual([refused?.code, refused?.flag], ['HELLO5005', '--project my-project']);
  assert.equal(otherProject(specIn(shop, { stage: 'dev' }), 'any-project', '--project'), undefined);
});

test('--set cannot lead a pinned stage elsewhere', () => {
  assert.deepEqual(problemsIn(shop, { stage: 'prod', set: ['project=other-project'] }), [
    'HELLO5005 --set project=other-project | the stage `prod` is pinned to the project shop-prod-1, not other-project',
    'HELLO1018 13:13 "80:5000" | port 80 is open to the whole internet in the protected stage "prod"',
  ]);
});

test('a project that is none is told as that, not as one that the stage is not pinned to', () => {
  const [first, ...more] = problemsIn(shop, { stage: 'prod', set: ['project=NONE'] });
  assert.match(first ?? '', /^HELLO1007 --set project=NONE/);
  assert.ok(
    more.every((each) => each.startsWith('HELLO1018')),
    more.join(),
  );
});

const twoStages = 'stages:\n  dev: {}\n  prod: {}\n';
const collisions: readonly [what: string, text: string, found: string[]][] = [
  [
    'one cluster',
    `name: shop\ncluster: main\n${twoStages}`,
    ['HELLO1015 2:10 main | the stages `dev` and `prod` would both make the cluster `main` in the project my-project'],
  ],
  [
    'one instance',
    `name: shop\ndb:\n  instance: main\n${twoStages}`,
    [
      'HELLO1015 3:13 main | the stages `dev` and `prod` would both make the database instance `main` in the project my-project',
    ],
  ],
  [
    'one name',
    'name: shop\nstages:\n  dev: { name: all }\n  prod: { name: all }\n',
    ['HELLO1015 3:16 all | the stages `dev` and `prod` would both make the app `all` in the project my-project'],
  ],
  [
    'the name that another one gets by itself',
    'name: shop\ncluster: { existing: { context: x } }\nstages:\n  dev: { name: shop-prod }\n  prod: {}\n',
    [
      'HELLO1015 4:16 shop-prod | the stages `dev` and `prod` would both make the app `shop-prod` in the project my-project',
    ],
  ],
];
for (const [what, text, found] of collisions) {
  test(`two stages of a project cannot both have ${what}`, () => assert.deepEqual(problemsIn(text), found));
}

const peaceful: readonly [what: string, text: string][] = [
  ['derived names', `name: shop\ndb: {}\n${twoStages}`],
  [
    'names with the stage in them',
    `name: shop\ncluster: "main-\${stage}"\ndb: { instance: "\${stage}-db" }\n${twoStages}`,
  ],
  ['names of their own', 'name: shop\ncluster: main\nstages:\n  dev: {}\n  prod: { cluster: other }\n'],
  ['projects of their own', 'name: shop\ncluster: main\nstages:\n  dev: {}\n  prod: { project: shop-prod-1 }\n'],
  ['regions of their own', 'name: shop\ncluster: main\nstages:\n  dev: {}\n  prod: { region: europe-west1 }\n'],
  ['a cluster that is there already', `name: shop\ncluster: { existing: { context: kind } }\n${twoStages}`],
  [
    'a variable that only the other one has',
    'name: shop\ncluster: main\nstages:\n  dev: {}\n  prod: { project: "${env:PROD}" }\n',
  ],
];
for (const [what, text] of peaceful) {
  test(`stages get along with ${what}`, () => assert.equal(readConfig(text, 'f', surroundings).ok, true));
}
