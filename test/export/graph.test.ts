import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../compiler/engine/compile.ts';
import { graphView, toDot, toMermaid } from '../../compiler/export/graph.ts';
import { registry } from '../../compiler/kinds/registry.ts';
import { makeGraph } from '../../compiler/model/graph.ts';
import { address, type Resource } from '../../compiler/model/resource.ts';
import { specOf } from '../support/spec.ts';

function resource(kind: string, ...needs: readonly string[]): Resource {
  const after = needs.map((need) => address(need, 'x'));
  return { id: address(kind, 'x'), kind, key: 'x', title: kind, desired: {}, after, path: [] };
}

const seconds: Readonly<Record<string, number>> = { a: 1, b: 10, c: 3, d: 1 };
const diamond = graphView(
  makeGraph([resource('d', 'b', 'c'), resource('b', 'a'), resource('c', 'a'), resource('a')]),
  (kind) => seconds[kind] ?? 0,
);

test('the critical path is the chain that takes longest', () => {
  assert.deepEqual(diamond.critical_path, { seconds: 12, addresses: ['a/x', 'b/x', 'd/x'] });
});

test('a graph without resources has an empty critical path', () => {
  const empty = graphView(makeGraph([]), () => 1);
  assert.deepEqual(empty.critical_path, { seconds: 0, addresses: [] });
});

test('drawings show every resource and every edge, and mark the critical path', () => {
  assert.equal(
    toMermaid(diamond),
    `flowchart LR
  r0["a/x"]:::critical
  r1["b/x"]:::critical
  r2["c/x"]
  r3["d/x"]:::critical
  r0 ==> r1
  r0 --> r2
  r1 ==> r3
  r2 --> r3
  classDef critical stroke:#c00,stroke-width:2px
`,
  );
  assert.match(toDot(diamond), /"a\/x" -> "b\/x" \[color=red\];\n {2}"a\/x" -> "c\/x";/);
});

test('what waits longest in the stack is the database', () => {
  const typical = new Map(registry.map((kind) => [kind.name, kind.typicalSeconds ?? 1]));
  const { critical_path } = graphView(compile(specOf(), registry), (kind) => typical.get(kind) ?? 0);
  assert.ok(critical_path.addresses.some((each) => each.startsWith('google.sql-instance/')));
  assert.ok(critical_path.addresses.at(-1)?.startsWith('kubernetes.deployment/'));
});
