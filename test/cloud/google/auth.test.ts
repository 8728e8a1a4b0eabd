import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { OAuth2Client } from 'google-auth-library';
import { googleIdentity } from '../../../compiler/cloud/google/auth.ts';
import { googleApi } from '../../../compiler/cloud/google/client.ts';
import { serve } from '../../support/http-server.ts';
import { quickHost } from '../../support/quick-host.ts';

/** What a client of Google's own must be given to take its token from us: workload identity federation, by a file. */
function federated(tokenUrl: string, file: string): object {
  return {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/ci',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: tokenUrl,
    credential_source: { file },
  };
}

test('takes application-default credentials, and asks for their token once', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'hello-home-'));
  t.after(async () => rm(home, { recursive: true }));
  const answer = {
    access_token: 'from-adc',
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 3600,
  };
  const { url, seen } = await serve(t, ({ path }) => ({ body: path === '/token' ? answer : {} }));
  const file = join(home, 'credentials.json');
  await writeFile(join(home, 'subject'), 'subject-token');
  await writeFile(file, JSON.stringify(federated(`${url}/token`, join(home, 'subject'))));
  const overrides = Object.fromEntries(
    ['CONTAINER', 'IAM'].map((api) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, url]),
  );
  const env = { PATH: process.env['PATH'], HOME: home, GOOGLE_APPLICATION_CREDENTIALS: file, ...overrides };
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { env, cwd: home });
  assert.equal(stdout.trim(), 'alive');
  assert.deepEqual(
    seen.map((each) => [each.path.split('/')[1], each.headers.authorization]),
    [
      ['token', undefined],
      ['v1', 'Bearer from-adc'],
      ['x', 'Bearer from-adc'],
    ],
  );
});

test('enables the first API of a project without naming the project to bill', async (t) => {
  const disabled = {
    error: {
      code: 403,
      status: 'PERMISSION_DENIED',
      message: 'off',
      details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED' }],
    },
  };
  const { url, seen } = await serve(t, ({ headers }) =>
    headers['x-goog-user-project'] ? { status: 403, body: disabled } : { body: {} },
  );
  const client = new OAuth2Client();
  client.setCredentials({ access_token: 'personal', expiry_date: Date.now() + 3_600_000 });
  client.quotaProjectId = 'p';
  const host = quickHost({ CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE: url });
  const plain = googleIdentity(quickHost({ CLOUDSDK_AUTH_ACCESS_TOKEN: 'personal' }), 'p');
  const identity = { ...plain, client: async () => client, clientWithoutQuotaProject: async () => plain.client() };
  await googleApi(host, { project: 'p', identity }).rest({
    service: 'serviceusage',
    method: 'POST',
    path: '/v1/projects/p/services:batchEnable',
    body: {},
  });
  assert.deepEqual(
    seen.map((each) => each.headers['x-goog-user-project']),
    ['p', undefined],
  );
});

const run = promisify(execFile);

/** Asks GKE for a cluster in a process of its own: without credentials, gax has been seen to end the whole process. */
const script = `
  const { googleApi } = await import(${JSON.stringify(new URL('../../../compiler/cloud/google/client.ts', import.meta.url).href)});
  const { systemHost } = await import(${JSON.stringify(new URL('../../../compiler/base/host.ts', import.meta.url).href)});
  const api = googleApi(systemHost(), { project: 'p' });
  const ask = async () => (await api.container()).getCluster('projects/p/locations/r/clusters/c');
  for (const call of [ask, () => api.rest({ service: 'iam', method: 'GET', path: '/x' })]) {
    await call().catch((error) => console.log(error.name, error.problems[0].code, error.problems[0].fix));
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  console.log('alive');
`;

for (const [what, credentials] of [
  ['there are none', undefined],
  ['their file is missing', '/not/there.json'],
] as const) {
  test(`says how to log in when ${what}, and lives on`, async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'hello-home-'));
    t.after(async () => rm(home, { recursive: true }));
    const env = {
      PATH: process.env['PATH'],
      HOME: home,
      ...(credentials && { GOOGLE_APPLICATION_CREDENTIALS: credentials }),
    };
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], { env, cwd: home });
    assert.deepEqual(stdout.match(/Refusal HELLO2001|alive/g), ['Refusal HELLO2001', 'Refusal HELLO2001', 'alive']);
    assert.match(stdout, /gcloud auth application-default login/);
    assert.equal(stderr, '');
  });
}
