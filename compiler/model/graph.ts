import { BugError } from '../base/errors.ts';
import type { Resource, ResourceId } from './resource.ts';
import { refsIn } from './resource.ts';

/** All that should exist, and what needs what. */
export interface Graph {
  /** In the order of doing: whatever a resource needs stands before it. */
  readonly resources: ReadonlyMap<ResourceId, Resource>;
  /** What each resource waits for: the resources that it refers to or comes after. */
  readonly needs: ReadonlyMap<ResourceId, readonly ResourceId[]>;
}

/**
 * Orders resources so that needs come first; ties keep the given order, so the same input gives the same output.
 * Throws BugError on a cycle, a missing or a doubled address: kinds make edges, users cannot.
 */
export function makeGraph(resources: readonly Resource[]): Graph {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  if (byId.size !== resources.length) throw new BugError(`doubled address: ${firstDouble(resources)}`);
  const needs = new Map(resources.map((resource) => [resource.id, needsOf(resource, byId)]));
  const ordered = new Map<ResourceId, Resource>();
  const trail = new Set<ResourceId>();
  const visit = (id: ResourceId): void => {
    if (ordered.has(id)) return;
    if (trail.has(id)) throw new BugError(`cycle: ${[...trail, id].join(' -> ')}`);
    trail.add(id);
    for (const need of needs.get(id) ?? []) visit(need);
    trail.delete(id);
    const resource = byId.get(id);
    if (resource) ordered.set(id, resource);
  };
  for (const resource of resources) visit(resource.id);
  return { resources: ordered, needs };
}

/** Who waits for each resource: the edges turned round, for removing in reverse order. */
export function dependentsOf(graph: Graph): ReadonlyMap<ResourceId, readonly ResourceId[]> {
  const dependents = new Map<ResourceId, ResourceId[]>([...graph.resources.keys()].map((id) => [id, []]));
  for (const [id, needs] of graph.needs) for (const need of needs) dependents.get(need)?.push(id);
  return dependents;
}

function needsOf(resource: Resource, known: ReadonlyMap<ResourceId, Resource>): ResourceId[] {
  const all = new Set([...resource.after, ...refsIn(resource.desired).map((each) => each.ref)]);
  const missing = [...all].find((id) => !known.has(id));
  if (missing) throw new BugError(`${resource.id} needs ${missing}, which nothing declares`);
  return [...all];
}

function firstDouble(resources: readonly Resource[]): string {
  const seen = new Set<string>();
  for (const { id } of resources) if (seen.size === seen.add(id).size) return id;
  return 'none';
}
