import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { createPostgres } from '../support/postgres.ts';
import { ready, spawnApp, startApp } from './app-process.ts';

test('ends with exit code 3 and every wrong variable on standard error', async (t) => {
  const app = spawnApp(t, { PORT: 'http', DB_POOL_MAX: '0', PGPASSWORD: 'canary' });
  assert.equal(await app.ended, 3);
  for (const name of ['PORT', 'DB_POOL_MAX', 'PGHOST']) assert.match(app.output(), new RegExp(`^  ${name} `, 'm'));
  assert.doesNotMatch(app.output(), /canary|\bat /);
});

test('ends with exit code 1 and one line when the port is taken', async (t) => {
  const first = await startApp(t);
  const second = spawnApp(t, { PORT: new URL(first.url).port, HOST: '127.0.0.1' });
  assert.equal(await second.ended, 1);
  assert.equal(second.lines()[0]?.code, 'EADDRINUSE');
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`ends with 0 on ${signal}, idle keep-alive connections or not`, async (t) => {
    const app = await startApp(t);
    await (await fetch(`${app.url}/greeting/1`)).text();
    app.signal(signal);
    assert.equal(await app.ended, 0);
    assert.equal(app.lines().at(-1)?.message, 'stopped');
  });
}

test('turns unready before it stops, and asks callers to go elsewhere', async (t) => {
  const app = await startApp(t, { SHUTDOWN_DELAY_MS: '60000' });
  app.signal('SIGTERM');
  const response = await eventually('the app is unready', async () => {
    const answer = await fetch(`${app.url}/readyz`);
    return answer.status === 503 ? answer : undefined;
  });
  assert.equal(response.headers.get('connection'), 'close');
  assert.equal(await response.text(), 'stopping\n');
  assert.equal((await fetch(`${app.url}/greeting/1`)).status, 200);
});

test('loses no request on SIGTERM under load', async (t) => {
  const postgres = await createPostgres();
  t.after(() => postgres.remove());
  const app = await startApp(t, { ...(await postgres.newDatabase()), SHUTDOWN_DELAY_MS: '500' });
  await ready(app);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  let served = 0;
  // As a load balancer does: each caller goes on until it is told to go elsewhere.
  const callers = Array.from({ length: 20 }, async () => {
    for (;;) {
      const { status, close } = await getOnce(`${app.url}/greeting/1`, agent);
      assert.equal(status, 200);
      served += 1;
      if (close) return;
    }
  });
  await eventually('the load is on', () => served > 500);
  app.signal('SIGTERM');
  await Promise.all(callers);
  assert.equal(await app.ended, 0);
  assert.doesNotMatch(app.output(), /canary-password|cutting/);
});

function getOnce(url: string, agent: Agent): Promise<{ status: number | undefined; close: boolean }> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response
        .resume()
        .once('end', () => resolve({ status: response.statusCode, close: response.headers.connection === 'close' }));
    }).once('error', reject);
  });
}
