import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitUntil } from '../../../compiler/simulator/processes.ts';
import { nodeWorld, ready } from './node-world.ts';

const writer = `
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
writeFileSync(join(tmpdir(), 'mine-' + process.env.HOSTNAME), 'here');
console.log('temp=' + (process.env.TMPDIR ?? 'none'));
setInterval(() => {}, 1000);
`;

test('an emptyDir at /tmp is a folder of the pod alone, which goes with it', async (t) => {
  const world = nodeWorld(t);
  const image = world.app('writer', writer);
  const mounted = { name: 'app', image, volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] };
  const volumes = [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }];
  for (const pod of ['one', 'two'])
    world.pod(pod, { terminationGracePeriodSeconds: 1, containers: [mounted], volumes });
  const folders = await Promise.all(
    ['one', 'two'].map(async (pod) => {
      await world.until(pod, ready);
      const log = (): string => world.node.podRuntime.logs({ namespace: 'default', pod }) ?? '';
      assert.ok(await waitUntil(() => log().includes('temp='), 5000));
      return /temp=(.*)/.exec(log())?.[1] ?? '';
    }),
  );
  const [one = '', two = ''] = folders;
  assert.notEqual(one, two);
  assert.equal(readFileSync(join(one, 'mine-one'), 'utf8'), 'here');
  assert.ok(!existsSync(join(one, 'mine-two')));
  world.objects.remove('pods', 'one', 'default');
  assert.ok(await waitUntil(() => world.find('one') === undefined, 10_000));
  assert.ok(await waitUntil(() => !existsSync(one), 2000));
  assert.ok(existsSync(join(two, 'mine-two')));
});

test('a pod without such a volume has the folder of the machine', async (t) => {
  const world = nodeWorld(t);
  const image = world.app(
    'plain',
    `console.log('temp=' + (process.env.TMPDIR ?? 'none')); setInterval(() => {}, 1000);`,
  );
  const volumes = [{ name: 'data', emptyDir: {} }];
  const volumeMounts = [{ name: 'data', mountPath: '/data' }];
  world.pod('plain', { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image, volumeMounts }], volumes });
  await world.until('plain', ready);
  const log = (): string => world.node.podRuntime.logs({ namespace: 'default', pod: 'plain' }) ?? '';
  assert.ok(await waitUntil(() => log().includes('temp=none'), 5000));
});
