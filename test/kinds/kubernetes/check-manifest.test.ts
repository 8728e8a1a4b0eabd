import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../../compiler/engine/compile.ts';
import { checkManifest } from '../../../compiler/kinds/kubernetes/api/check-manifest.ts';
import type { Manifest } from '../../../compiler/kinds/kubernetes/manifest.ts';
import { registry } from '../../../compiler/kinds/registry.ts';
import { resolve } from '../../../compiler/model/resource.ts';
import { systemSpec } from '../contract/system.ts';

const manifests = [...compile(systemSpec, registry).resources.values()]
  .filter(({ kind }) => kind.startsWith('kubernetes.'))
  .map(({ desired }) => resolve<Manifest>(desired as Manifest, () => undefined));

test('finds nothing wrong with what hello makes', () => {
  assert.ok(manifests.length > 10);
  assert.deepEqual(manifests.flatMap(checkManifest), []);
});

const deployment = manifests.find(({ kind }) => kind === 'Deployment');
assert.ok(deployment);

/** The Deployment with another value somewhere in it. */
function edited(path: readonly (string | number)[], value: unknown): Manifest {
  const copy = structuredClone(deployment) as unknown as Record<string | number, unknown>;
  const holder = path.slice(0, -1).reduce((at, part) => at[part] as typeof copy, copy);
  holder[path.at(-1) ?? ''] = value;
  return copy as unknown as Manifest;
}

const inContainer = (...path: string[]): (string | number)[] => ['spec', 'template', 'spec', 'containers', 0, ...path];

for (const [what, path, value, said] of [
  ['an unknown field', ['spec', 'replica'], 3, 'spec.replica is not a field of the API'],
  ['a field in the wrong place', ['image'], 'x', 'image is not a field of the API'],
  ['a wrong type', ['spec', 'replicas'], '3', 'spec.replicas must be a whole number'],
  ['a list for one value', inContainer('image'), ['x'], 'spec.template.spec.containers[0].image must be a string'],
  ['one value for a list', inContainer('args'), 'x', 'spec.template.spec.containers[0].args must be a list'],
  ['a missing field', inContainer('name'), undefined, 'spec.template.spec.containers[0].name is missing'],
  [
    'a value that is not allowed',
    ['spec', 'strategy', 'type'],
    'Rolling',
    'spec.strategy.type must be one of Recreate, RollingUpdate',
  ],
  [
    'an amount that is none',
    inContainer('resources', 'requests', 'cpu'),
    'much',
    'spec.template.spec.containers[0].resources.requests.cpu must be an amount like 250m or 1Gi',
  ],
] as const) {
  test(`finds ${what}`, () => assert.deepEqual(checkManifest(edited(path, value)), [said]));
}

test('takes a number for an amount, and no list of one', () => {
  const limit = ['spec', 'template', 'spec', 'volumes', 0, 'emptyDir', 'sizeLimit'];
  assert.deepEqual(checkManifest(edited(limit, 5_000_000)), []);
  for (const path of [limit, inContainer('resources', 'requests', 'cpu')]) {
    assert.match(checkManifest(edited(path, ['1'])).join(), /must be an amount like 250m or 1Gi/);
  }
});

test('says nothing of a type that is not built in', () => {
  assert.deepEqual(checkManifest({ apiVersion: 'example.com/v1', kind: 'Thing' }), []);
});
