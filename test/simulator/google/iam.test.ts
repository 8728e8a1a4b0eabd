import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { type Answer, done, member, project, refusal, type Served, started } from './served.ts';

const accounts = `iam.googleapis.com/v1/projects/${project}/serviceAccounts`;
const email = `web-app@${project}.iam.gserviceaccount.com`;
const policy = `cloudresourcemanager.googleapis.com/v1/projects/${project}`;

async function create(served: Served): Promise<Answer> {
  return served.call('POST', accounts, {
    accountId: 'web-app',
    serviceAccount: { displayName: 'Web', description: 'ours' },
  });
}

async function readPolicy(served: Served, version = 3): Promise<Answer['body']> {
  return (await served.call('POST', `${policy}:getIamPolicy`, { options: { requestedPolicyVersion: version } })).body;
}

async function grant(served: Served, role: string, ...members: string[]): Promise<Answer> {
  const { etag, bindings } = await readPolicy(served);
  return served.call('POST', `${policy}:setIamPolicy`, {
    policy: { etag, version: 3, bindings: [...(bindings as object[]), { role, members }] },
  });
}

async function withAccount(t: TestContext): Promise<Served> {
  const served = await started(t);
  await create(served);
  return served;
}

test('shows a fresh service account only after a while, to readers and to policies', async (t) => {
  const served = await started(t, { speed: 40 }); // eight seconds of the real service take a fifth of one
  assert.equal((await create(served)).body['email'], email);
  assert.deepEqual(refusal(await served.call('GET', `${accounts}/${email}`)), {
    http: 404,
    status: 'NOT_FOUND',
    reason: 'notFound',
  });
  const early = await grant(served, 'roles/cloudsql.client', `serviceAccount:${email}`);
  assert.equal(member(early.body, 'error', 'message'), `Service account ${email} does not exist.`);
  assert.deepEqual(refusal(await create(served)), { http: 409, status: 'ALREADY_EXISTS', reason: 'alreadyExists' });
  await eventually(
    'the account is visible',
    async () => (await served.call('GET', `${accounts}/${email}`)).status === 200,
  );
  assert.equal((await grant(served, 'roles/cloudsql.client', `serviceAccount:${email}`)).status, 200);
});

test('finds an account by e-mail or unique id, with the project or a dash', async (t) => {
  const served = await withAccount(t);
  const { body } = await served.call(
    'GET',
    `iam.googleapis.com/v1/projects/-/serviceAccounts/${encodeURIComponent(email)}`,
  );
  assert.equal(body['name'], `projects/${project}/serviceAccounts/${email}`);
  assert.equal((await served.call('GET', `${accounts}/${String(body['uniqueId'])}`)).body['email'], email);
  assert.equal((await served.call('GET', `${accounts}/nobody@${project}.iam.gserviceaccount.com`)).status, 404);
});

test('changes only what the update mask names', async (t) => {
  const served = await withAccount(t);
  const patched = await served.call('PATCH', `${accounts}/${email}`, {
    serviceAccount: { displayName: 'New', description: 'x' },
    updateMask: 'displayName',
  });
  assert.deepEqual([patched.body['displayName'], patched.body['description']], ['New', 'ours']);
  assert.equal(
    (await served.call('PATCH', `${accounts}/${email}`, { serviceAccount: {}, updateMask: 'email' })).status,
    400,
  );
});

test('starts a project with an owner that is somebody else', async (t) => {
  const served = await started(t);
  assert.deepEqual(member(await readPolicy(served), 'bindings', 0), {
    role: 'roles/owner',
    members: ['user:owner@example.com'],
  });
});

test('refuses a policy write on a stale etag, and takes the etag as base64url', async (t) => {
  const served = await withAccount(t);
  const { etag, bindings } = await readPolicy(served);
  const urlSafe = String(etag).replaceAll('+', '-').replaceAll('/', '_');
  const write = {
    policy: {
      etag: urlSafe,
      bindings: [...(bindings as object[]), { role: 'roles/viewer', members: [`serviceAccount:${email}`] }],
    },
  };
  const written = await served.call('POST', `${policy}:setIamPolicy`, write);
  assert.deepEqual([written.status, written.body['version']], [200, 1]);
  assert.deepEqual(refusal(await served.call('POST', `${policy}:setIamPolicy`, write)), {
    http: 409,
    status: 'ABORTED',
    reason: undefined,
  });
  assert.equal(String(etag).length % 4, 0);
});

test('keeps conditions for those who ask for policy version 3, and from those who do not', async (t) => {
  const served = await started(t);
  const { etag, bindings } = await readPolicy(served);
  const condition = { title: 'later', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
  const conditional = { role: 'roles/viewer', members: ['user:a@example.com'], condition };
  const write = (version: number): object => ({
    policy: { etag, version, bindings: [...(bindings as object[]), conditional] },
  });
  assert.equal((await served.call('POST', `${policy}:setIamPolicy`, write(1))).status, 400);
  assert.equal((await served.call('POST', `${policy}:setIamPolicy`, write(3))).body['version'], 3);
  const old = await readPolicy(served, 1);
  assert.match(JSON.stringify(old['bindings']), /"roles\/viewer_withcond_/);
  const back = await served.call('POST', `${policy}:setIamPolicy`, { policy: old });
  assert.equal(back.status, 400);
});

test('refuses members and roles that are none', async (t) => {
  const served = await started(t);
  assert.equal((await grant(served, 'roles/viewer', 'someone@example.com')).status, 400);
  assert.equal((await grant(served, 'viewer', 'user:a@example.com')).status, 400);
  assert.equal(
    (await grant(served, 'roles/viewer', `serviceAccount:gone@${project}.iam.gserviceaccount.com`)).status,
    400,
  );
  assert.equal(
    (await grant(served, 'roles/viewer', 'serviceAccount:service-1@gcp-sa-cloud-sql.iam.gserviceaccount.com')).status,
    200,
  );
});

test('knows the workload identity pool only after the first cluster', async (t) => {
  const served = await withAccount(t);
  const bindings = [
    { role: 'roles/iam.workloadIdentityUser', members: [`serviceAccount:${project}.svc.id.goog[shop/web]`] },
  ];
  const before = await served.call('POST', `${accounts}/${email}:setIamPolicy`, { policy: { bindings } });
  assert.match(String(member(before.body, 'error', 'message')), /^Identity Pool does not exist/);
  const location = `container.googleapis.com/v1/projects/${project}/locations/us-central1`;
  const cluster = await served.call('POST', `${location}/clusters`, {
    cluster: { name: 'c', autopilot: { enabled: true } },
  });
  await done(served, `${location}/operations/${String(cluster.body['name'])}`);
  assert.equal((await served.call('POST', `${accounts}/${email}:setIamPolicy`, { policy: { bindings } })).status, 200);

  const ask = {
    project,
    namespace: 'shop',
    serviceAccount: 'web',
    googleServiceAccount: email,
    role: 'roles/cloudsql.client',
  };
  assert.match(served.apis.identities.refusal(ask) ?? '', /lacks roles\/cloudsql\.client/);
  await grant(served, 'roles/cloudsql.client', `serviceAccount:${email}`);
  assert.equal(served.apis.identities.refusal(ask), undefined);
  assert.match(served.apis.identities.refusal({ ...ask, serviceAccount: 'other' }) ?? '', /workloadIdentityUser/);
});

test('marks the members of a deleted account, and gives the name to another identity', async (t) => {
  const served = await withAccount(t);
  const first = (await served.call('GET', `${accounts}/${email}`)).body['uniqueId'];
  await grant(served, 'roles/viewer', `serviceAccount:${email}`);
  assert.equal((await served.call('DELETE', `${accounts}/${email}`)).status, 200);
  assert.equal((await served.call('DELETE', `${accounts}/${email}`)).status, 404);
  const members = ((await readPolicy(served))['bindings'] as { members: string[] }[]).flatMap((each) => each.members);
  assert.ok(members.includes(`deleted:serviceAccount:${email}?uid=${String(first)}`));
  assert.notEqual((await create(served)).body['uniqueId'], first);
});
