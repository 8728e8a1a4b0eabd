import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliWorld, smallStack } from '../support/cli.ts';

const world = cliWorld();

/** Every regular file under a folder, but for the local cloud's own store. */
function filesOutsideOfTheStore(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (path === world.store) return [];
    if (entry.isDirectory()) return filesOutsideOfTheStore(path);
    return entry.isFile() ? [path] : [];
  });
}

test('no secret is in anything that any command writes, or in a file outside the local cloud', async () => {
  const caches = { NODE_COMPILE_CACHE: join(world.folder, 'compile-cache') };
  const run = async (code: number, line: string): Promise<unknown> => world.ends(code, line, caches);
  await run(0, 'apply --local --yes');
  const secret = await world.kube<{ data: { PGPASSWORD: string } }>(
    'GET',
    '/api/v1/namespaces/hello-world/secrets/hello-world-db',
  );
  const encoded = secret.data.PGPASSWORD;
  const password = Buffer.from(encoded, 'base64').toString();
  const token = readFileSync(join(world.store, 'token'), 'utf8').trim();
  assert.ok(password.length >= 16 && token.length >= 16);
  for (const line of [
    'validate --json --project some-project',
    'compile --project some-project',
    'compile --json --project some-project',
    'plan --local --full',
    'plan --local --json --full',
    'status --local',
    'status --local --json',
    'local status',
    'local status --json',
    'local start --json',
    'local env',
    'local env --json',
  ])
    await run(0, line);
  // Drift of the Secret is shown and mended without being told.
  await world.kube(
    'PATCH',
    '/api/v1/namespaces/hello-world/secrets/hello-world-db',
    { data: { PGPASSWORD: Buffer.from('canary-of-a-stranger').toString('base64') } },
    'application/merge-patch+json',
  );
  await run(2, 'plan --local --detailed-exitcode --full');
  await run(0, 'plan --local --json --full');
  await run(0, 'apply --local --yes --json');
  world.write(smallStack.replace('database: hello_world_db', 'database: hello_world_db\n  user: other'));
  await run(0, 'plan --local --full');
  world.write(smallStack);
  await run(6, 'destroy --local --yes --json');
  await run(0, 'destroy --local --yes --json --allow-data-loss hello-world-db');
  const stranger = Buffer.from('canary-of-a-stranger').toString('base64');
  const secrets = { password, encoded, token, stranger, 'stranger in plain': 'canary-of-a-stranger' };
  for (const [name, value] of Object.entries(secrets)) {
    const at = world.written.findIndex((text) => text.includes(value));
    assert.equal(at, -1, `the ${name} is in what a command wrote: ${world.written[at]?.slice(0, 300)}`);
    for (const file of filesOutsideOfTheStore(world.folder)) {
      assert.ok(!readFileSync(file, 'latin1').includes(value), `the ${name} is in ${file}`);
    }
    assert.ok(!readFileSync(join(world.store, 'daemon.log'), 'utf8').includes(value), `the ${name} is in the log`);
  }
});
