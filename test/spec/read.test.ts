import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from '../../compiler/base/diagnostic.ts';
import type { Path } from '../../compiler/base/json.ts';
import { read } from '../../compiler/spec/read.ts';
import type { Service, Spec } from '../../compiler/spec/spec.ts';

const env = { GOOGLE_CLOUD_PROJECT: 'my-project' };

function good(text: string, root?: Path): Spec {
  const result = read(text, 'hello.config.yaml', env, root);
  assert.ok(result.ok, JSON.stringify(result.ok ? '' : result.problems));
  return result.value;
}

function bad(text: string, variables: Record<string, string> = env, root?: Path): readonly Diagnostic[] {
  const result = read(text, 'hello.config.yaml', variables, root);
  assert.ok(!result.ok, 'the text was accepted');
  return result.problems;
}

/** The first problem as `code line:column message`. */
function first(text: string): string {
  const [problem] = bad(text);
  return `${problem?.code} ${problem?.at?.line}:${problem?.at?.column} ${problem?.message}`;
}

/** The one service of the short form. */
function app(text: string): Service {
  const [service] = good(text).services;
  assert.ok(service);
  return service;
}

test('one key is enough; the rest has defaults', () => {
  assert.deepEqual(good('name: web'), {
    name: 'web',
    project: 'my-project',
    region: 'us-central1',
    cluster: { name: 'web-cluster' },
    services: [
      {
        name: 'web',
        image: 'us-central1-docker.pkg.dev/my-project/web/web:latest',
        build: '.',
        env: {},
        secrets: {},
        resources: { cpu: '250m', memory: '512Mi' },
        pool: 3,
        path: [],
        replicas: 3,
        ports: [{ name: 'port-80', port: 80, target: 5000, reach: 'public' }],
        probes: { readiness: '/readyz', liveness: '/healthz' },
      },
    ],
    jobs: [],
  });
});

test('an image that is given is not built, a folder that is given is', () => {
  assert.equal(app('name: web\napp: { image: nginx }').build, undefined);
  assert.equal(app('name: web\napp: { build: ./src }').build, './src');
});

test('ports read alike as a pair and as two keys', () => {
  assert.deepEqual(app('name: web\nports: ["80:5000", 81:5001, { port: 82, target: 5002 }]').ports, [
    { name: 'port-80', port: 80, target: 5000, reach: 'public' },
    { name: 'port-81', port: 81, target: 5001, reach: 'public' },
    { name: 'port-82', port: 82, target: 5002, reach: 'public' },
  ]);
});

test('the environment keeps its text, whatever YAML makes of it', () => {
  const text =
    'name: web\nenv: { A: yes, B: 1e3, C: 1.10, D: 0x1F, E: true, F: 12345678901234567890, G: "", H: &x 007, I: *x }';
  assert.deepEqual(app(text).env, {
    A: 'yes',
    B: '1e3',
    C: '1.10',
    D: '0x1F',
    E: 'true',
    F: '12345678901234567890',
    G: '',
    H: '007',
    I: '007',
  });
});

test('a cluster is a name, or one that is there already', () => {
  assert.deepEqual(good('name: web\ncluster: prod').cluster, { name: 'prod' });
  assert.deepEqual(good('name: web\ncluster: { existing: { context: kind-dev } }').cluster, {
    existing: { context: 'kind-dev' },
  });
});

test('the project comes from the file, then from the variables that Google clients know', () => {
  assert.equal(good('name: web\nproject: in-the-file').project, 'in-the-file');
  const project = (variables: Record<string, string>): string | undefined => {
    const result = read('name: web', 'f', variables);
    return result.ok ? result.value.project : undefined;
  };
  assert.equal(
    project({ GOOGLE_CLOUD_PROJECT: '', GCLOUD_PROJECT: 'second-one', CLOUDSDK_CORE_PROJECT: 'third-one' }),
    'second-one',
  );
  assert.equal(project({ CLOUDSDK_CORE_PROJECT: 'third-one' }), 'third-one');
});

test('without a project, says how to name one', () => {
  const [problem] = bad('name: web', {});
  assert.equal(problem?.code, 'HELLO1008');
  assert.match(problem?.fix ?? '', /GOOGLE_CLOUD_PROJECT/);
  assert.equal(bad('name: web', { GCLOUD_PROJECT: 'NOT AN ID' })[0]?.code, 'HELLO1007');
});

test('all mistakes come in one run, in the order of the file', () => {
  const problems = bad('replicas: three\ncluser: x\nname: Web\ndb:\n  tierr: a\n', {});
  assert.deepEqual(
    problems.map((each) => [each.code, each.at?.line]),
    [
      ['HELLO1005', 1],
      ['HELLO1004', 2],
      ['HELLO1007', 3],
      ['HELLO1008', 3],
      ['HELLO1004', 5],
    ],
  );
});

test('contradictions come in the same run as wrong values, but for what those would mislead', () => {
  const found = (text: string): string[] => bad(text).map(({ code, at }) => `${code} ${at?.line}`);
  assert.deepEqual(found('name: web\nreplicas: many\nports: ["80:1", "80:2"]\nfoo: 1'), [
    'HELLO1005 2',
    'HELLO1009 3',
    'HELLO1004 4',
  ]);
  assert.deepEqual(found('name: web\ndb: { databases: [a], tier: 5 }\njobs: { tidy: { image: x, database: b } }'), [
    'HELLO1005 2',
  ]);
  const services = 'services:\n  a: { image: x, replicas: many, ports: ["80:1", "80:2"] }\n';
  assert.deepEqual(found(`name: web\n${services}  b: { image: x, ports: ["80:1", "80:2"] }`), [
    'HELLO1005 3',
    'HELLO1009 4',
  ]);
  assert.deepEqual(found('name: Web\nports: ["80:1", "80:2"]'), ['HELLO1007 1', 'HELLO1009 2']);
});

test('says what was meant', () => {
  const fixes = [
    'name: web\nreplcas: 3',
    'name: web\nDB: {}',
    'name: web\ndb: { version: POSTGRES_188 }',
    'name: web\ndb: { version: 17 }',
    'name: web\ndb: { databases: [orders, users] }\njobs: { tidy: { image: x, database: order } }',
    'name: web\ncluster: { nmae: x }',
  ].map((text) => bad(text)[0]?.fix);
  assert.deepEqual(fixes, [
    'Did you mean `replicas`?',
    'Did you mean `db`?',
    'Did you mean `POSTGRES_18`?',
    'Did you mean `POSTGRES_17`?',
    'Did you mean `orders`?',
    'Did you mean `name`?',
  ]);
  assert.match(bad('name: web\nxylophone: 1')[0]?.fix ?? '', /^Known here: name, project/);
});

const mistakes: readonly [string, string, string][] = [
  ['an unknown key', 'name: web\nfoo: 1', 'HELLO1004 2:1 unknown key `foo`'],
  ['a nested unknown key', 'name: web\ndb:\n  foo: 1', 'HELLO1004 3:3 unknown key `db.foo`'],
  ['a missing name', 'replicas: 1', 'HELLO1006 1:1 `name` is missing'],
  [
    'a name Google refuses',
    'name: My_App',
    'HELLO1007 1:7 `name` must be lower-case letters, digits and dashes, starting with a letter, not "My_App"',
  ],
  [
    'a name too long',
    `name: a${'b'.repeat(30)}`,
    `HELLO1007 1:7 \`name\` must be at most 30 characters long, not "a${'b'.repeat(30)}"`,
  ],
  [
    'a text for a number',
    'name: web\nreplicas: many',
    'HELLO1005 2:11 `replicas` must be a whole number, or `min: 2` and `max: 10`, not "many"',
  ],
  [
    'half a replica',
    'name: web\nreplicas: 1.5',
    'HELLO1005 2:11 `replicas` must be a whole number, or `min: 2` and `max: 10`, not 1.5',
  ],
  ['less than nothing', 'name: web\nreplicas: -1', 'HELLO1005 2:11 `replicas` must be at least 0, not -1'],
  ['a list for a group', 'name: web\ndb: [x]', 'HELLO1005 2:5 `db` must be a group of keys, not a list'],
  ['an empty value', 'name: web\nenv:\n  A:', 'HELLO1005 3:3 `env.A` must be a text, not empty'],
  [
    'a cluster that is neither',
    'name: web\ncluster: 5',
    'HELLO1005 2:10 `cluster` must be a name, `name: …`, or `existing: { context: … }`, not 5',
  ],
  [
    'a cluster that is both',
    'name: web\ncluster: { name: a, existing: { context: b } }',
    'HELLO1009 2:21 `name` and `existing` cannot both stand in `cluster`',
  ],
  [
    'half an existing cluster',
    'name: web\ncluster: { existing: {} }',
    'HELLO1006 2:12 `cluster.existing.context` is missing',
  ],
  [
    'a lone port',
    'name: web\nports: ["80"]',
    'HELLO1005 2:9 `ports[0]` must be a pair like "80:5000": the public port, then the port of the app, not "80"',
  ],
  ['half a port', 'name: web\nports: [{ port: 80 }]', 'HELLO1006 2:9 `ports[0].target` is missing'],
  ['a port out of range', 'name: web\nports: ["80:70000"]', 'HELLO1005 2:9 `ports[0]` must hold ports from 1 to 65535'],
  [
    'the same port twice',
    'name: web\nports: ["80:1", "80:2"]',
    'HELLO1009 2:17 port 80 is already taken by `ports[0]`',
  ],
  ['no ports', 'name: web\nports: []', 'HELLO1005 2:8 `ports` must be a list of at least 1, not a list'],
  [
    'an image and a build',
    'name: web\napp: { image: a, build: . }',
    'HELLO1009 2:18 `app.image` and `app.build` exclude each other',
  ],
  [
    'an image that is a link',
    'name: web\napp: { image: "https://x/y" }',
    'HELLO1005 2:15 `app.image` is not the name of an image',
  ],
  ['a variable that is ours', 'name: web\ndb: {}\nenv: { PGHOST: x }', 'HELLO1009 3:8 `env.PGHOST` is set by hello'],
  [
    'a variable no shell knows',
    'name: web\nenv: { a-b: x }',
    'HELLO1005 2:8 `a-b` cannot be a key of `env`: it must be letters, digits and underscores',
  ],
  [
    'the port of the database',
    'name: web\ndb: {}\nports: ["80:5432"]',
    'HELLO1009 3:9 port 5432 of the pod is taken by the database proxy',
  ],
  [
    'a namespace of the cluster',
    'name: kube-system',
    'HELLO1007 1:7 the name "kube-system" is kept for the cluster itself',
  ],
  [
    'a database of the server',
    'name: web\ndb: { database: postgres }',
    'HELLO1007 2:17 the database "postgres" belongs to the server itself',
  ],
  [
    'a user of the server',
    'name: web\ndb: { user: postgres }',
    'HELLO1007 2:13 the database user "postgres" is reserved',
  ],
  ['a prototype as a key', 'name: web\n__proto__: { a: 1 }', 'HELLO1004 2:1 unknown key `__proto__`'],
  ['a prototype in the environment', 'name: web\nenv: { __proto__: x }', 'HELLO1004 2:8 unknown key `env.__proto__`'],
  ['a constructor as a key', 'name: web\nconstructor: 1', 'HELLO1004 2:1 unknown key `constructor`'],
  ['a list for a file', '- a', 'HELLO1005 1:1 the file must be a group of keys, not a list'],
  ['an empty file', '', 'HELLO1006 1:1 the config is empty'],
  ['a file of comments', '# nothing\n', 'HELLO1006 1:1 the config is empty'],
];
for (const [what, text, expected] of mistakes) {
  test(`explains ${what}`, () => assert.equal(first(text), expected));
}

test('PGHOST is free for an app without a database', () => {
  assert.deepEqual(app('name: web\nenv: { PGHOST: x }').env, { PGHOST: 'x' });
});

test('never answers in the words of the schema library', () => {
  for (const text of [
    'name: 1',
    'name: web\ncluster: []',
    'name: web\nports: 80',
    'name: web\nports: [[]]',
    'name: web\nenv: 5',
    'name: web\napp: { image: 1 }',
  ]) {
    for (const { message } of bad(text)) assert.doesNotMatch(message, /Invalid|expected|received|undefined|\[object/);
  }
});

test('finds the config inside of a package.json', () => {
  const text = '{\n\t"name": "pkg",\n\t"hello": {\n\t\t"name": "web",\n\t\t"replicsa": 2\n\t}\n}';
  const [problem] = bad(text, env, ['hello']);
  assert.equal(
    `${problem?.code} ${problem?.at?.line}:${problem?.at?.column} ${problem?.message}`,
    'HELLO1004 5:3 unknown key `replicsa`',
  );
  assert.equal(good('{ "name": "pkg", "hello": { "name": "web" } }', ['hello']).name, 'web');
});
