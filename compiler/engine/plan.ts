import { digest } from '../base/digest.ts';
import type { Change, Plan } from '../model/change.ts';
import { dependentsOf, type Graph } from '../model/graph.ts';
import type { Ctx } from '../model/ports.ts';
import { refsIn, resolve, type Resource, type ResourceId } from '../model/resource.ts';
import { changeBase, decide, decideRemoval, type Policy } from './decide.ts';
import { kindOf, type Registry } from './compile.ts';
import { observe, observeWithout, type LiveState } from './observe.ts';
import { findUndeclared, inTheWay } from './prune.ts';

/** A plan, with what carrying it out needs besides. */
export interface Prepared {
  readonly plan: Plan;
  readonly graph: Graph;
  readonly live: LiveState;
  /** Resources that are not in the graph but will be removed. */
  readonly undeclared: readonly Resource[];
}

/** What a run is for: the direction, the names that go into the plan, and what the user allows. */
export interface Ask {
  readonly mode: 'apply' | 'destroy';
  readonly app: string;
  readonly project: string;
  readonly policy: Policy;
}

/** Looks at live, and decides. Writes nothing anywhere. */
export async function prepare(graph: Graph, registry: Registry, ctx: Ctx, ask: Ask): Promise<Prepared> {
  const [found, undeclared] = await Promise.all([observe(graph, registry, ctx), findUndeclared(graph, registry, ctx)]);
  const live = ask.mode === 'apply' ? await forgetStaleOutputs(found, graph, registry, ctx, ask.policy) : found;
  const extra = await observe(
    { resources: new Map(undeclared.map((each) => [each.id, each])), needs: new Map() },
    registry,
    ctx,
  );
  const seen = new Map([...live, ...extra]);
  const changes =
    ask.mode === 'apply'
      ? applyChanges(graph, undeclared, registry, seen, ask.policy)
      : destroyChanges(graph, undeclared, registry, seen, ask.policy);
  const safe = await keepWhatHoldsForeign(changes, graph, undeclared, registry, ctx);
  return { plan: makePlan(ask, keepParents(safe, graph)), graph, live: seen, undeclared };
}

/**
 * An output of something that the plan changes is known only after: what quotes it is looked at again without it, or
 * the plan would promise too little and the next one would not be empty.
 */
async function forgetStaleOutputs(
  found: LiveState,
  graph: Graph,
  registry: Registry,
  ctx: Ctx,
  policy: Policy,
): Promise<LiveState> {
  const resources = [...graph.resources.values()];
  const quotes = new Map(resources.map((resource) => [resource.id, refsIn(resource.desired).map((each) => each.ref)]));
  const quoted = new Set([...quotes.values()].flat());
  const live = new Map(found);
  const stale = new Set<ResourceId>();
  for (const resource of resources) {
    if (quotes.get(resource.id)?.some((id) => stale.has(id))) {
      // oxlint-disable-next-line no-await-in-loop -- each may make those stale that quote it
      live.set(resource.id, await observeWithout(stale, resource, live, registry, ctx));
    }
    const seen = live.get(resource.id);
    if (!quoted.has(resource.id) || seen?.is !== 'present') continue;
    const change = decide(resource, kindOf(registry, resource.kind), seen, policy);
    if ('fields' in change && change.fields.length > 0) stale.add(resource.id);
  }
  return live;
}

/** The plan without looking at anything: as if nothing were there yet, every resource is to be created. Pure. */
export function planOffline(graph: Graph, registry: Registry, ask: Ask): Plan {
  return makePlan(ask, applyChanges(graph, [], registry, new Map(), ask.policy));
}

/** The plan of these changes, with the hash that an apply is held to. */
export function makePlan(ask: Pick<Ask, 'mode' | 'app' | 'project'>, changes: readonly Change[]): Plan {
  const { mode, app, project } = ask;
  return { format_version: '1.0', mode, project, app, changes, hash: digest({ mode, project, app, changes }) };
}

function applyChanges(
  graph: Graph,
  undeclared: readonly Resource[],
  registry: Registry,
  live: LiveState,
  policy: Policy,
): Change[] {
  const declared = [...graph.resources.values()].map((resource) =>
    decide(resource, kindOf(registry, resource.kind), live.get(resource.id) ?? { is: 'absent' }, policy),
  );
  const [first, last] = inTheWay(undeclared, registry);
  const removed = (resources: readonly Resource[]): Change[] =>
    removals(resources, registry, live, policy, 'undeclared');
  return [...removed(first), ...declared, ...removed(last)];
}

function destroyChanges(
  graph: Graph,
  undeclared: readonly Resource[],
  registry: Registry,
  live: LiveState,
  policy: Policy,
): Change[] {
  const declared = [...graph.resources.values()];
  return [
    ...removals(undeclared, registry, live, policy, 'undeclared'),
    ...removals(declared, registry, live, policy, 'destroy'),
  ];
}

function removals(
  resources: readonly Resource[],
  registry: Registry,
  live: LiveState,
  policy: Policy,
  because: 'undeclared' | 'destroy',
): Change[] {
  return resources
    .toReversed()
    .map((resource) =>
      decideRemoval(
        resource,
        kindOf(registry, resource.kind),
        live.get(resource.id) ?? { is: 'absent' },
        policy,
        because,
      ),
    );
}

/** A thing that holds what is not ours is kept, whatever else is destroyed. */
async function keepWhatHoldsForeign(
  changes: readonly Change[],
  graph: Graph,
  undeclared: readonly Resource[],
  registry: Registry,
  ctx: Ctx,
): Promise<Change[]> {
  const resources = new Map([...graph.resources, ...undeclared.map((each) => [each.id, each] as const)]);
  return Promise.all(
    changes.map(async (change): Promise<Change> => {
      const resource = resources.get(change.id);
      if (!resource || change.action !== 'delete') return change;
      const kind = kindOf(registry, resource.kind);
      const why = await kind.holdsForeign?.(
        ctx,
        resolve(resource.desired, () => undefined),
      );
      return why ? { ...changeBase(resource, kind), action: 'keep', why } : change;
    }),
  );
}

/** What something that stays depends on stays too: a kept namespace keeps its cluster. */
function keepParents(changes: readonly Change[], graph: Graph): Change[] {
  const dependents = dependentsOf(graph);
  const stays = new Map<ResourceId, Change>();
  return changes.map((change) => {
    if (change.action === 'delete') {
      const child = (dependents.get(change.id) ?? []).map((id) => stays.get(id)).find((each) => each !== undefined);
      if (child) {
        const { id, kind, title, losesData } = change;
        const kept: Change = {
          id,
          kind,
          title,
          ...(losesData && { losesData }),
          action: 'keep',
          why: `${child.title} needs it`,
        };
        stays.set(id, kept);
        return kept;
      }
    }
    if (change.action === 'refuse' || (change.action === 'keep' && change.why !== 'it is not ours'))
      stays.set(change.id, change);
    return change;
  });
}
