import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../../compiler/simulator/store.ts';
import { done, project, serve, started } from './served.ts';

const location = `container.googleapis.com/v1/projects/${project}/locations/us-central1`;
const sql = `sqladmin.googleapis.com/v1/projects/${project}`;

test('carries on with operations that another process began', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hello-restart-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'store.jsonl');
  const first = await started(t, { store: openStore(file), speed: 200 }); // a cluster takes about two seconds
  const cluster = await first.call('POST', `${location}/clusters`, {
    cluster: { name: 'web', autopilot: { enabled: true } },
  });
  const settings = { tier: 'db-f1-micro', edition: 'ENTERPRISE' };
  const instance = await first.call('POST', `${sql}/instances`, {
    name: 'main',
    databaseVersion: 'POSTGRES_18',
    settings,
  });
  assert.equal((await first.call('GET', `${location}/clusters/web`)).body['status'], 'PROVISIONING');
  await first.stop();

  const second = await serve({ store: openStore(file) });
  t.after(second.stop);
  assert.equal((await done(second, `${location}/operations/${String(cluster.body['name'])}`))['error'], undefined);
  await done(second, `${sql}/operations/${String(instance.body['name'])}`);
  assert.equal((await second.call('GET', `${location}/clusters/web`)).body['status'], 'RUNNING');
  assert.equal((await second.call('GET', `${sql}/instances/main`)).body['state'], 'RUNNABLE');
});

test('starts again what was running before', async (t) => {
  const store = openStore();
  const first = await started(t, { store });
  const cluster = await first.call('POST', `${location}/clusters`, {
    cluster: { name: 'web', autopilot: { enabled: true } },
  });
  await done(first, `${location}/operations/${String(cluster.body['name'])}`);
  await first.stop();
  const second = await serve({ store });
  t.after(second.stop);
  await second.apis.stop();
  assert.deepEqual([...second.clusters.alive], [`projects/${project}/locations/us-central1/clusters/web`]);
});
