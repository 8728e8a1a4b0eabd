import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, containerEnv } from '../../../compiler/simulator/workloads/pod-env.ts';
import type { ContainerSpec, Pod } from '../../../compiler/simulator/workloads/pod-types.ts';
import { memoryObjects } from './memory-objects.ts';

const ports = new Map([
  [5000, 25_000],
  [5432, 25_432],
]);

function env(container: Partial<ContainerSpec>, imageEnv: Record<string, string> = {}): Record<string, string> {
  const objects = memoryObjects();
  const metadata = { name: 'settings', namespace: 'default' };
  objects.create(
    'configmaps',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { COLOR: 'red', SIZE: 'big' } },
    'test',
  );
  const data = { password: Buffer.from('s3cret').toString('base64') };
  objects.create('secrets', { apiVersion: 'v1', kind: 'Secret', metadata, data }, 'test');
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'default', uid: 'u', resourceVersion: '1', labels: { app: 'web' } },
    spec: { nodeName: 'node-1', containers: [] },
  } satisfies Pod;
  return {
    ...containerEnv({ objects, pod, container: { name: 'app', image: 'x', ...container }, ports, imageEnv }).values,
  };
}

test('a container gets what its spec says, over what its image says', () => {
  const values = env(
    {
      envFrom: [{ configMapRef: { name: 'settings' } }, { prefix: 'DB_', secretRef: { name: 'settings' } }],
      env: [
        { name: 'COLOR', value: 'blue' },
        { name: 'NODE_ENV', value: 'test' },
        { name: 'SIZE_AGAIN', valueFrom: { configMapKeyRef: { name: 'settings', key: 'SIZE' } } },
        { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'MAYBE', valueFrom: { secretKeyRef: { name: 'none', key: 'x', optional: true } } },
      ],
      resources: { limits: { memory: '1Gi' } },
    },
    { NODE_ENV: 'production', LANG: 'C' },
  );
  assert.deepEqual(values, {
    HOSTNAME: 'web-1',
    LANG: 'C',
    NODE_ENV: 'test',
    COLOR: 'blue',
    SIZE: 'big',
    DB_password: 's3cret',
    SIZE_AGAIN: 'big',
    APP: 'web',
    IP: '127.0.0.1',
    MEMORY: '1024',
  });
});

test('a variable is expanded by those before it, as Kubernetes does', () => {
  const values = env({
    env: [
      { name: 'A', value: 'one' },
      { name: 'B', value: '$(A)-$(LATER)-$$(A)-$A' },
      { name: 'LATER', value: 'x' },
    ],
  });
  assert.equal(values['B'], 'one-$(LATER)-$(A)-$A');
});

test('ports of the pod become host ports where a value clearly names one, and nothing else is touched', () => {
  const values = env({
    env: [
      { name: 'PORT', value: '5000' },
      { name: 'PGPORT', value: '5432' },
      { name: 'OTHER_PORT', value: '6000' },
      { name: 'MAX', value: '5000' },
      { name: 'URL', value: 'postgres://u:p@127.0.0.1:5432/db?next=localhost:5000' },
      { name: 'FAR', value: 'http://example.com:5000 localhost:50001' },
      { name: 'LISTEN', value: ':5000' },
    ],
  });
  const { HOSTNAME: _, ...rest } = values;
  assert.deepEqual(rest, {
    PORT: '25000',
    PGPORT: '25432',
    OTHER_PORT: '6000',
    MAX: '5000',
    URL: 'postgres://u:p@127.0.0.1:25432/db?next=localhost:25000',
    FAR: 'http://example.com:5000 localhost:50001',
    LISTEN: ':25000',
  });
});

test('what is missing is said as the kubelet says it', () => {
  const said = (container: Partial<ContainerSpec>): string => {
    try {
      env(container);
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.message;
    }
    return assert.fail('nothing was missing');
  };
  const from = (name: string, key: string): Partial<ContainerSpec> => ({
    env: [{ name: 'X', valueFrom: { secretKeyRef: { name, key } } }],
  });
  assert.equal(said(from('none', 'x')), 'secret "none" not found');
  assert.equal(said(from('settings', 'x')), "couldn't find key x in Secret default/settings");
  assert.equal(said({ envFrom: [{ configMapRef: { name: 'none' } }] }), 'configmap "none" not found');
});
