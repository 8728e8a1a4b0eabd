import type { Graph } from '../model/graph.ts';
import type { ResourceId } from '../model/resource.ts';

/** A graph as data: what there is, what needs what, and what decides how long a first apply takes. */
export interface GraphView {
  readonly format_version: '1.0';
  readonly resources: readonly {
    readonly address: ResourceId;
    readonly kind: string;
    readonly title: string;
    /** How long making it typically takes. */
    readonly seconds: number;
  }[];
  /** `from` is needed by `to`, and comes first. */
  readonly edges: readonly { readonly from: ResourceId; readonly to: ResourceId }[];
  /** The chain that nothing can be faster than. */
  readonly critical_path: { readonly seconds: number; readonly addresses: readonly ResourceId[] };
}

/** Pure. `secondsOf` says how long a thing of a kind, by its name, typically takes to make. */
export function graphView(graph: Graph, secondsOf: (kind: string) => number): GraphView {
  const resources = [...graph.resources.values()].map(({ id, kind, title }) => ({
    address: id,
    kind,
    title,
    seconds: secondsOf(kind),
  }));
  const edges = resources.flatMap(({ address }) =>
    (graph.needs.get(address) ?? []).map((from) => ({ from, to: address })),
  );
  return { format_version: '1.0', resources, edges, critical_path: criticalPath(graph, secondsOf) };
}

/** The longest chain by time: in the order of doing, every resource ends when the last of its needs and itself are done. */
function criticalPath(graph: Graph, secondsOf: (kind: string) => number): GraphView['critical_path'] {
  const ends = new Map<ResourceId, { readonly seconds: number; readonly before?: ResourceId }>();
  let last: ResourceId | undefined;
  for (const [id, resource] of graph.resources) {
    const needs = graph.needs.get(id) ?? [];
    const before = needs.reduce<ResourceId | undefined>((latest, need) => later(ends, latest, need), undefined);
    const start = before === undefined ? 0 : (ends.get(before)?.seconds ?? 0);
    ends.set(id, { seconds: start + secondsOf(resource.kind), ...(before !== undefined && { before }) });
    last = later(ends, last, id);
  }
  const addresses: ResourceId[] = [];
  for (let at = last; at !== undefined; at = ends.get(at)?.before) addresses.unshift(at);
  return { seconds: last === undefined ? 0 : (ends.get(last)?.seconds ?? 0), addresses };
}

function later(
  ends: ReadonlyMap<ResourceId, { readonly seconds: number }>,
  one: ResourceId | undefined,
  other: ResourceId,
): ResourceId {
  return one !== undefined && (ends.get(one)?.seconds ?? 0) >= (ends.get(other)?.seconds ?? 0) ? one : other;
}

/** A flowchart, as Markdown hosts draw it. What is on the critical path is marked. */
export function toMermaid(view: GraphView): string {
  const names = new Map(view.resources.map(({ address }, index) => [address, `r${index}`]));
  const critical = new Set(view.critical_path.addresses);
  const nodes = view.resources.map(
    ({ address }) =>
      `  ${names.get(address)}["${address.replaceAll('"', '#quot;')}"]${critical.has(address) ? ':::critical' : ''}`,
  );
  const edges = view.edges.map(
    ({ from, to }) => `  ${names.get(from)} ${isCritical(view, from, to) ? '==>' : '-->'} ${names.get(to)}`,
  );
  const style = '  classDef critical stroke:#c00,stroke-width:2px';
  return `${['flowchart LR', ...nodes, ...edges, style].join('\n')}\n`;
}

/** A digraph for Graphviz. What is on the critical path is red. */
export function toDot(view: GraphView): string {
  const critical = new Set(view.critical_path.addresses);
  const nodes = view.resources.map(
    ({ address, seconds }) =>
      `  ${quoted(address)} [label=${quoted(`${address}\\n${duration(seconds)}`)}${critical.has(address) ? ', color=red' : ''}];`,
  );
  const edges = view.edges.map(
    ({ from, to }) => `  ${quoted(from)} -> ${quoted(to)}${isCritical(view, from, to) ? ' [color=red]' : ''};`,
  );
  return `${['digraph hello {', '  rankdir=LR;', '  node [shape=box];', ...nodes, ...edges, '}'].join('\n')}\n`;
}

/** `45 s`, `7 min`, `7 min 30 s`. */
export function duration(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return [...(minutes > 0 ? [`${minutes} min`] : []), ...(rest > 0 || minutes === 0 ? [`${rest} s`] : [])].join(' ');
}

function isCritical({ critical_path: { addresses } }: GraphView, from: ResourceId, to: ResourceId): boolean {
  const at = addresses.indexOf(from);
  return at >= 0 && addresses[at + 1] === to;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`;
}
