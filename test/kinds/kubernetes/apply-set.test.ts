import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../../compiler/engine/compile.ts';
import { applySetId, idOf, partOfLabel } from '../../../compiler/kinds/kubernetes/apply-set.ts';
import type { Manifest } from '../../../compiler/kinds/kubernetes/manifest.ts';
import { registry } from '../../../compiler/kinds/registry.ts';
import { systemSpec } from '../contract/system.ts';

const manifests = [...compile(systemSpec, registry).resources.values()]
  .filter(({ kind }) => kind.startsWith('kubernetes.'))
  .map(({ desired }) => desired as Manifest);
const parent = manifests.find(({ metadata }) => metadata.name === 'hello.apply-set');

test('makes the id of a set as kubectl does', () => {
  assert.equal(
    idOf({ name: 'set1', namespace: 'aset', kind: 'Secret', group: '' }),
    'applyset-KpQUeVqRaY-fhIMmSeZfbJVtFx6nfRvlEVhn7TyLKR8-v1',
  );
});

test('the set has a parent that names it, its tool, and every type of its members', () => {
  const types = manifests.flatMap(({ apiVersion, kind, metadata }) => {
    const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
    return metadata.labels[partOfLabel] === undefined ? [] : [`${kind}${group}`];
  });
  const named = parent?.metadata.annotations?.['applyset.kubernetes.io/contains-group-kinds']?.split(',') ?? [];
  assert.equal(parent?.metadata.labels['applyset.kubernetes.io/id'], applySetId('hello-world'));
  assert.equal(parent?.metadata.annotations?.['applyset.kubernetes.io/tooling'], 'hello/v1');
  assert.deepEqual(named, named.toSorted());
  assert.deepEqual(
    [...new Set(types)].filter((type) => !named.includes(type)),
    [],
  );
});

test('everything in the namespace is a member, but the parent and what controllers make', () => {
  for (const manifest of manifests) {
    const isMember = manifest.metadata.labels[partOfLabel] === applySetId('hello-world');
    assert.equal(isMember, manifest.kind !== 'Namespace' && manifest !== parent, manifest.metadata.name);
    assert.ok(!JSON.stringify(manifest.spec ?? {}).includes(partOfLabel), manifest.metadata.name);
  }
});
