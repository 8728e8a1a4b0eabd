import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read } from '../../compiler/spec/read.ts';

/** The first problem as `code line:column message`. */
function first(text: string): string {
  const result = read(`project: my-project\n${text}`, 'hello.config.yaml', {});
  const problem = result.ok ? undefined : result.problems[0];
  return problem ? `${problem.code} ${(problem.at?.line ?? 0) - 1}:${problem.at?.column} ${problem.message}` : 'fine';
}

const mistakes: readonly (readonly [what: string, text: string, expected: string])[] = [
  [
    'both forms at once',
    'name: web\nreplicas: 2\nservices: { api: { image: a } }',
    'HELLO1009 2:1 `replicas` and `services` exclude each other',
  ],
  [
    'a range upside down',
    'name: web\nservices: { api: { image: a, replicas: { min: 5, max: 2 } } }',
    'HELLO1009 2:47 `min` (5) is above `max` (2)',
  ],
  [
    'a database that is not there',
    'name: web\ndb: { databases: [a, b] }\nservices: { api: { image: a, database: c } }',
    'HELLO1009 3:40 api uses the database "c", which the config does not make',
  ],
  [
    'a database without any',
    'name: web\njobs: { tidy: { image: a, database: c } }',
    'HELLO1009 2:37 tidy uses the database "c", which the config does not make',
  ],
  [
    'a service and a job of one name',
    'name: web\nservices: { api: { image: a } }\njobs: { api: { image: a } }',
    'HELLO1009 3:9 a service and a job are both called "api"',
  ],
  [
    'both ways to name databases',
    'name: web\ndb: { database: a, databases: [b] }',
    'HELLO1009 2:20 `db.database` and `db.databases` exclude each other',
  ],
  [
    'the same port twice in a service',
    'name: web\nservices: { api: { image: a, ports: ["80:1", "80:2"] } }',
    'HELLO1009 2:46 port 80 is already taken by `services.api.ports[0]`',
  ],
  [
    'an image and a build in a job',
    'name: web\njobs: { tidy: { image: a, build: b } }',
    'HELLO1009 2:27 `jobs.tidy.image` and `jobs.tidy.build` exclude each other',
  ],
  [
    'an unknown key of a service',
    'name: web\nservices: { api: { imagee: a } }',
    'HELLO1004 2:20 unknown key `services.api.imagee`',
  ],
];

for (const [what, text, expected] of mistakes) {
  test(`explains ${what}`, () => assert.equal(first(text), expected));
}

test('the same port may be public and internal', () => {
  const text =
    'name: web\nservices: { api: { image: a, ports: ["80:1", { port: 80, target: 2, public: false, name: x }] } }';
  assert.equal(first(text), 'fine');
});

test('two services may serve the same port', () => {
  const text = 'name: web\nservices:\n  a: { image: a, ports: ["80:1"] }\n  b: { image: a, ports: ["80:1"] }';
  assert.equal(first(text), 'fine');
});
