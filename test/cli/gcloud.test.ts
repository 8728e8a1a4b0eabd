import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { cliWorld } from '../support/cli.ts';

const world = cliWorld();
const onPath = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

/** A shell that has evaluated what `hello local env` prints, as the README tells people to. */
async function shell(command: string): Promise<string> {
  const { stdout: variables } = await world.ends(0, 'local env');
  const env = { PATH: process.env['PATH'] ?? '', HOME: join(world.folder, 'home') };
  const { stdout } = await promisify(execFile)('sh', ['-c', `${variables}\n${command}`], { env, timeout: 60_000 });
  return stdout;
}

test('gcloud and kubectl see what was applied, with the variables that hello prints', async (t) => {
  if (!onPath('gcloud') || !onPath('kubectl')) return t.skip('gcloud and kubectl are not on PATH');
  await world.ends(0, 'apply --local --yes');
  const [clusters, instances, objects] = await Promise.all([
    shell('gcloud container clusters list'),
    shell('gcloud sql instances list'),
    shell('kubectl get deploy,po,svc -n hello-world'),
  ]);
  assert.match(clusters, /^hello-world-cluster +us-central1 .* RUNNING/m);
  // An older gcloud does not know the newest PostgreSQL, and leaves its column empty.
  assert.match(instances, /^hello-world-db .*us-central1-\w .* RUNNABLE/m);
  assert.match(objects, /^deployment\.apps\/hello-world +1\/1 +1 +1 /m);
  assert.match(objects, /^pod\/hello-world-\S+ +2\/2 +Running +0 /m);
  assert.match(objects, /^service\/hello-world +LoadBalancer .* 80:\d+\/TCP/m);
});
