import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

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
