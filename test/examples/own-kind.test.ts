import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kinds } from '../../compiler/index.ts';
import { resourceQuota } from '../../examples/own-kind/resource-quota.ts';
import { stack } from '../support/spec.ts';
import { stackWorld, type Hello, type StackWorld } from '../support/stack-world.ts';

/** The example's kind, held to what every kind of hello is held to. */
let world: StackWorld;
const all = { kinds: [...kinds, resourceQuota] };
const path = '/api/v1/namespaces/hello-world/resourcequotas/hello-world';
const id = 'kubernetes.resource-quota/hello-world';

before(async () => (world = await stackWorld(stack.replace('replicas: 3', 'replicas: 2'))));
after(async () => world.stop());

function hello(options: object = {}): Hello {
  return world.hello({ ...all, ...options });
}

async function actionOn(run: Hello, mode: 'apply' | 'destroy' = 'apply'): Promise<string | undefined> {
  return (await run.plan(mode)).plan.changes.find((change) => change.id === id)?.action;
}

test('is made, and then shows no difference', async () => {
  assert.equal((await hello().apply()).exit, 0);
  assert.equal(await actionOn(hello()), 'noop');
});

test('a field that was moved is shown, and mended when that is allowed', async () => {
  await world.kube('PATCH', path, { spec: { hard: { pods: '99' } } }, 'application/merge-patch+json');
  assert.equal(await actionOn(hello()), 'refuse');
  assert.equal((await hello({ forceConflicts: true }).apply()).exit, 0);
  assert.equal(await actionOn(hello()), 'noop');
});

test('is pruned when nothing declares it any more', async () => {
  const never = { ...resourceQuota, declare: () => [] };
  const run = hello({ kinds: [...kinds, never] });
  assert.equal(await actionOn(run), 'delete');
  assert.equal((await run.apply()).exit, 0);
  assert.equal(await world.kubeFind(path), undefined);
});

test('one of the same name that is not ours is refused, and stays', async () => {
  const metadata = { name: 'hello-world', namespace: 'hello-world' };
  await world.kube('POST', path.replace(/\/[^/]+$/, ''), {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata,
  });
  const theirs = await world.kubeFind(path);
  const run = hello();
  assert.equal(await actionOn(run), 'refuse');
  assert.equal((await run.apply()).exit, 6);
  assert.deepEqual(await world.kubeFind(path), theirs);
});
