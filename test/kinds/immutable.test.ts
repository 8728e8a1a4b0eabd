import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jobNameOf } from '../../compiler/kinds/kubernetes/job.ts';
import { changesOf, stackWorld, succeeded, type Json, type StackWorld } from '../support/stack-world.ts';

// What the API never changes in place: ours is made anew, as nothing is lost with it, and the plan says so.

const config = `name: shop
project: test-project
db: {}
services:
  web: { build: ., command: [node, -e, 'setInterval(() => 0, 1000)'], database: false, replicas: 1 }
jobs:
  once: { build: ., command: [node, -e, '0'], database: false }
`;
let world: StackWorld;
const deployments = '/apis/apps/v1/namespaces/shop/deployments';
const jobs = '/apis/batch/v1/namespaces/shop/jobs';
const secrets = '/api/v1/namespaces/shop/secrets';

before(async () => {
  world = await stackWorld(config);
  succeeded(await world.hello().apply());
});
after(async () => world.stop());

interface Live {
  readonly metadata: Json & { readonly uid: string };
  readonly spec: Json;
  readonly type?: string;
  readonly data?: Json;
}

async function live(path: string): Promise<Live> {
  return world.kube<Live>('GET', path);
}

/** Makes the object anew as somebody with other ideas would have, with our mark on it or without. */
async function remake(path: string, edit: (object: Json & Live) => Json, ours: boolean): Promise<void> {
  const { metadata, ...rest } = (await world.kube('GET', path)) as Json & Live;
  await world.kube('DELETE', path);
  await gone(path, metadata.uid);
  const { name, labels, annotations } = metadata as Json;
  const body = edit({ ...rest, metadata: { name, ...(ours && { labels, annotations }) } } as unknown as Json & Live);
  await world.kube('POST', path.slice(0, path.lastIndexOf('/')), { ...body, status: undefined });
}

async function gone(path: string, uid: string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const found = (await world.kubeFind(path)) as Live | undefined;
    if (found?.metadata.uid !== uid) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  assert.fail(`${path} stays`);
}

const otherSelector = (object: Json & Live): Json => {
  const template = object.spec['template'] as Json & { metadata: { labels: Json } };
  const labels = { ...template.metadata.labels, app: 'old' };
  const selector = { matchLabels: { app: 'old' } };
  return { ...object, spec: { ...object.spec, selector, template: { ...template, metadata: { labels } } } };
};

async function replaced(id: string, path: string, shown: RegExp): Promise<void> {
  const { uid } = (await live(path)).metadata;
  const run = world.hello({ forceConflicts: true });
  const prepared = await run.plan();
  assert.match(changesOf(prepared)[id] ?? '', shown);
  const change = prepared.plan.changes.find((each) => each.id === id);
  assert.ok(change?.action === 'replace' && change.fields.some((field) => field.forces === 'replace'));
  succeeded(await run.apply(prepared));
  assert.notEqual((await live(path)).metadata.uid, uid);
  assert.deepEqual(changesOf(await world.hello().plan()), {});
}

test('a Deployment of ours with another selector is replaced', async () => {
  const path = `${deployments}/web`;
  await remake(path, otherSelector, true);
  await replaced('kubernetes.deployment/web', path, /^replace .*spec\.selector\.matchLabels/);
});

test('one with another selector that is not ours is never deleted, not even with --adopt', async () => {
  const path = `${deployments}/web`;
  await remake(path, otherSelector, false);
  const { uid } = (await live(path)).metadata;
  const run = world.hello({ adopt: true, forceConflicts: true });
  const prepared = await run.plan();
  assert.match(changesOf(prepared)['kubernetes.deployment/web'] ?? '', /^refuse/);
  assert.equal((await run.apply(prepared)).exit, 6);
  assert.equal((await live(path)).metadata.uid, uid);
  await world.kube('DELETE', path);
  await gone(path, uid);
  succeeded(await world.hello().apply());
});

test('a Job of ours with another template is replaced, also when something was only taken away', async () => {
  const [job] = world.spec.jobs;
  const name = job && jobNameOf(world.spec, job);
  const path = `${jobs}/${name}`;
  const template = (object: Json & Live, container: Json): Json => {
    const { selector: _, ...spec } = object.spec;
    const pods = spec['template'] as { spec: Json & { containers: Json[] } };
    const pod = { ...pods.spec, containers: pods.spec.containers.map((each) => ({ ...each, ...container })) };
    return { ...object, metadata: { name: name ?? '', labels: mark }, spec: { ...spec, template: { spec: pod } } };
  };
  for (const container of [{ image: 'example.com/other:1' }, { workingDir: '/' }]) {
    await remake(path, (object) => template(object, container), true);
    await replaced(`kubernetes.job/${name}`, path, /^replace .*spec\.template/);
  }
});

test('a Secret of another type is replaced, and the password in it stays', async () => {
  const path = `${secrets}/shop-db`;
  const { data } = await live(path);
  await remake(path, (object) => ({ ...object, type: 'example.com/other' }), true);
  await replaced('kubernetes.secret/shop-db', path, /^replace .*type/);
  const now = await live(path);
  assert.deepEqual([now.type, now.data], ['Opaque', data]);
});

const mark = {
  'app.kubernetes.io/name': 'once',
  'app.kubernetes.io/part-of': 'shop',
  'app.kubernetes.io/managed-by': 'hello',
};
