import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, readinessOf } from '../../../compiler/kinds/kubernetes/readiness.ts';
import type { KubeObject } from '../../../compiler/model/ports.ts';

const deployment = (status: object, generation = 2): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', generation },
  spec: { replicas: 3 },
  status: { observedGeneration: 2, ...status },
});
const whole = { replicas: 3, updatedReplicas: 3, availableReplicas: 3 };

const deployments: readonly [string, KubeObject, string, RegExp?][] = [
  ['has all replicas, new and available', deployment(whole), 'ready'],
  ['was not looked at since its last change', deployment(whole, 3), 'progressing', /controller/],
  ['has no status yet', { ...deployment({}), status: undefined }, 'progressing'],
  ['has replicas of the version before', deployment({ ...whole, replicas: 4 }), 'progressing', /1 old/],
  [
    'has not made all new replicas',
    deployment({ ...whole, updatedReplicas: 1 }),
    'progressing',
    /1 of 3 replicas updated/,
  ],
  ['waits for replicas to be available', deployment({ ...whole, availableReplicas: 2 }), 'progressing', /2 of 3/],
  [
    'ran past its deadline',
    deployment({
      ...whole,
      availableReplicas: 2,
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' }],
    }),
    'failed',
    /timed out/,
  ],
  ['is wanted with no replica', { ...deployment({}), spec: { replicas: 0 } }, 'ready'],
];
for (const [what, object, is, why] of deployments) {
  test(`a Deployment that ${what} is ${is}`, () => {
    const readiness = readinessOf(object);
    assert.equal(readiness.is, is);
    if (why && readiness.is !== 'ready') assert.match(readiness.why, why);
  });
}

test('a LoadBalancer is ready when it has an address, another Service at once', () => {
  const service: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { type: 'LoadBalancer' },
  };
  assert.equal(readinessOf(service).is, 'progressing');
  const served = { ...service, status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } } };
  assert.equal(readinessOf(served).is, 'ready');
  assert.equal(addressOf(served), '203.0.113.7');
  assert.equal(readinessOf({ ...service, spec: { type: 'ClusterIP' } }).is, 'ready');
});

test('a Job is ready when it has completed, not when it runs', () => {
  const job = (...conditions: object[]): KubeObject => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j' },
    status: { active: 1, conditions },
  });
  assert.equal(readinessOf(job()).is, 'progressing');
  assert.equal(readinessOf(job({ type: 'Complete', status: 'True' })).is, 'ready');
  assert.equal(readinessOf(job({ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' })).is, 'failed');
});

test('whatever is being deleted is not ready', () => {
  const metadata = { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' };
  assert.equal(readinessOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata }).is, 'progressing');
  assert.equal(
    readinessOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' }, status: { phase: 'Terminating' } }).is,
    'progressing',
  );
  assert.equal(readinessOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }).is, 'ready');
});
