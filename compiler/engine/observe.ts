import { CloudError, isCloudError } from '../base/errors.ts';
import type { Graph } from '../model/graph.ts';
import type { Observation } from '../model/kind.ts';
import type { Ctx } from '../model/ports.ts';
import { resolve, type Ref, type Resource, type ResourceId } from '../model/resource.ts';
import { kindOf, type Registry } from './compile.ts';

/** What a live resource tells, by name. All texts. */
export type Outputs = Readonly<Record<string, string>>;
/** What one resource was at the moment of looking; to the engine its type is opaque. */
export type Seen = Observation<object, Outputs>;

/** What live was at one moment, for everything in the graph. */
export type LiveState = ReadonlyMap<ResourceId, Seen>;

/**
 * Reads everything at once. A resource waits only for those whose outputs its own desired value quotes; order
 * without data does not delay a read. Throws the first failure: a plan from half a look would be a lie.
 */
export async function observe(graph: Graph, registry: Registry, ctx: Ctx): Promise<LiveState> {
  const seen = new Map<ResourceId, Promise<Seen>>();
  for (const resource of graph.resources.values()) {
    const look = async (): Promise<Seen> => {
      const desired = await resolveLater(resource, async (ref) => outputOf(await seen.get(ref.ref), ref));
      return lookAt(resource, desired, registry, ctx);
    };
    seen.set(resource.id, look());
  }
  const all = await Promise.allSettled(seen.values());
  const failed = all.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
  return new Map(await Promise.all([...seen].map(async ([id, each]) => [id, await each] as const)));
}

/**
 * Looks once more at one resource, with every output of the resources in `stale` unknown: they are about to be changed,
 * so what they tell now is not what they will tell.
 */
export async function observeWithout(
  stale: ReadonlySet<ResourceId>,
  resource: Resource,
  live: LiveState,
  registry: Registry,
  ctx: Ctx,
): Promise<Seen> {
  const desired = resolve<object>(resource.desired, (ref) =>
    stale.has(ref.ref) ? undefined : outputOf(live.get(ref.ref), ref),
  );
  return lookAt(resource, desired, registry, ctx);
}

/** In a fresh project the APIs themselves are off: nothing of theirs can be there, and the plan turns them on. */
async function lookAt(resource: Resource, desired: object, registry: Registry, ctx: Ctx): Promise<Seen> {
  try {
    return (await kindOf(registry, resource.kind).observe(ctx, desired)) as Seen;
  } catch (error) {
    if (isCloudError(error, 'api-disabled')) return { is: 'unreachable', because: 'its API is not enabled yet' };
    if (!isCloudError(error)) throw error;
    throw new CloudError(error.message, { ...error.parts, resource: resource.id, cause: error });
  }
}

/** The output that a reference means, once the resource is there; before, only what is known of it already. */
export function outputOf(seen: Seen | undefined, ref: Ref): string | undefined {
  return seen?.is === 'present' || seen?.is === 'absent' ? seen.outputs?.[ref.output] : undefined;
}

/** The desired value as far as outputs are known. */
export function desiredFrom(resource: Resource, outputs: (id: ResourceId) => Outputs | undefined): object {
  return resolve(resource.desired, (ref) => outputs(ref.ref)?.[ref.output]);
}

async function resolveLater(resource: Resource, read: (ref: Ref) => Promise<string | undefined>): Promise<object> {
  const known = new Map<string, string | undefined>();
  const refs: Ref[] = [];
  resolve(resource.desired, (ref) => void refs.push(ref));
  await Promise.all(refs.map(async (ref) => known.set(`${ref.ref} ${ref.output}`, await read(ref))));
  return resolve(resource.desired, (ref) => known.get(`${ref.ref} ${ref.output}`));
}
