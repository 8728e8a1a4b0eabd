import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPostgres, query } from '../support/postgres.ts';
import type { TestPostgres } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { ready, startApp } from './app-process.ts';

let postgres: TestPostgres;
before(async () => {
  postgres = await createPostgres();
});
after(() => postgres.remove());

const greet = async (url: string) => {
  const response = await fetch(`${url}/greeting/1`);
  return { status: response.status, text: await response.text() };
};

test('makes one table and one greeting when several replicas start at once on an empty database', async (t) => {
  const env = await postgres.newDatabase();
  const names = ['web-1', 'web-2', 'web-3'];
  const apps = await Promise.all(names.map((name) => startApp(t, { ...env, POD_NAME: name })));
  await Promise.all(apps.map(ready));
  for (const [index, app] of apps.entries()) {
    const response = await fetch(`${app.url}/greeting/1`, { headers: { accept: 'application/json' } });
    assert.deepEqual(await response.json(), { id: 1, greeting: 'Hello World', replica: names[index] });
    assert.doesNotMatch(app.output(), /trying again|canary-password/);
  }
  assert.deepEqual(await query(env, 'SELECT * FROM greetings'), [{ id: 1, greeting: 'Hello World' }]);
});

test('serves rows that others wrote, and 404 for those that nobody did', async (t) => {
  const env = await postgres.newDatabase();
  const app = await startApp(t, env);
  await ready(app);
  await query(env, `INSERT INTO greetings VALUES (2147483647, 'Last')`);
  assert.equal(await (await fetch(`${app.url}/greeting/2147483647`)).text(), 'Last');
  assert.equal((await fetch(`${app.url}/greeting/2`)).status, 404);
});

test('shows a changed GREETING after the next start, and leaves other rows alone', async (t) => {
  const env = await postgres.newDatabase();
  const first = await startApp(t, env);
  await ready(first);
  await query(env, `INSERT INTO greetings VALUES (2, 'Mine')`);
  const second = await startApp(t, { ...env, GREETING: "Moin; DROP TABLE greetings --'" });
  await ready(second);
  assert.equal((await greet(first.url)).text, "Moin; DROP TABLE greetings --'");
  assert.equal(await (await fetch(`${second.url}/greeting/2`)).text(), 'Mine');
});

test('starts before its database, is alive but not ready, and serves when the database comes', async (t) => {
  const env = await postgres.newDatabase();
  await postgres.stop();
  const app = await startApp(t, env);
  assert.equal((await fetch(`${app.url}/healthz`)).status, 200);
  assert.equal((await fetch(`${app.url}/readyz`)).status, 503);
  assert.deepEqual(await greet(app.url), { status: 503, text: 'the database is not set up yet\n' });
  await eventually('a failed attempt is logged', () => app.output().includes('trying again'));
  await postgres.start();
  await ready(app);
  assert.deepEqual(await greet(app.url), { status: 200, text: 'Hello World' });
});

test('survives a restart of the database: 503 meanwhile, then serves again in the same process', async (t) => {
  const env = await postgres.newDatabase();
  const app = await startApp(t, env);
  await ready(app);
  await Promise.all(Array.from({ length: 20 }, () => greet(app.url)));
  await postgres.stop();
  const away = await fetch(`${app.url}/greeting/1`);
  assert.equal(away.status, 503);
  assert.equal(away.headers.get('retry-after'), '1');
  assert.equal(await away.text(), 'the database does not answer\n');
  assert.equal((await fetch(`${app.url}/readyz`)).status, 503);
  assert.equal((await fetch(`${app.url}/healthz`)).status, 200);
  const page = await fetch(app.url);
  assert.equal(page.status, 503);
  assert.match(await page.text(), /role="alert"/);
  await postgres.start();
  await ready(app);
  assert.deepEqual(await greet(app.url), { status: 200, text: 'Hello World' });
  assert.match(
    await (await fetch(`${app.url}/metrics`)).text(),
    /http_request_errors_total\{route="\/greeting\/:id",method="GET"\} 1/,
  );
});

test('answers 500 without a stack trace when the database refuses, logs why, and is not ready', async (t) => {
  const env = await postgres.newDatabase();
  const app = await startApp(t, env);
  await ready(app);
  await query(env, `REVOKE SELECT ON greetings FROM ${env.PGUSER}`);
  assert.deepEqual(await greet(app.url), { status: 500, text: 'Internal Server Error\n' });
  assert.equal((await fetch(`${app.url}/readyz`)).status, 503);
  const line = await eventually('the failure is logged', () => app.lines().find((each) => each.code === '42501'));
  assert.equal(line.severity, 'ERROR');
  assert.match(line.stack ?? '', /permission denied[^]*\n +at /);
});

test('sets a database up again that was made anew under the running app', async (t) => {
  const env = await postgres.newDatabase();
  const app = await startApp(t, env);
  await ready(app);
  await query(env, 'DROP TABLE greetings');
  assert.equal((await greet(app.url)).status, 503);
  await ready(app);
  assert.deepEqual(await greet(app.url), { status: 200, text: 'Hello World' });
});

test('never writes the password, not even when it is wrong', async (t) => {
  const env = await postgres.newDatabase();
  const app = await startApp(t, { ...env, PGPASSWORD: 'canary-that-is-wrong' });
  const line = await eventually('the refusal is logged', () => app.lines().find((each) => each.code === '28P01'));
  assert.equal(line.message, 'could not set the database up; trying again');
  assert.doesNotMatch(app.output(), /canary/);
  app.signal('SIGTERM');
  assert.equal(await app.ended, 0);
});
