import { isDeepStrictEqual } from 'node:util';
import { CloudError, isCloudError } from '../../base/errors.ts';
import { isObject } from '../../base/json.ts';
import type { Present } from '../../model/kind.ts';
import type { KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import { hasUnknown } from '../../model/resource.ts';
import { conflictPath } from './conflict-path.ts';
import type { Handover } from './handover.ts';
import { manifestOf, type Manifest } from './manifest.ts';

/** How an object of a kind is compared. */
export interface CompareOptions {
  readonly type: KubeType;
  /** Fields that others hold are taken. */
  readonly force: boolean;
  /** Paths that the API changes by replacing the object alone, as `spec.selector`. */
  readonly immutable?: readonly string[] | undefined;
  readonly handover?: Handover | undefined;
}

/** What a plan tells of an object that an apply would change. */
type Difference = Pick<Present<Manifest, never>, 'want' | 'live' | 'conflicts'>;

/** What the server would make of it, by its own dry run, against what it has. */
export async function difference(
  api: KubernetesApi,
  want: Manifest,
  live: KubeObject,
  options: CompareOptions,
): Promise<Difference> {
  const { handover } = options;
  const left = handover?.left(want, live);
  const found = await compareByDryRun(api, left ? left.asIs : want, live, options);
  const conflicts = await conflictsLeft(api, live, found.conflicts ?? [], handover);
  return {
    want: left ? left.shown(found.want) : found.want,
    live: found.live,
    ...(conflicts.length > 0 && { conflicts }),
  };
}

/** Those that the kind does not settle by itself. */
async function conflictsLeft(
  api: KubernetesApi,
  live: KubeObject,
  conflicts: NonNullable<Difference['conflicts']>,
  handover: Handover | undefined,
): Promise<NonNullable<Difference['conflicts']>> {
  if (!handover) return conflicts;
  const taken = await Promise.all(conflicts.map(async (conflict) => handover.takes(api, live, conflict)));
  return conflicts.filter((_, index) => taken[index] !== true);
}

async function compareByDryRun(
  api: KubernetesApi,
  want: Manifest,
  live: KubeObject,
  { type, force, immutable }: CompareOptions,
): Promise<Difference> {
  const has = manifestOf(live);
  if (hasUnknown(want)) return { want: overlay(has, want) as Manifest, live: has };
  const dryRun = async (forced: boolean): Promise<Manifest> => {
    try {
      return manifestOf(await api.apply(type, want, { dryRun: true, force: forced }));
    } catch (error) {
      if (!immutable || !isCloudError(error, 'immutable')) throw error;
      return replacement(has, want, immutable);
    }
  };
  try {
    return { want: await dryRun(force), live: has };
  } catch (error) {
    const conflicts = error instanceof CloudError ? error.parts.conflicts : undefined;
    if (!isCloudError(error, 'conflict') || !conflicts) throw error;
    const forced = await dryRun(true);
    const named = conflicts.map(({ manager, field }) => ({ manager, field: conflictPath(field, forced) }));
    return { want: forced, live: has, conflicts: named };
  }
}

/**
 * What the server refuses to make of the object, and would make of a new one. Where only something was taken away, laying
 * want over live shows no difference: the wanted values stand as they are then.
 */
function replacement(live: Manifest, want: Manifest, immutable: readonly string[]): Manifest {
  const laid = overlay(live, want) as Manifest;
  const paths = immutable.map((path) => path.split('.'));
  if (paths.some((path) => !isDeepStrictEqual(valueAt(laid, path), valueAt(live, path)))) return laid;
  return paths.reduce<unknown>((object, path) => withValue(object, path, valueAt(want, path)), laid) as Manifest;
}

function valueAt(object: unknown, path: readonly string[]): unknown {
  return path.reduce((part, key) => (isObject(part) ? part[key] : undefined), object);
}

function withValue(object: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (!isObject(object) || value === undefined) return object;
  return { ...object, [key]: withValue(object[key], rest, value) };
}

/**
 * Live with the members of want laid over it, in lists item by item: the best guess while something is only known after
 * apply, as that cannot be sent for a dry run.
 */
function overlay(live: unknown, want: unknown): unknown {
  if (Array.isArray(live) && Array.isArray(want))
    return want.map((item, index) => overlay(likeOf(item, live, index), item));
  if (!isObject(live) || !isObject(want)) return want;
  return {
    ...live,
    ...Object.fromEntries(Object.entries(want).map(([key, value]) => [key, overlay(live[key], value)])),
  };
}

/** The live item of the same name; where items have none, the one in the same place. */
function likeOf(item: unknown, live: readonly unknown[], index: number): unknown {
  const name = isObject(item) ? item['name'] : undefined;
  return name === undefined ? live[index] : live.find((each) => isObject(each) && each['name'] === name);
}
