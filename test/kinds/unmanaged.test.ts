import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { modelOf } from '../../compiler/kinds/kubernetes/api/check-manifest.ts';
import schema from '../../compiler/kinds/kubernetes/api/schema.json' with { type: 'json' };
import { changesOf, stackWorld, succeeded, type Json, type StackWorld } from '../support/stack-world.ts';
import { objectPaths } from './contract/kubernetes-drifts.ts';
import { system } from './contract/system.ts';

// Whatever else somebody writes on our objects is theirs: for every field of the API that we do not set, and every item
// that we have, a value is written behind hello's back, and the plan stays empty.

const models = schema as Readonly<Record<string, Readonly<Record<string, string>>>>;
let world: StackWorld;

before(async () => {
  world = await stackWorld(system);
  succeeded(await world.hello().apply());
});
after(async () => world.stop());

for (const [kind, path] of Object.entries(objectPaths)) {
  test(`${kind}: no field that we do not manage shows up`, async (t) => {
    const live = (await world.kube('GET', path)) as unknown as Live;
    // Not managed either, and it spares the machine a rollout for each field of the pod.
    if (live.kind === 'Deployment') assert.ok(await accepted(path, { spec: { paused: true } }));
    const own = live.metadata.managedFields.find((each) => each.manager === 'hello' && each.operation === 'Apply');
    const moves = movesOf(live, own?.fieldsV1 ?? {});
    const taken: string[] = [];
    for (const { field, patches } of moves) {
      for (const patch of patches) {
        // oxlint-disable-next-line no-await-in-loop -- each writes on the object that the one before has left
        if (!(await accepted(path, patch))) continue;
        taken.push(field);
        break;
      }
    }
    t.diagnostic(`${taken.length} of ${moves.length} fields were taken by the server: ${taken.join(', ')}`);
    assert.ok(taken.length > 1, 'labels and annotations at the least');
    assert.deepEqual(changesOf(await world.hello().plan()), {}, `after ${taken.join(', ')}`);
  });
}

async function accepted(path: string, patch: Json): Promise<boolean> {
  const version = async (): Promise<unknown> =>
    ((await world.kube('GET', path)) as unknown as Live).metadata.resourceVersion;
  const old = await version();
  // Items of lists are known by their keys in a strategic merge alone, which is for built-in types alone.
  const how = path.includes('.com/') ? 'merge-patch' : 'strategic-merge-patch';
  try {
    await world.kube('PATCH', path, patch, `application/${how}+json`);
  } catch {
    return false; // the server has its rules, too
  }
  return old !== (await version());
}

interface Live {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly managedFields: readonly {
      readonly manager: string;
      readonly operation: string;
      readonly fieldsV1: Json;
    }[];
  };
}

interface Move {
  readonly field: string;
  /** To be tried until the server takes one. */
  readonly patches: readonly Json[];
}

/** What identifies an object, or decides whether it lives or works. */
const identity = ['apiVersion', 'kind', 'name', 'namespace', 'uid', 'ownerReferences', 'finalizers', 'status'];
const leftAlone = new Set([...identity, 'paused', 'ttlSecondsAfterFinished']);

/** A write for every field of the object's model that is not in `owned`, down to the items of its lists. */
function movesOf(live: Live, owned: Json): Move[] {
  const model = modelOf(live);
  if (Object.hasOwn(models, model)) return inModel(model, live as unknown as Json, owned, (patch) => patch, '');
  const metadata = owned['f:metadata'] as Json;
  return inModel('V1ObjectMeta', live.metadata, metadata, (inner) => ({ metadata: inner }), 'metadata');
}

type Wrap = (inner: Json) => Json;

function inModel(model: string, live: Json, owned: Json, wrap: Wrap, at: string): Move[] {
  return Object.entries(models[model] ?? {}).flatMap(([field, type]) => {
    if (leftAlone.has(field)) return [];
    const inside = owned[`f:${field}`] as Json | undefined;
    const place = `${at}${at && '.'}${field}`;
    const wrapField = (value: unknown): Json => wrap({ [field]: value });
    if (inside === undefined) return moveTo(valuesOf(type), place, wrapField);
    return inField(type.replace(/!$/, ''), live[field], inside, wrapField, place);
  });
}

function inField(type: string, live: unknown, owned: Json, wrap: (value: unknown) => Json, at: string): Move[] {
  if (Object.keys(owned).length === 0) return []; // ours as a whole
  if (type.startsWith('{}')) return moveTo(valuesOf(type), `${at}.added`, wrap);
  if (!type.startsWith('[]')) return typeof live === 'object' ? inModel(type, live as Json, owned, wrap, at) : [];
  const items = Array.isArray(live) ? (live as Json[]) : [];
  return Object.keys(owned).flatMap((key) => {
    if (!key.startsWith('k:')) return [];
    const known = JSON.parse(key.slice(2)) as Json;
    const item = items.find((each) => Object.entries(known).every(([name, value]) => each[name] === value));
    if (!item) return [];
    const wrapItem = (inner: Json): Json => wrap([{ ...known, ...inner }]);
    return inModel(type.slice(2), item, owned[key] as Json, wrapItem, `${at}[${Object.values(known).join('/')}]`);
  });
}

function moveTo(values: readonly unknown[], field: string, wrap: (value: unknown) => Json): Move[] {
  return values.length === 0 ? [] : [{ field, patches: values.map(wrap) }];
}

/** Values to try for a type; none for a model, whose own fields are written instead when it is there. */
function valuesOf(type: string): unknown[] {
  const plain = type.replace(/!$/, '');
  if (plain.startsWith('{}')) return [{ 'example.com/added': plain === '{}any' ? {} : 'theirs' }, { added: 'theirs' }];
  if (plain.startsWith('[]')) return valuesOf(plain.slice(2)).map((value) => [value]);
  if (Object.hasOwn(models, plain)) return modelValues(plain);
  return (
    { string: ['theirs', 'Never', 'None'], boolean: [true, false], integer: [7, 1], intOrString: [1] }[plain] ?? []
  );
}

/** A struct of its required fields, or else of each of its fields alone. */
function modelValues(model: string): unknown[] {
  const fields = Object.entries(models[model] ?? {});
  const first = (type: string): unknown => valuesOf(type)[0];
  const required = fields.filter(([, type]) => type.endsWith('!'));
  if (required.length > 0) return [Object.fromEntries(required.map(([field, type]) => [field, first(type)]))];
  return fields.flatMap(([field, type]) =>
    Object.hasOwn(models, type.replace(/^(\[\]|\{\})*/, '')) ? [] : valuesOf(type).map((value) => ({ [field]: value })),
  );
}
