import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../compiler/engine/compile.ts';
import { registry } from '../../compiler/kinds/registry.ts';
import { refsIn, type Resource } from '../../compiler/model/resource.ts';
import { specOf, stack } from '../support/spec.ts';

function resourcesOf(text: string): Map<string, Resource> {
  return new Map(compile(specOf(text), registry).resources);
}

test('the stack compiles to every part that people make by hand today', () => {
  assert.deepEqual([...resourcesOf(stack).keys()].toSorted(), [
    'google.cluster/hello-world-cluster',
    'google.enabled-apis/test-project',
    'google.iam-member/cloudsql.client/hello-world',
    'google.peering/default',
    'google.private-range/hello-world-private-services',
    'google.service-account/hello-world',
    'google.sql-database/hello-world-db/hello_world_db',
    'google.sql-instance/hello-world-db',
    'google.sql-user/hello-world-db/hello',
    'google.workload-identity/hello-world',
    'kubernetes.config-map/hello-world',
    'kubernetes.config-map/hello.apply-set',
    'kubernetes.deployment/hello-world',
    'kubernetes.disruption-budget/hello-world',
    'kubernetes.namespace/hello-world',
    'kubernetes.network-policy/hello-world',
    'kubernetes.secret/hello-world-db',
    'kubernetes.service-account/hello-world',
    'kubernetes.service/hello-world',
  ]);
});

test('everything that a resource needs stands before it', () => {
  const graph = compile(specOf(), registry);
  const order = [...graph.resources.keys()];
  for (const [id, needs] of graph.needs) {
    for (const need of needs) assert.ok(order.indexOf(need) < order.indexOf(id), `${need} comes after ${id}`);
  }
});

test('an app without a database has nothing of Cloud SQL, of IAM or of peering', () => {
  const ids = [...resourcesOf('name: plain-app\nproject: test-project\napp: { image: example.com/app:1 }\n').keys()];
  assert.deepEqual(
    ids.filter((id) => /sql|iam|peering|range|workload|secret/.test(id)),
    [],
  );
});

test('an existing cluster is neither made nor removed', () => {
  const ids = [
    ...resourcesOf(stack.replace('cluster: hello-world-cluster', 'cluster: { existing: { context: kind } }')).keys(),
  ];
  assert.ok(!ids.some((id) => id.startsWith('google.cluster/')));
});

test('only the APIs that the spec needs are enabled', () => {
  const plain = resourcesOf('name: plain-app\nproject: test-project\napp: { image: example.com/app:1 }\n');
  const apis = plain.get('google.enabled-apis/test-project')?.desired as { enabled: object };
  assert.deepEqual(Object.keys(apis.enabled), ['compute.googleapis.com', 'container.googleapis.com']);
});

test('no password stands in the graph, only a reference to it', () => {
  const secret = resourcesOf(stack).get('kubernetes.secret/hello-world-db');
  const [ref, ...more] = refsIn(secret && 'data' in secret.desired && secret.desired.data);
  assert.deepEqual([ref, more], [{ ref: 'google.sql-user/hello-world-db/hello', output: 'password' }, []]);
});

test('a changed env value changes what rolls the pods, and changing replicas does not', () => {
  const template = (text: string): string => {
    const desired = resourcesOf(text).get('kubernetes.deployment/hello-world')?.desired;
    return JSON.stringify(desired && 'spec' in desired && (desired.spec as { template: object }).template);
  };
  assert.notEqual(template(stack), template(stack.replace('Hello World', 'Hello Mars')));
  assert.equal(template(stack), template(stack.replace('replicas: 3', 'replicas: 5')));
});

test('names stay within the limits of the services for the shortest and the longest app name', () => {
  for (const name of ['a', 'a'.repeat(30)]) {
    const ids = resourcesOf(`name: ${name}\nproject: test-project\ndb: {}\napp: { image: example.com/app:1 }\n`);
    const account = ids.get(`google.service-account/${name === 'a' ? 'a-hello' : name}`)?.desired as {
      accountId: string;
    };
    assert.match(account.accountId, /^[a-z]([-a-z0-9]{4,28}[a-z0-9])$/);
  }
});
