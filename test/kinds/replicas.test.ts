import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deploymentType } from '../../compiler/kinds/kubernetes/types.ts';
import { leftToAutoscaler } from '../../compiler/model/resource.ts';
import type { Spec } from '../../compiler/spec/spec.ts';
import { specOf } from '../support/spec.ts';
import { changesOf, stackWorld, succeeded, type StackWorld } from '../support/stack-world.ts';

// The number of replicas goes back and forth between the config and an autoscaler, in the order of these tests. Whatever
// a Deployment is told meanwhile is recorded: a moment with one pod only would be an outage. The pods
// idle, so an autoscaler keeps them at the least that it may.

const config = (replicas: string): string =>
  `name: shop\nproject: test-project\nservices:\n  web: { build: ., command: [node, -e, 'setInterval(() => 0, 1000)'], replicas: ${replicas} }\n`;
const of = (replicas: string): Spec => specOf(config(replicas));
const id = 'kubernetes.deployment/web';
const deployment = '/apis/apps/v1/namespaces/shop/deployments/web';
const autoscalers = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';

let world: StackWorld;
const told: number[] = [];
const watching = new AbortController();
let watch: Promise<void>;

before(async () => {
  world = await stackWorld(config('3'));
  succeeded(await world.hello().apply());
  watch = record();
});
after(async () => {
  watching.abort();
  await watch.catch(() => undefined);
  await world.stop();
});

/** Every number that the Deployment is given, in order. */
async function record(): Promise<void> {
  const api = await world.hello().session.look('close').kubernetes();
  assert.ok(api);
  for await (const { spec } of api.watch(deploymentType, 'web', 'shop', watching.signal)) {
    const { replicas = 1 } = spec as { replicas?: number };
    if (told.at(-1) !== replicas) told.push(replicas);
  }
}

async function change(replicas: string, shows: Record<string, string>): Promise<void> {
  const run = world.hello({}, of(replicas));
  const prepared = await run.plan();
  assert.deepEqual(changesOf(prepared), shows);
  succeeded(await run.apply(prepared));
  assert.deepEqual(changesOf(await world.hello({}, of(replicas)).plan()), {});
}

async function tells(...numbers: number[]): Promise<void> {
  for (let tries = 0; tries < 400 && told.at(-1) !== numbers.at(-1); tries += 1)
    await new Promise((done) => setTimeout(done, 25));
  assert.deepEqual(told, numbers);
}

const update = `update spec.replicas`;
const scaler = 'kubernetes.autoscaler/web';

test('from a number to a range: the plan says whose the number is, and it stays', async () => {
  const fields = (await world.hello({}, of('{ min: 3, max: 5 }')).plan()).plan.changes.find((each) => each.id === id);
  assert.ok(fields?.action === 'update');
  assert.deepEqual(
    fields.fields.map(({ path, before: live, after: wanted }) => [path, live, wanted]),
    [['spec.replicas', 3, leftToAutoscaler]],
  );
  await change('{ min: 3, max: 5 }', { [id]: update, [scaler]: 'create' });
  await tells(3);
});

test('back to a number before the autoscaler has said anything: the number is ours again', async () => {
  await change('4', { [id]: update, [scaler]: 'delete' });
  await tells(3, 4);
});

test('the autoscaler takes the number from where we have left it', async () => {
  await change('{ min: 5, max: 6 }', { [id]: update, [scaler]: 'create' });
  await tells(3, 4, 5);
});

test('from a range to a number: the autoscaler goes first, and the number moves once', async () => {
  const [prepared] = [await world.hello({}, of('2')).plan()];
  const order = prepared.plan.changes.filter(({ action }) => action !== 'noop').map((each) => each.id);
  assert.deepEqual(order, [scaler, id]);
  await change('2', { [scaler]: 'delete', [id]: update });
  await tells(3, 4, 5, 2);
});

test('a number that somebody else set by hand, or by an autoscaler of theirs, is theirs until we are told to take it', async () => {
  const scale = { spec: { replicas: 3 } };
  await world.kube('PATCH', `${deployment}/scale`, scale, 'application/merge-patch+json');
  assert.match(changesOf(await world.hello({}, of('2')).plan())[id] ?? '', /^refuse/);
  succeeded(await world.hello({ forceConflicts: true }, of('2')).apply());
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const theirs = { metadata: { name: 'theirs' }, spec: { scaleTargetRef, minReplicas: 4, maxReplicas: 4 } };
  await world.kube('POST', autoscalers, { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', ...theirs });
  await tells(3, 4, 5, 2, 3, 2, 4);
  assert.match(changesOf(await world.hello({}, of('2')).plan())[id] ?? '', /^refuse/);
});
