import type { Graph } from '../model/graph.ts';
import type { Ctx } from '../model/ports.ts';
import { address, type Resource } from '../model/resource.ts';
import { kindOf, type Registry } from './compile.ts';

/** What carries our mark and is no longer declared, in the order of the registry: later kinds are removed first. */
export async function findUndeclared(graph: Graph, registry: Registry, ctx: Ctx): Promise<Resource[]> {
  const found = await Promise.all(
    registry.map(async (kind) => {
      const owned = (await kind.owned?.(ctx)) ?? [];
      return owned.map(({ key, desired }): Resource => {
        const id = address(kind.name, key);
        return { id, kind: kind.name, key, title: kind.title(desired), desired, after: [], path: [] };
      });
    }),
  );
  return found.flat().filter((resource) => !graph.resources.has(resource.id));
}

/** Those that go before anything is changed, and those that go after, in the order given. */
export function inTheWay(
  undeclared: readonly Resource[],
  registry: Registry,
): readonly [first: readonly Resource[], last: readonly Resource[]] {
  const first = undeclared.filter((each) => kindOf(registry, each.kind).removedFirst === true);
  return [first, undeclared.filter((each) => !first.includes(each))];
}
