import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conflictPath } from '../../../compiler/kinds/kubernetes/conflict-path.ts';

const object = {
  metadata: { labels: { 'app.kubernetes.io/name': 'web' } },
  spec: {
    ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 5000 }],
    containers: [{ name: 'odd]name', image: 'x', env: [{ name: 'A', value: 'b' }] }],
  },
};

for (const [field, path] of [
  ['.metadata.labels.app.kubernetes.io/name', 'metadata.labels["app.kubernetes.io/name"]'],
  ['.spec.ports[port=80,protocol="TCP"].targetPort', 'spec.ports["80/TCP"].targetPort'],
  ['.spec.containers[name="odd]name"].env[name="A"].value', 'spec.containers["odd]name"].env.A.value'],
  ['.spec.containers[name="gone"].image', 'spec.containers'],
  ['.spec.unknown.field', 'spec'],
] as const) {
  test(`says where ${field} is`, () => assert.equal(conflictPath(field, object), path));
}
