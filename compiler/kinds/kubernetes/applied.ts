import { CloudError, isCloudError } from '../../base/errors.ts';
import {
  defineKind,
  type Kind,
  type Observation,
  type Present,
  type RolledBack,
  type Rules,
  type Trouble,
} from '../../model/kind.ts';
import type { Ctx, KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import { hasUnknown, type Declaration } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { isObject, type Path } from '../../base/json.ts';
import { conflictPath } from './conflict-path.ts';
import { managedSelector, ownerOf } from './labels.ts';
import { appliesUnchanged, sameLeafValue } from './managed-fields.ts';
import { readinessOf } from './readiness.ts';

/** A manifest: what we send of an object, no more. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: object;
  readonly data?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly automountServiceAccountToken?: boolean;
  /** Found by its mark and declared by nothing: there is nothing to compare it with. Never sent. */
  readonly listed?: true;
}

export interface AppliedOptions<O extends Readonly<Record<string, string>>> {
  readonly name: string;
  readonly docs: string;
  readonly type: KubeType;
  readonly declare: (spec: Spec) => Iterable<Declaration<Manifest>>;
  readonly title?: (manifest: Manifest) => string;
  /** `data` is secret. */
  readonly secret?: true;
  /** Nobody but hello can know what belongs in it: fields that others hold are taken back. */
  readonly generated?: true;
  readonly outputs?: (live: KubeObject) => O;
  readonly readyWithinMs?: number;
  readonly typicalSeconds?: number;
  readonly runsAgain?: true;
  readonly explain?: (api: KubernetesApi, live: KubeObject, path: Path) => Promise<Trouble | undefined>;
  readonly rollBack?: (api: KubernetesApi, want: Manifest, first: () => Promise<void>) => Promise<RolledBack>;
  readonly goesBackToo?: true;
  readonly holdsForeign?: Kind<Manifest, O>['holdsForeign'];
  /** Not every cluster serves the type: why nothing is made where it does not. */
  readonly optional?: string;
  /** Whether waiting follows a watch. Only for what takes its time. */
  readonly watched?: true;
}

/**
 * A kind of Kubernetes object, made of a manifest function: written by server-side apply, compared by managed fields,
 * confirmed by the server's own dry run. Such a kind needs no code for the API.
 */
export function appliedKind<O extends Readonly<Record<string, string>>>(options: AppliedOptions<O>): Kind<Manifest, O> {
  const { type, explain, rollBack } = options;
  const forced = (ctx: Ctx): boolean => ctx.forceConflicts || options.generated === true;
  const find = async (ctx: Ctx, want: Manifest): Promise<KubeObject | undefined> =>
    (await ctx.kubernetes())?.find(type, want.metadata.name, want.metadata.namespace);
  return defineKind<Manifest, O>({
    name: options.name,
    docs: options.docs,
    declare: options.declare,
    title: options.title ?? ((manifest) => `${manifest.kind} ${manifest.metadata.name}`),
    rules: rulesOf(options.secret),
    ...(options.readyWithinMs && { readyWithinMs: options.readyWithinMs }),
    ...(options.typicalSeconds && { typicalSeconds: options.typicalSeconds }),
    ...(options.runsAgain && { runsAgain: true }),
    ...(options.holdsForeign && { holdsForeign: options.holdsForeign }),
    async observe(ctx, want) {
      return observeObject(ctx, want, { ...options, force: forced(ctx) });
    },
    async create(ctx, want) {
      await (await reachable(ctx)).apply(type, want, { force: forced(ctx) });
    },
    async update(ctx, want, _fields, seen) {
      // Taking over an unmarked object means taking its fields over, too: that is what --adopt allows.
      await (await reachable(ctx)).apply(type, want, { force: forced(ctx) || seen.owner === 'nobody' });
    },
    async remove(ctx, want) {
      const live = await find(ctx, want);
      if (live) await (await reachable(ctx)).remove(type, live);
    },
    async owned(ctx) {
      const api = await ctx.kubernetes();
      const query = { labelSelector: managedSelector, ...(type.namespaced && { namespace: ctx.app }) };
      const found = (await api?.list(type, query)) ?? [];
      return found
        .filter((object) => ownerOf(object, ctx.app) === 'us' && !object.metadata.ownerReferences)
        .map(ownedEntry);
    },
    ...(explain && {
      async explain(ctx: Ctx, want: Manifest, path: Path) {
        const live = await find(ctx, want);
        return live && explain(await reachable(ctx), live, path);
      },
    }),
    ...(rollBack && {
      async rollBack(ctx: Ctx, want: Manifest, first: () => Promise<void>) {
        return rollBack(await reachable(ctx), want, first);
      },
    }),
    ...(options.goesBackToo && { goesBackToo: true }),
    ...(options.watched && {
      async nextChange(ctx: Ctx, want: Manifest, signal: AbortSignal) {
        await nextChange(await reachable(ctx), type, want, signal);
      },
    }),
  });
}

/** Of a key of a namespaced object, the namespace is the app's own: it need not be said. */
export function keyOf(manifest: { readonly metadata: { readonly name: string } }): string {
  return manifest.metadata.name;
}

function ownedEntry(object: KubeObject): { key: string; desired: Manifest } {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, labels = {} } = metadata;
  const named = { name, ...(namespace && { namespace }), labels };
  const desired = { apiVersion, kind, metadata: named, listed: true as const };
  return { key: keyOf(desired), desired };
}

/** How the API server tells items of lists apart: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy */
const itemKeys = {
  ports: [
    ['containerPort', 'protocol'],
    ['port', 'protocol'],
  ],
  volumeMounts: [['mountPath']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
  ownerReferences: [['uid']],
};

function rulesOf(secret: true | undefined): Rules<Manifest> {
  const whole = { rule: 'whole', itemKeys, sameLeaf: sameLeafValue } as const;
  return {
    apiVersion: 'immutable',
    kind: 'immutable',
    metadata: whole,
    spec: whole,
    data: secret ? 'secret' : whole,
    type: 'immutable',
    automountServiceAccountToken: 'mutable',
    listed: 'mutable',
  };
}

async function observeObject<O extends Readonly<Record<string, string>>>(
  ctx: Ctx,
  want: Manifest,
  how: Pick<AppliedOptions<O>, 'type' | 'outputs' | 'optional'> & { readonly force: boolean },
): Promise<Observation<Manifest, O>> {
  const { type, force, optional, outputs = () => ({}) as O } = how;
  const api = await ctx.kubernetes();
  if (!api) return { is: 'unreachable', because: 'the cluster is not there yet' };
  const live = await api.find(type, want.metadata.name, want.metadata.namespace);
  if (!live && optional !== undefined && !(await api.serves(type))) return { is: 'unserved', because: optional };
  if (!live) return { is: 'absent' };
  const present = { is: 'present', owner: ownerOf(live, ctx.app), outputs: outputs(live) } as const;
  if (live.metadata.deletionTimestamp) {
    const readiness = { is: 'progressing', why: 'being deleted', busy: true } as const;
    return { ...present, want, live: want, readiness };
  }
  const readiness = readinessOf(live);
  if (want.listed) return { ...present, want, live: want, readiness };
  if (appliesUnchanged(want, live)) return { ...present, want, live: want, readiness };
  return { ...present, readiness, ...(await difference(api, type, want, live, force)) };
}

/** What the server would make of it, against what it has. */
async function difference(
  api: KubernetesApi,
  type: KubeType,
  want: Manifest,
  live: KubeObject,
  force: boolean,
): Promise<Pick<Present<Manifest, never>, 'want' | 'live' | 'conflicts'>> {
  if (hasUnknown(want)) return { want: overlay(strip(live), want) as Manifest, live: strip(live) };
  try {
    return { want: strip(await api.apply(type, want, { dryRun: true, force })), live: strip(live) };
  } catch (error) {
    const conflicts = error instanceof CloudError ? error.parts.conflicts : undefined;
    if (!isCloudError(error, 'conflict') || !conflicts) throw error;
    const forced = strip(await api.apply(type, want, { dryRun: true, force: true }));
    const named = conflicts.map(({ manager, field }) => ({ manager, field: conflictPath(field, forced) }));
    return { want: forced, live: strip(live), conflicts: named };
  }
}

/** Written by the platform on its own; they say nothing about what is wanted. */
const platformAnnotations =
  /^(autopilot\.gke\.io\/|deployment\.kubernetes\.io\/|kubectl\.kubernetes\.io\/last-applied|cloud\.google\.com\/neg)/;

function strip(object: KubeObject): Manifest {
  const { apiVersion, kind, metadata, spec, data } = object;
  const { name, namespace, labels = {}, annotations } = metadata;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !platformAnnotations.test(key));
  const more = object as unknown as Pick<Manifest, 'type' | 'automountServiceAccountToken'>;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace && { namespace }),
      labels,
      ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }),
    },
    ...(spec !== undefined && { spec: spec as object }),
    ...(data && { data }),
    ...(kind === 'Secret' && more.type && { type: more.type }),
    ...(more.automountServiceAccountToken !== undefined && {
      automountServiceAccountToken: more.automountServiceAccountToken,
    }),
  };
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

async function reachable(ctx: Ctx): Promise<KubernetesApi> {
  const api = await ctx.kubernetes();
  if (api) return api;
  throw new CloudError('the cluster cannot be reached', { reason: 'unavailable', service: 'kubernetes' });
}

async function nextChange(api: KubernetesApi, type: KubeType, want: Manifest, signal: AbortSignal): Promise<void> {
  const before = await api.find(type, want.metadata.name, want.metadata.namespace);
  for await (const object of api.watch(type, want.metadata.name, want.metadata.namespace ?? '', signal)) {
    if (object.metadata.resourceVersion !== before?.metadata.resourceVersion) return;
  }
  // The watch has ended without a change: the engine's own pace decides when to look again.
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
