import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterManagerClient } from '@google-cloud/container';
import {
  SqlDatabasesServiceClient,
  SqlInstancesServiceClient,
  SqlOperationsServiceClient,
  SqlUsersServiceClient,
} from '@google-cloud/sql';
import { GoogleAuth, OAuth2Client } from 'google-auth-library';
import { eventually } from '../../support/eventually.ts';
import { project, type Served, started, token } from './served.ts';

function options(served: Served) {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: token });
  return {
    fallback: true,
    protocol: 'http',
    apiEndpoint: '127.0.0.1',
    port: served.port,
    auth: new GoogleAuth({ authClient: client }),
  } as const;
}

test("Google's own client creates, reads, labels and deletes a cluster", async (t) => {
  const served = await started(t);
  const gke = new ClusterManagerClient(options(served));
  const parent = `projects/${project}/locations/us-central1`;
  const name = `${parent}/clusters/web`;
  const finished = async (operation: string | null | undefined) =>
    eventually('the operation is done', async () => {
      const [found] = await gke.getOperation({ name: `${parent}/operations/${operation}` });
      return found.status === 'DONE' && found;
    });

  const [created] = await gke.createCluster({
    parent,
    cluster: {
      name: 'web',
      autopilot: { enabled: true },
      releaseChannel: { channel: 'REGULAR' },
      resourceLabels: { team: 'web' },
    },
  });
  assert.equal(created.operationType, 'CREATE_CLUSTER');
  await finished(created.name);
  const [cluster] = await gke.getCluster({ name });
  assert.deepEqual(
    [cluster.status, cluster.releaseChannel?.channel, cluster.autopilot?.enabled],
    ['RUNNING', 'REGULAR', true],
  );
  const [listed] = await gke.listClusters({ parent: `projects/${project}/locations/-` });
  assert.deepEqual(
    listed.clusters?.map((each) => each.name),
    ['web'],
  );

  const [labelled] = await gke.setLabels({
    name,
    resourceLabels: { team: 'api' },
    labelFingerprint: cluster.labelFingerprint ?? '',
  });
  await finished(labelled.name);
  const [config] = await gke.getServerConfig({ name: parent });
  assert.ok(config.channels?.some((each) => each.channel === 'REGULAR'));
  const [deleted] = await gke.deleteCluster({ name });
  await finished(deleted.name);
  await assert.rejects(gke.getCluster({ name }), { code: 5 });
});

test("Google's own client sees the canonical code and the reason of a refusal", async (t) => {
  const served = await started(t);
  const gke = new ClusterManagerClient(options(served));
  const stranger = `projects/other-project/locations/us-central1`;
  await assert.rejects(gke.listClusters({ parent: stranger }), { code: 7 });
  await assert.rejects(
    gke.createCluster({
      parent: `projects/${project}/locations/us-central1`,
      cluster: { name: 'BAD', autopilot: { enabled: true } },
    }),
    { code: 3 },
  );
});

test("Google's own clients create an instance with a database and a user", async (t) => {
  const served = await started(t);
  const sql = new SqlInstancesServiceClient(options(served));
  const operations = new SqlOperationsServiceClient(options(served));
  const finished = async (operation: string | null | undefined) =>
    eventually('the operation is done', async () => {
      const [found] = await operations.get({ project, operation: operation ?? '' });
      return found.status === 'DONE' && found;
    });
  const settings = {
    tier: 'db-f1-micro',
    edition: 'ENTERPRISE',
    userLabels: { team: 'web' },
    dataDiskSizeGb: { value: 20 },
  } as const;
  const [created] = await sql.insert({
    project,
    body: { name: 'main', region: 'us-central1', databaseVersion: 'POSTGRES_18', settings },
  });
  assert.match(String(created.status), /^(PENDING|RUNNING)$/);
  await finished(created.name);

  const [instance] = await sql.get({ project, instance: 'main' });
  assert.deepEqual(
    [instance.state, instance.databaseVersion, instance.settings?.edition],
    ['RUNNABLE', 'POSTGRES_18', 'ENTERPRISE'],
  );
  assert.equal(instance.settings?.dataDiskSizeGb?.value, '20');
  const [databases, users] = [
    new SqlDatabasesServiceClient(options(served)),
    new SqlUsersServiceClient(options(served)),
  ];
  const [database] = await databases.insert({ project, instance: 'main', body: { name: 'app' } });
  assert.equal(database.status, 'DONE');
  const [user] = await users.insert({ project, instance: 'main', body: { name: 'app', password: 'x' } });
  assert.equal(user.operationType, 'CREATE_USER');
  const [found] = await sql.list({ project, filter: 'settings.userLabels.team:web' });
  assert.deepEqual(
    found.items?.map((each) => each.name),
    ['main'],
  );
  const [deleted] = await sql.delete({ project, instance: 'main' });
  await finished(deleted.name);
  await assert.rejects(sql.get({ project, instance: 'main' }), { code: 5 });
});
