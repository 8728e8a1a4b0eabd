import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  configMap,
  configMaps,
  deployment,
  deployments,
  startCluster,
  type Answer,
  type Json,
  type TestCluster,
} from './cluster.ts';

const manager = ({ json }: Answer, name: string, operation = 'Apply'): Json =>
  json.metadata.managedFields.find((entry: Json) => entry.manager === name && entry.operation === operation);

test('records exactly the fields that were applied, with items by their keys', async (t) => {
  const { apply } = await startCluster(t);
  const answer = await apply(`${deployments}/web`, deployment('web'));
  assert.deepEqual(manager(answer, 'hello').fieldsV1, {
    'f:metadata': { 'f:labels': { 'f:app': {} } },
    'f:spec': {
      'f:replicas': {},
      'f:selector': {},
      'f:template': {
        'f:metadata': { 'f:labels': { 'f:app': {} } },
        'f:spec': {
          'f:containers': {
            'k:{"name":"app"}': {
              '.': {},
              'f:image': {},
              'f:name': {},
              'f:ports': { 'k:{"containerPort":8080,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
              'f:resources': { 'f:requests': { 'f:cpu': {}, 'f:ephemeral-storage': {}, 'f:memory': {} } },
            },
          },
        },
      },
    },
  });
});

test('applying the same again keeps version, generation and times', async (t) => {
  const { apply } = await startCluster(t);
  const body = configMap('a', { x: '1' });
  const first = await apply(`${configMaps}/a`, body);
  const second = await apply(`${configMaps}/a`, body);
  assert.deepEqual(second.json, first.json);
});

test('names every conflict, and lets force take the fields', async (t) => {
  const { apply, ask } = await startCluster(t);
  const path = `${configMaps}/a`;
  await apply(path, configMap('a', { x: '1', y: '1' }), 'fieldManager=other');
  const one = await apply(path, configMap('a', { x: '2' }));
  assert.equal(one.code, 409);
  assert.equal(one.json.message, 'Apply failed with 1 conflict: conflict with "other": .data.x');
  assert.deepEqual(one.json.details, {
    causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "other"', field: '.data.x' }],
  });
  await ask('PATCH', `${path}?fieldManager=editor`, {
    body: { data: { z: '1' } },
    type: 'application/merge-patch+json',
  });
  const two = await apply(path, configMap('a', { x: '2', z: '2' }));
  assert.equal(
    two.json.message,
    'Apply failed with 2 conflicts: conflicts with "editor" using v1:\n- .data.z\nconflicts with "other":\n- .data.x',
  );
  const forced = await apply(path, configMap('a', { x: '2' }), 'fieldManager=hello&force=true');
  assert.deepEqual(manager(forced, 'other').fieldsV1, { 'f:data': { 'f:y': {} } });
});

test('a dropped field goes back to its default, unless somebody else holds it', async (t) => {
  const { apply } = await startCluster(t);
  const path = `${deployments}/web`;
  const { replicas: _dropped, ...spec } = deployment('web').spec;
  await apply(path, deployment('web', { replicas: 4 }));
  const alone = await apply(path, { ...deployment('web'), spec });
  assert.equal(alone.json.spec.replicas, 1);
  await apply(path, deployment('web', { replicas: 4 }));
  const handover = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 4 } };
  assert.equal((await apply(path, handover, 'fieldManager=handover')).code, 200);
  const kept = await apply(path, { ...deployment('web'), spec });
  assert.equal(kept.json.spec.replicas, 4);
});

test('a scale takes the replicas, under its subresource, and keeps the generation honest', async (t) => {
  const { apply, ask } = await startCluster(t);
  const path = `${deployments}/web`;
  await apply(path, deployment('web', { replicas: 0 }));
  const scale = await ask('PATCH', `${path}/scale?fieldManager=scaler`, {
    body: { spec: { replicas: 3 } },
    type: 'application/merge-patch+json',
  });
  assert.equal(scale.json.kind, 'Scale');
  assert.equal(scale.json.spec.replicas, 3);
  assert.equal(scale.json.status.selector, 'app=web');
  const live = await ask('GET', path);
  assert.equal(manager(live, 'scaler', 'Update').subresource, 'scale');
  const conflict = await apply(path, deployment('web', { replicas: 1 }));
  assert.equal(
    conflict.json.details.causes[0].message,
    'conflict with "scaler" with subresource "scale" using apps/v1',
  );
});

test('an applied list keeps its own order, and foreign items their place', async (t) => {
  const { apply } = await startCluster(t);
  const path = `${deployments}/web`;
  const withEnv = (...names: readonly string[]): Json => {
    const body = deployment('web', { replicas: 0 });
    body.spec.template.spec.containers[0].env = names.map((name) => ({ name, value: name }));
    return body;
  };
  await apply(path, withEnv('Z'), 'fieldManager=injector');
  await apply(path, withEnv('A'));
  const answer = await apply(path, withEnv('B', 'A'));
  const env = (from: Answer): string[] => from.json.spec.template.spec.containers[0].env.map((each: Json) => each.name);
  assert.deepEqual(env(answer), ['Z', 'B', 'A']);
  assert.deepEqual(env(await apply(path, withEnv('A'))), ['Z', 'A']);
});

test('objects without owners count as written before the first apply', async (t) => {
  const { apply, ask } = await startCluster(t);
  const path = `${configMaps}/a`;
  await ask('POST', configMaps, { body: configMap('a', { x: '1' }) });
  await ask('PATCH', path, {
    body: [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }],
    type: 'application/json-patch+json',
  });
  const answer = await apply(path, configMap('a', { x: '2' }));
  assert.equal(answer.json.details.causes[0].message, 'conflict with "before-first-apply" using v1');
});

/** A small generator of numbers from a seed, the same on every machine (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Data = Readonly<Record<string, string>>;

/** What the managers of one ConfigMap think, told apart from the server's way to work it out. */
interface Model {
  readonly data: Record<string, string>;
  readonly owners: Map<string, Set<string>>;
}

function predicted(model: Model, who: string, wanted: Data): string[] {
  return [...model.owners]
    .filter(([name]) => name !== who)
    .flatMap(([name, keys]) =>
      [...keys].filter((key) => key in wanted && model.data[key] !== wanted[key]).map((key) => `${name} .data.${key}`),
    )
    .toSorted();
}

function settle(model: Model, who: string, wanted: Data): void {
  const others = [...model.owners].filter(([name]) => name !== who);
  for (const key of model.owners.get(who) ?? []) {
    if (!(key in wanted) && !others.some(([, keys]) => keys.has(key))) delete model.data[key];
  }
  for (const [key, value] of Object.entries(wanted)) {
    if (model.data[key] !== value) for (const [, keys] of others) keys.delete(key);
    model.data[key] = value;
  }
  model.owners.set(who, new Set(Object.keys(wanted)));
}

async function play({ apply }: TestCluster, random: () => number, model: Model, step: string): Promise<void> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const who = pick(['ann', 'bob', 'cat']);
  const keys = ['p', 'q', 'r', 's', 't'].filter(() => random() < 0.5);
  const wanted: Data = Object.fromEntries(keys.map((key) => [key, pick(['1', '2', '3'])]));
  const force = random() < 0.5;
  const body = configMap('shared', wanted);
  if (keys.length === 0) delete body.data;
  const query = `fieldManager=${who}&force=${force}`;
  const conflicts = predicted(model, who, wanted);
  const answer = await apply(`${configMaps}/shared`, body, query);
  if (conflicts.length > 0 && !force) {
    assert.equal(answer.code, 409, step);
    const told = answer.json.details.causes.map(
      ({ message, field }: Json) => `${/"(.*)"/.exec(message)?.[1]} ${field}`,
    );
    assert.deepEqual(told.toSorted(), conflicts, step);
    return;
  }
  settle(model, who, wanted);
  assert.deepEqual(answer.json.data ?? {}, model.data, step);
  for (const [name, owned] of model.owners) {
    const fields = Object.keys(manager(answer, name)?.fieldsV1['f:data'] ?? {}).map((key) => key.slice(2));
    assert.deepEqual(fields.toSorted(), [...owned].toSorted(), `${step}: what ${name} owns`);
  }
  const again = await apply(`${configMaps}/shared`, body, query);
  assert.deepEqual(again.json, answer.json, `${step}: applied twice`);
}

test('any applies by several managers leave what their rules say', async (t) => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`SEED=${seed}`);
  const random = chance(seed);
  const cluster = await startCluster(t);
  const model: Model = { data: {}, owners: new Map() };
  for (let step = 0; step < 150; step += 1) await play(cluster, random, model, `seed ${seed}, step ${step}`);
});

test('any containers of several managers merge by name, and each keeps its order', async (t) => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`SEED=${seed}`);
  const random = chance(seed);
  const { apply } = await startCluster(t);
  const wants = new Map<string, readonly string[]>();
  for (let step = 0; step < 60; step += 1) {
    const who = random() < 0.5 ? 'ann' : 'bob';
    const names = ['a', 'b', 'c', 'd', 'e'].filter(() => random() < 0.5).toSorted(() => random() - 0.5);
    const body = deployment('web', { replicas: 0 });
    const [container] = body.spec.template.spec.containers;
    container.env = names.map((name) => ({ name, value: name }));
    const answer = await apply(`${deployments}/web`, body, `fieldManager=${who}&force=true`);
    assert.equal(answer.code < 300, true, answer.text);
    wants.set(who, names);
    const env: string[] = (answer.json.spec.template.spec.containers[0].env ?? []).map((each: Json) => each.name);
    const about = `seed ${seed}, step ${step}`;
    assert.deepEqual(env.toSorted(), [...new Set([...wants.values()].flat())].toSorted(), about);
    assert.deepEqual(
      env.filter((name) => names.includes(name)),
      names,
      about,
    );
  }
});
