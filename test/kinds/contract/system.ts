import { specOf, stack } from '../../support/spec.ts';
import type { Spec } from '../../../compiler/spec/spec.ts';

/** The stack, with something of every other kind beside its app. */
export const system: string = stack.replace(
  /app:[^]*$/,
  `env:
  GREETING: Hello World
services:
  hello-world: { build: ., replicas: 1, ports: ['80:5000'], metrics: /metrics }
  scaled: { build: ., command: [node, -e, 'setInterval(() => 0, 1000)'], replicas: { min: 1, max: 2 }, database: false }
jobs:
  once: { build: ., command: [node, -e, '0'], database: false }
  nightly: { build: ., command: [node, -e, '0'], database: false, schedule: '0 3 * * *' }
`,
);

export const systemSpec: Spec = specOf(system);
