import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gcloudMissing, isolatedGcloud } from './gcloud.ts';
import { done, member, project, started } from './served.ts';

test('gcloud reads what is there', async (t) => {
  const missing = gcloudMissing();
  if (missing) {
    t.skip(missing);
    return;
  }
  const served = await started(t);
  const gcloud = isolatedGcloud(served.root);
  t.after(gcloud.remove);
  const location = `container.googleapis.com/v1/projects/${project}/locations/us-central1`;
  const sql = `sqladmin.googleapis.com/v1/projects/${project}`;
  const cluster = await served.call('POST', `${location}/clusters`, {
    cluster: { name: 'web', autopilot: { enabled: true } },
  });
  await done(served, `${location}/operations/${String(cluster.body['name'])}`);
  const instance = await served.call('POST', `${sql}/instances`, {
    name: 'main',
    databaseVersion: 'POSTGRES_18',
    settings: { tier: 'db-f1-micro', edition: 'ENTERPRISE' },
  });
  await done(served, `${sql}/operations/${String(instance.body['name'])}`);
  await served.call('POST', `${sql}/instances/main/databases`, { name: 'app' });
  await served.call('POST', `iam.googleapis.com/v1/projects/${project}/serviceAccounts`, { accountId: 'web-app' });

  const read = async (command: string): Promise<unknown> => {
    const { code, json, stderr } = await gcloud.run(...command.split(' '));
    assert.equal(code, 0, `gcloud ${command}: ${stderr}`);
    return json;
  };
  const names = async (command: string): Promise<unknown> =>
    ((await read(command)) as { name: string }[]).map((each) => each.name);
  assert.deepEqual(await names('container clusters list'), ['web']);
  assert.equal(member(await read('container clusters describe web --region us-central1'), 'status'), 'RUNNING');
  await read('container clusters get-credentials web --region us-central1');
  assert.deepEqual(await names('sql instances list'), ['main']);
  assert.equal(member(await read('sql instances describe main'), 'state'), 'RUNNABLE');
  assert.deepEqual(await names('sql databases list --instance main'), ['postgres', 'app']);
  assert.deepEqual(await names('sql users list --instance main'), ['postgres']);
  assert.deepEqual(await names('iam service-accounts list'), [
    `projects/${project}/serviceAccounts/web-app@${project}.iam.gserviceaccount.com`,
  ]);
  assert.match(JSON.stringify(await read(`projects get-iam-policy ${project}`)), /user:owner@example\.com/);
  assert.ok(
    ((await names('services list --enabled')) as string[]).some((name) => name.endsWith('/container.googleapis.com')),
  );
});

test('gcloud changes things, and waits for their operations', async (t) => {
  const missing = gcloudMissing();
  if (missing) {
    t.skip(missing);
    return;
  }
  const served = await started(t);
  const gcloud = isolatedGcloud(served.root);
  t.after(gcloud.remove);
  const run = async (command: string): Promise<void> => {
    const { code, stderr } = await gcloud.run(...command.split(' '));
    assert.equal(code, 0, `gcloud ${command}: ${stderr}`);
  };
  await run(
    'sql instances create main --database-version=POSTGRES_17 --tier=db-f1-micro --edition=enterprise --region=us-central1',
  );
  await run('sql users create app --instance=main --password=x');
  await run('sql instances delete main');
  await run('iam service-accounts create web-app --display-name=Web');
  await run(
    `projects add-iam-policy-binding ${project} --member=serviceAccount:web-app@${project}.iam.gserviceaccount.com --role=roles/cloudsql.client --condition=None`,
  );
  await run('compute addresses create psa --global --purpose=VPC_PEERING --prefix-length=16 --network=default');
  assert.equal(
    (await served.call('GET', `compute.googleapis.com/compute/v1/projects/${project}/global/addresses/psa`)).status,
    200,
  );
});
