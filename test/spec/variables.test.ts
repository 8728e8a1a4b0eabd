import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../compiler/spec/read.ts';
import { appOf, problemsIn, sourcesOf, specIn, surroundings, wrongIn } from './reading.ts';

const sources = sourcesOf({
  'db.yaml': 'tier: db-custom-2-7680\nnested: { list: [a, { b: 7 }] }\n',
  'db.json': '{ "tier": "db-g1-small" }',
  VERSION: '1.10\n',
  'broken.yaml': 'a: [\n',
  'outside.yaml': { is: 'outside' },
  'huge.yaml': { is: 'unusable', why: 'it is larger than 1 MiB' },
});

test('an environment variable, an option, the stage, git and another value are looked up', () => {
  const spec = specIn(
    [
      'name: web',
      'db: { tier: "${env:TIER}", instance: "${opt:instance}", user: "${self:name}" }',
      'env: { SHA: "${git:sha}", BRANCH: "${git:branch}", STAGE: "${stage}", TIER: "${self:db.tier}" }',
      'stages: { dev: }',
    ].join('\n'),
    { vars: { instance: 'main-db' }, sources },
  );
  assert.equal(spec.db?.tier, 'db-custom-1-3840');
  assert.deepEqual([spec.db?.user, spec.db?.instance], ['web', 'main-db']);
  assert.deepEqual(appOf(spec).env, { BRANCH: 'main', SHA: 'c0ffee', STAGE: 'dev', TIER: 'db-custom-1-3840' });
});

test('a value that is one variable keeps its type; inside of a text it is written into it', () => {
  const text = [
    'name: web',
    'replicas: ${env:COUNT}',
    'db: ${file:db.yaml:db}',
    'app: { image: "registry/web:v${env:COUNT}-${self:replicas}" }',
    'ports: ["${env:COUNT}0:5000"]',
  ].join('\n');
  const files = sourcesOf({ 'db.yaml': 'db: { tier: db-g1-small, user: me }' });
  const spec = specIn(text, { sources: files });
  assert.equal(appOf(spec).replicas, 5);
  assert.deepEqual([spec.db?.tier, spec.db?.user], ['db-g1-small', 'me']);
  assert.equal(appOf(spec).image, 'registry/web:v5-5');
  assert.deepEqual(appOf(spec).ports, [{ name: 'port-50', port: 50, target: 5000, reach: 'public' }]);
});

test('a number from outside is a text where a text is wanted, spelled as it was', () => {
  const text = [
    'name: web',
    'env: { A: "${env:VERSION}", B: "v${self:env.A}", C: 1.10, D: "${self:env.C}", E: "${opt:no, 007}" }',
    'db: { tier: "${env:NUMBER}" }',
  ].join('\n');
  const spec = specIn(text, {}, { ...surroundings, VERSION: '1.10', NUMBER: '42' });
  assert.deepEqual(appOf(spec).env, { A: '1.10', B: 'v1.10', C: '1.10', D: '1.10', E: '007' });
  assert.equal(spec.db?.tier, '42');
});

test('files are read as YAML, JSON and text, whole or by a key', () => {
  const text = [
    'name: web',
    'db: { tier: "${file:db.yaml:tier}" }',
    'env: { A: "${file:db.json:tier}", B: "${file:VERSION}", C: "${file:db.yaml:nested.list[1].b}" }',
  ].join('\n');
  const spec = specIn(text, { sources });
  assert.equal(spec.db?.tier, 'db-custom-2-7680');
  assert.deepEqual(appOf(spec).env, { A: 'db-g1-small', B: '1.10', C: '7' });
});

test('a fallback stands in for what is not there; an empty variable is not there', () => {
  const text = [
    'name: web',
    'replicas: ${env:NONE, 4}',
    'env:',
    '  A: ${env:EMPTY, ${opt:none, ${env:COUNT}}}',
    "  B: ${env:NONE, 'quoted, with commas'}",
    '  C: ${file:none.txt, plain text}',
    '  D: ${self:no.such.key, }',
    '  E: ${stage, none}',
    '  F: ${env:NONE, a-${env:COUNT}-b}',
  ].join('\n');
  const spec = specIn(text, { sources });
  assert.equal(appOf(spec).replicas, 4);
  assert.deepEqual(appOf(spec).env, {
    A: '5',
    B: 'quoted, with commas',
    C: 'plain text',
    D: '',
    E: 'none',
    F: 'a-5-b',
  });
});

test('a variable may stand in the name of another', () => {
  const text = 'name: web\nenv: { A: "${env:TIER_${opt:size}}", small: x, B: "${self:env.${opt:size}}" }';
  const spec = specIn(text, { vars: { size: 'small' } }, { ...surroundings, TIER_small: 'f1' });
  assert.deepEqual([appOf(spec).env['A'], appOf(spec).env['B']], ['f1', 'x']);
});

test('$${ is the text ${', () => {
  const spec = specIn('name: web\nenv: { A: "$${HOME}/x", B: "$${env:COUNT}=${env:COUNT}", C: "$5 {x} $$ $(Y)" }');
  assert.deepEqual(appOf(spec).env, { A: '${HOME}/x', B: '${env:COUNT}=5', C: '$5 {x} $$ $(Y)' });
});

test('what a file or a variable holds is taken as it is', () => {
  const files = sourcesOf({ 'a.txt': '${env:COUNT}' });
  const text = 'name: web\nenv: { A: "${file:a.txt}", B: "${env:ODD}" }';
  const spec = specIn(text, { sources: files }, { ...surroundings, ODD: '${self:name}' });
  assert.deepEqual(appOf(spec).env, { A: '${env:COUNT}', B: '${self:name}' });
});

const mistakes: readonly [what: string, yaml: string, expected: string, fix?: RegExp][] = [
  [
    'a variable that is not set',
    'A: ${env:TIERS}',
    'HELLO1012 3:6 ${env:TIERS} | the environment variable TIERS is not set',
    /Did you mean `TIER`/,
  ],
  [
    'a variable that is empty',
    'A: "x ${env:EMPTY}"',
    'HELLO1012 3:9 ${env:EMPTY} | the environment variable EMPTY is empty',
    /fallback/,
  ],
  [
    'an option that is not given',
    'A: ${opt:sise}',
    'HELLO1012 3:6 ${opt:sise} | the option sise is not given',
    /Did you mean `size`/,
  ],
  [
    'a path that leads nowhere',
    'A: ${self:env.BB}',
    'HELLO1012 3:6 ${self:env.BB} | the config has no `env.BB`',
    /There are: A/,
  ],
  [
    'a value that has only its default',
    'A: ${self:region}',
    'HELLO1012 3:6 ${self:region} | `region` is not written in the config, and variables see no defaults',
    /fallback/,
  ],
  ['a path that is none', 'A: ${self:a..b}', 'HELLO1013 3:6 ${self:a..b} | `a..b` is no path to a key'],
  [
    'a file that is not there',
    'A: ${file:db.yml}',
    'HELLO1012 3:6 ${file:db.yml} | there is no file `db.yml`',
    /Did you mean `db.yaml`/,
  ],
  [
    'a key that a file has not',
    'A: ${file:db.yaml:teir}',
    'HELLO1012 3:6 ${file:db.yaml:teir} | `db.yaml` has no `teir`',
    /Did you mean `tier`/,
  ],
  [
    'a key of a text',
    'A: ${file:VERSION:x}',
    'HELLO1013 3:6 ${file:VERSION:x} | `VERSION` is a text: it has no key `x`',
  ],
  [
    'a file outside of the folder',
    'A: ${file:outside.yaml}',
    'HELLO1013 3:6 ${file:outside.yaml} | the file `outside.yaml` is outside the folder of the config',
    /--allow-outside/,
  ],
  [
    'a file that is too large',
    'A: ${file:huge.yaml}',
    'HELLO1013 3:6 ${file:huge.yaml} | the file `huge.yaml` cannot be used: it is larger than 1 MiB',
  ],
  ['no stage', 'A: ${stage}', 'HELLO1012 3:6 ${stage} | no stage is chosen'],
  [
    'a source that there is not',
    'A: ${envv:X}',
    'HELLO1013 3:6 ${envv:X} | there are no variables of the kind `envv`',
    /Did you mean `env`/,
  ],
  [
    'a variable of the shell',
    'A: ${HOME}',
    'HELLO1013 3:6 ${HOME} | there are no variables of the kind `HOME`',
    /\$\$\{/,
  ],
  ['what git is not asked for', 'A: ${git:tag}', 'HELLO1013 3:6 ${git:tag} | git is not asked for `tag`', /git:sha/],
  ['a name left out', 'A: ${env:}', 'HELLO1013 3:6 ${env:} | `${env:}` is not written right', /\$\{env:NAME\}/],
  ['nothing at all', 'A: "a${}"', 'HELLO1013 3:8 ${} | `${}` names nothing'],
  ['a beginning without an end', 'A: "ab ${env:X"', 'HELLO1013 3:10 ${ | `${` has no `}`', /\$\$\{/],
  [
    'a group inside of a text',
    'A: "x${file:db.yaml}"',
    'HELLO1012 3:8 ${file:db.yaml} | `${file:db.yaml}` is a group of keys, and cannot stand inside a text',
  ],
  [
    'a value that leads to itself',
    'A: ${self:env.A}',
    'HELLO1013 3:6 ${self:env.A} | variables lead in a circle: `env.A` -> `env.A`',
  ],
  [
    'a value that leads to the group that it is in',
    'A: ${self:env}',
    'HELLO1013 3:6 ${self:env} | variables lead in a circle: `env.A` -> `env.A`',
  ],
  ['a prototype', 'A: ${self:__proto__.x}', 'HELLO1012 3:6 ${self:__proto__.x} | the config has no `__proto__`'],
  [
    'what every object has',
    'A: ${self:constructor.name}',
    'HELLO1012 3:6 ${self:constructor.name} | the config has no `constructor`',
  ],
  [
    'a constructor',
    'A: ${env:constructor}',
    'HELLO1012 3:6 ${env:constructor} | the environment variable constructor is not set',
  ],
  [
    'more nesting than anybody reads',
    `A: "${'${env:'.repeat(12)}X${'}'.repeat(12)}"`,
    'HELLO1013 3:67 ${ | more than 10 variables stand inside one another',
  ],
];
for (const [what, yaml, expected, fix] of mistakes) {
  test(`explains ${what}`, () => {
    const options = { vars: { size: 'x' }, sources };
    const [first, ...more] = wrongIn(`name: web\nenv:\n  ${yaml}\n`, options);
    assert.deepEqual(more, []);
    assert.equal(problemsIn(`name: web\nenv:\n  ${yaml}\n`, options)[0], expected);
    if (fix) assert.match(first?.fix ?? '', fix);
  });
}

test('a file with a mistake in it is named, with its line', () => {
  const [problem] = wrongIn('name: web\ndb: ${file:broken.yaml}', { sources });
  assert.match(problem?.message ?? '', /^`broken\.yaml` cannot be read: .+ \(line [12]\)$/);
});

test('a circle over several values is told once, where it closes', () => {
  assert.deepEqual(
    problemsIn('name: web\nenv:\n  A: "1${self:env.B}"\n  B: "2${self:env.C}"\n  C: "3 ${self:env.A}"\n'),
    ['HELLO1013 5:9 ${self:env.A} | variables lead in a circle: `env.A` -> `env.B` -> `env.C` -> `env.A`'],
  );
});

test('a reference is found in quotes, behind escapes and in folded texts', () => {
  const text = [
    'name: web',
    'env:',
    '  A: "tab\\t \\u00e9 ${env:X} ${env:COUNT} $${no} ${env:Y}"',
    '  B: >-',
    '    first line',
    '    and ${env:Z} more',
    "  C: 'it''s ${env:W}'",
  ].join('\n');
  assert.deepEqual(
    problemsIn(text).map((each) => each.split(' |')[0]),
    ['HELLO1012 3:20 ${env:X}', 'HELLO1012 6:9 ${env:Z}', 'HELLO1012 7:13 ${env:W}'],
  );
});

test('a wrong value that came through a variable is shown at the variable', () => {
  assert.deepEqual(problemsIn('name: web\nregion: "${env:COUNT}"\ndb: ${file:db.yaml}\n', { sources }), [
    'HELLO1007 2:10 ${env:COUNT} | `region` must be a region like us-central1, not "5"',
    'HELLO1004 3:5 ${file:db.yaml} | unknown key `db.nested`',
  ]);
});

test('what follows from a variable that failed is not told again, what does not follow is', () => {
  assert.deepEqual(problemsIn('name: ${env:NONE}\nreplicas: ${file:no.yaml}\ndb: ${opt:db}\nfoo: 1\n', { sources }), [
    'HELLO1012 1:7 ${env:NONE} | the environment variable NONE is not set',
    'HELLO1012 2:11 ${file:no.yaml} | there is no file `no.yaml`',
    'HELLO1012 3:5 ${opt:db} | the option db is not given',
    'HELLO1004 4:1 foo | unknown key `foo`',
  ]);
});

test('without access to files and git, says how to give it', () => {
  assert.match(wrongIn('name: web\nenv: { A: "${git:sha}" }')[0]?.fix ?? '', /diskSources/);
});

test('variables that multiply without end are stopped', () => {
  const doubling = Array.from({ length: 40 }, (_, at) => `  A${at + 1}: "\${self:env.A${at}}\${self:env.A${at}}"`);
  const text = `name: web\nenv:\n  A0: "0123456789"\n${doubling.join('\n')}\n`;
  assert.match(problemsIn(text).join('\n'), /larger than 1 MB/);
  const lists = Array.from({ length: 40 }, (_, at) => `a${at + 1}: ["\${self:a${at}}", "\${self:a${at}}"]`);
  assert.match(problemsIn(`name: web\na0: [1]\n${lists.join('\n')}\n`).join('\n'), /larger than 1 MB/);
});

test('a long chain of variables ends in a diagnostic', () => {
  const chain = Array.from({ length: 2000 }, (_, at) => `  A${at}: \${self:env.A${at + 1}}`);
  const text = `name: web\nenv:\n${chain.join('\n')}\n  A2000: x\n`;
  assert.match(problemsIn(text)[0] ?? '', /more than 50 variables lead to one another/);
});

test('reading does not change what it is given', () => {
  const env = Object.freeze({ ...surroundings });
  const vars = Object.freeze({ a: '1' });
  const options = Object.freeze({ vars, set: Object.freeze(['replicas=2']) });
  const text = 'name: web\nenv: { A: "${opt:a}" }';
  assert.deepEqual(readConfig(text, 'f', env, [], options).ok, true);
});
