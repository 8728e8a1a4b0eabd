import { BugError } from '../base/errors.ts';
import { makeGraph, type Graph } from '../model/graph.ts';
import type { AnyKind } from '../model/kind.ts';
import { address, resolve, type Declaration, type Resource } from '../model/resource.ts';
import type { Spec } from '../spec/spec.ts';

/** The kinds that a run knows, by name, in display order. */
export type Registry = readonly AnyKind[];

/** Spec -> everything that should exist, ordered by need. Pure: the same spec gives the same graph. */
export function compile(spec: Spec, registry: Registry): Graph {
  const resources = registry.flatMap((kind) =>
    [...kind.declare(spec)].map((declaration) => toResource(kind, declaration)),
  );
  return makeGraph(resources);
}

function toResource(kind: AnyKind, declaration: Declaration<object>): Resource {
  const { key, desired, after = [], path } = declaration;
  const title = kind.title(resolve(desired, () => undefined));
  return { id: address(kind.name, key), kind: kind.name, key, title, desired, after, path };
}

/** The kind of this name. Throws a BugError when the registry has none: every resource comes from one of its kinds. */
export function kindOf(registry: Registry, name: string): AnyKind {
  const kind = registry.find((each) => each.name === name);
  if (!kind) throw new BugError(`no kind is called ${name}`);
  return kind;
}
