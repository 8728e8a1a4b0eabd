import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appliesUnchanged } from '../../compiler/kinds/kubernetes/managed-fields.ts';
import { sameQuantity } from '../../compiler/kinds/kubernetes/quantity.ts';
import type { KubeObject } from '../../compiler/model/ports.ts';

const want: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'web', labels: { app: 'web' } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          { name: 'app', image: 'x:1', ports: [{ containerPort: 80 }], resources: { requests: { cpu: '0.1' } } },
        ],
      },
    },
  },
};

const owned = {
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
            'f:name': {},
            'f:image': {},
            'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
            'f:resources': { 'f:requests': { 'f:cpu': {} } },
          },
        },
      },
    },
  },
};

/** As the server would have it after our apply: defaults filled in, quantities in their own spelling. */
function live(
  edit: (object: { metadata: Record<string, unknown>; spec: Record<string, unknown> }) => void = () => undefined,
): KubeObject {
  const object = structuredClone(want) as unknown as {
    metadata: Record<string, unknown>;
    spec: Record<string, unknown>;
  };
  const container = (object.spec as unknown as { template: { spec: { containers: Record<string, unknown>[] } } })
    .template.spec.containers[0];
  Object.assign(container ?? {}, {
    imagePullPolicy: 'IfNotPresent',
    ports: [{ containerPort: 80, protocol: 'TCP' }],
    resources: { requests: { cpu: '100m' } },
  });
  object.metadata['managedFields'] = [{ manager: 'hello', operation: 'Apply', fieldsV1: owned }];
  edit(object);
  return object as unknown as KubeObject;
}

test('defaults and spellings of the server are no difference', () => {
  assert.equal(appliesUnchanged(want, live()), true);
});

test('another value of a field that we own is a difference', () => {
  assert.equal(
    appliesUnchanged(
      want,
      live((object) => (object.spec['replicas'] = 4)),
    ),
    false,
  );
});

test('a field that another manager has taken from us is a difference', () => {
  const fieldsV1 = structuredClone(owned) as { 'f:spec': Record<string, unknown> };
  delete fieldsV1['f:spec']['f:replicas'];
  const taken = live(
    (object) => (object.metadata['managedFields'] = [{ manager: 'hello', operation: 'Apply', fieldsV1 }]),
  );
  assert.equal(appliesUnchanged(want, taken), false);
});

test('a field that we own and no longer want is a difference', () => {
  const { spec, ...rest } = want;
  const { replicas: _replicas, ...less } = spec as { replicas: number };
  assert.equal(appliesUnchanged({ ...rest, spec: less }, live()), false);
});

test('an object that we never applied is a difference', () => {
  assert.equal(
    appliesUnchanged(
      want,
      live((object) => delete object.metadata['managedFields']),
    ),
    false,
  );
});

test('an item that another manager added to a list is no difference', () => {
  const injected = live((object) => {
    const template = object.spec['template'] as { spec: { containers: object[] } };
    template.spec.containers.push({ name: 'injected', image: 'y' });
  });
  assert.equal(appliesUnchanged(want, injected), true);
});

test('quantities are compared as amounts', () => {
  assert.ok(sameQuantity('0.1', '100m'));
  assert.ok(sameQuantity('65536Ki', '64Mi'));
  assert.ok(sameQuantity(1, '1'));
  assert.ok(!sameQuantity('1Gi', '1G'));
  assert.ok(!sameQuantity('abc', 'abc'));
});
