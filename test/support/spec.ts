import assert from 'node:assert/strict';
import { read } from '../../compiler/spec/read.ts';
import type { Spec } from '../../compiler/spec/spec.ts';

/** The stack that hello replaces: cluster, database, three replicas behind a load balancer. */
export const stack = `name: hello-world
project: test-project
cluster: hello-world-cluster
db:
  instance: hello-world-db
  database: hello_world_db
app:
  build: .
env:
  GREETING: Hello World
replicas: 3
ports: ['80:5000']
`;

/** The spec that a config means, with lines replaced or added for the test. */
export function specOf(text: string = stack): Spec {
  const result = read(text, 'hello.config.yaml', {});
  if (!result.ok) assert.fail(result.problems.map((each) => each.message).join('\n'));
  return result.value;
}
