import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { ConfigError, readConfig } from '../../runtime/config.ts';

const database = { PGHOST: 'db', PGDATABASE: 'hello', PGUSER: 'app', PGPASSWORD: 'canary' };

function problemsOf(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  throw new Error('The environment was accepted.');
}

test('greets from memory on port 5000 when nothing is set', () => {
  const config = readConfig({});
  assert.equal(config.port, 5000);
  assert.equal(config.greeting, 'Hello World');
  assert.equal(config.replica, hostname());
  assert.equal(config.database, undefined);
});

test('takes an empty variable as unset', () => {
  assert.equal(readConfig({ PORT: '', PGHOST: '', PGPASSWORD: '' }).port, 5000);
});

test('reads the variables of libpq', () => {
  assert.deepEqual(readConfig({ ...database, PGPORT: '6432', DB_POOL_MAX: '2' }).database, {
    host: 'db',
    port: 6432,
    database: 'hello',
    user: 'app',
    password: 'canary',
    poolMax: 2,
  });
});

test('needs no password, for servers and proxies that ask for none', () => {
  assert.equal(readConfig({ PGHOST: 'db', PGDATABASE: 'hello', PGUSER: 'app' }).database?.password, undefined);
});

test('lists every wrong variable in one message', () => {
  const message = problemsOf({ PORT: '70000', DB_POOL_MAX: 'many', POD_NAME: 'a\r\nb', PGHOST: 'db', PGUSER: 'app' });
  for (const name of ['PORT', 'DB_POOL_MAX', 'POD_NAME', 'PGDATABASE'])
    assert.match(message, new RegExp(`^  ${name} `, 'm'));
  assert.equal(message.split('\n').length, 5);
});

for (const port of ['-1', '1.5', '1e3', '0x50', ' 80', '65536', 'http']) {
  test(`refuses the port ${JSON.stringify(port)}`, () => {
    assert.match(problemsOf({ PORT: port }), /PORT must be a whole number from 0 to 65535/);
  });
}

test('refuses half of a database rather than running without one', () => {
  assert.match(
    problemsOf({ PGDATABASE: 'hello', PGPASSWORD: 'canary' }),
    /PGHOST is missing; PGDATABASE, PGPASSWORD would be ignored/,
  );
});

test('keeps the password out of its messages', () => {
  assert.doesNotMatch(problemsOf({ ...database, PORT: 'x', PGHOST: '' }), /canary/);
});
