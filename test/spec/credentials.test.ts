import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from '../../compiler/base/diagnostic.ts';
import { credentialIn, namesCredential } from '../../compiler/spec/credentials.ts';
import { readConfig } from '../../compiler/spec/read.ts';
import type { ReadOptions } from '../../compiler/spec/reading.ts';
import { surroundings, wrongIn } from './reading.ts';

// Put together here, so that no scanner takes this file for a leak.
const samples: Readonly<Record<string, string>> = {
  'a private key': ['-----BEGIN RSA PRIVATE', ' KEY-----\nabc'].join(''),
  'an AWS access key': ['AKIA', 'IOSFODNN7EXAMPLE'].join(''),
  'a GitHub token': ['ghp_', 'a1B2'.repeat(9)].join(''),
  'a Google API key': ['AIza', 'Sy0123456789'.repeat(3).slice(0, 35)].join(''),
  'a JSON Web Token': ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0In0', 'c2lnbmF0dXJl'].join('.'),
  'a URL with a password': ['postgres://app', 'hunter2@10.0.0.1/db'].join(':'),
};

function warningsOf(text: string, options: ReadOptions = {}, env: Record<string, string> = {}): readonly Diagnostic[] {
  const result = readConfig(text, 'f.yaml', { ...surroundings, ...env }, [], options);
  assert.ok(result.ok, JSON.stringify(result));
  return result.warnings;
}

for (const [what, value] of Object.entries(samples)) {
  test(`warns of ${what}, and does not repeat it`, () => {
    assert.equal(credentialIn(value), what);
    const [warning, ...more] = warningsOf(`name: web\nenv:\n  X: ${JSON.stringify(value)}\n`);
    assert.deepEqual(more, []);
    assert.equal(warning?.code, 'HELLO1016');
    assert.equal(warning.severity, 'warning');
    assert.deepEqual([warning.at?.line, warning.at?.column], [3, 6]);
    assert.ok(!JSON.stringify(warning).includes(value.slice(-8)), JSON.stringify(warning));
  });
}

test('a key of the environment that names a credential is one, whatever its value', () => {
  const text =
    'name: web\nenv: { DB_PASSWORD: hunter2, API_TOKEN: 12345, TOKEN_TTL: 60, SECRET_NAME: x, PASSWORD: "", A: b }';
  assert.deepEqual(
    warningsOf(text).map((each) => each.message.split(' ')[0]),
    ['`env.DB_PASSWORD`', '`env.API_TOKEN`'],
  );
  assert.ok(!JSON.stringify(warningsOf(text)).includes('hunter2'));
});

test('a secret that comes through a variable is told at the variable', () => {
  const [warning] = warningsOf('name: web\nenv: { URL: "x-${env:DB_PASSWORD}" }', {}, { DB_PASSWORD: 'hunter2' });
  assert.equal(warning?.message, '`DB_PASSWORD` looks like a credential, and would be written into `env.URL`');
  assert.equal(warning.at?.column, 16);
});

test('a secret in a flag is not repeated with the flag', () => {
  const [warning] = warningsOf('name: web', { set: ['env.API_TOKEN=hunter2'] });
  assert.equal(warning?.code, 'HELLO1016');
  assert.equal(warning.flag, '--set env.API_TOKEN=…');
});

test('a wrong value that looks like a credential is not repeated in the message', () => {
  const token = samples['a GitHub token'] ?? '';
  const [problem] = wrongIn('name: web\nregion: ${env:T}', {}, { ...surroundings, T: token });
  assert.match(problem?.message ?? '', /not what looks like a credential$/);
  assert.ok(!JSON.stringify(problem).includes(token));
});

test('a wrong value from a variable that is called like a credential is not told', () => {
  const problems = wrongIn(
    'name: "${env:DB_PASSWORD}"\nregion: x-${opt:api_key}',
    { vars: { api_key: 'Hunter3' } },
    {
      ...surroundings,
      DB_PASSWORD: 'Hunter2',
    },
  );
  assert.equal(problems.filter((each) => each.severity === 'error').length, 2);
  assert.doesNotMatch(JSON.stringify(problems), /Hunter/);
});

test('names tell credentials from what is only about them', () => {
  assert.deepEqual(
    ['PASSWORD', 'db_passwd', 'ApiKey', 'GITHUB_TOKEN', 'SECRET'].map(namesCredential),
    Array(5).fill(true),
  );
  assert.deepEqual(
    ['TOKEN_FILE', 'SECRET_NAME', 'PASSWORD_MIN_LENGTH', 'TOKEN_URL', 'KEYBOARD'].map(namesCredential),
    Array(5).fill(false),
  );
});
