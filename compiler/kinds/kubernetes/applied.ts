import { CloudError } from '../../base/errors.ts';
import type { Path } from '../../base/json.ts';
import {
  defineKind,
  type Kind,
  type Observation,
  type RolledBack,
  type Rules,
  type Trouble,
} from '../../model/kind.ts';
import type { Ctx, KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import type { Declaration } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { requireCreatable } from './api/creatable.ts';
import { difference, type CompareOptions } from './difference.ts';
import type { Handover } from './handover.ts';
import { managedSelector, ownerOf } from './labels.ts';
import { appliesUnchanged, sameLeafValue } from './managed-fields.ts';
import type { Manifest } from './manifest.ts';
import { readinessOf } from './readiness.ts';

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
  /** Paths that only a new object can have otherwise: the old one is replaced, as nothing is lost with it. */
  readonly immutable?: readonly string[];
  /** A field that goes back and forth between us and a controller. */
  readonly handover?: Handover;
  readonly removedFirst?: true;
  /** Not every cluster serves the type: why nothing is made where it does not. */
  readonly optional?: string;
  /** Whether waiting follows a watch. Only for what takes its time. */
  readonly watched?: true;
}

/** What has no controller to wait for waits for a deletion alone. */
const readyWithinMsDefault = 5 * 60_000;

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
    rules: rulesOf(options),
    readyWithinMs: options.readyWithinMs ?? readyWithinMsDefault,
    ...(options.typicalSeconds && { typicalSeconds: options.typicalSeconds }),
    ...(options.runsAgain && { runsAgain: true }),
    ...(options.removedFirst && { removedFirst: true }),
    ...(options.holdsForeign && { holdsForeign: options.holdsForeign }),
    async observe(ctx, want) {
      return observeObject(ctx, want, { ...options, force: forced(ctx) });
    },
    async create(ctx, want) {
      await (await reachable(ctx)).apply(type, want, { force: forced(ctx) });
    },
    async update(ctx, want, _fields, seen) {
      // Taking over an unmarked object means taking its fields over, too: that is what --adopt allows.
      const force = forced(ctx) || seen.owner === 'nobody';
      await applyChange(await reachable(ctx), want, { ...options, force });
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

function rulesOf({ secret, immutable }: Pick<AppliedOptions<never>, 'secret' | 'immutable'>): Rules<Manifest> {
  const whole = { rule: 'whole', itemKeys, sameLeaf: sameLeafValue } as const;
  return {
    apiVersion: 'immutable',
    kind: 'immutable',
    metadata: whole,
    spec: { ...whole, ...(immutable && { fixed: immutable }) },
    data: secret ? 'secret' : whole,
    type: 'immutable',
    automountServiceAccountToken: 'mutable',
    listed: 'mutable',
  };
}

async function observeObject<O extends Readonly<Record<string, string>>>(
  ctx: Ctx,
  want: Manifest,
  how: Pick<AppliedOptions<O>, 'outputs' | 'optional'> & CompareOptions,
): Promise<Observation<Manifest, O>> {
  const { type, optional, outputs = () => ({}) as O } = how;
  const api = await ctx.kubernetes();
  const live = await api?.find(type, want.metadata.name, want.metadata.namespace);
  if (api && !live && optional !== undefined && !(await api.serves(type))) return { is: 'unserved', because: optional };
  if (!api || !live) {
    if (ctx.how === 'survey' && !want.listed) await requireCreatable(api, type, want);
    return api ? { is: 'absent' } : { is: 'unreachable', because: 'the cluster is not there yet' };
  }
  const present = { is: 'present', owner: ownerOf(live, ctx.app), outputs: outputs(live) } as const;
  const readiness = readinessOf(live);
  if (live.metadata.deletionTimestamp || want.listed) return { ...present, want, live: want, readiness };
  if (appliesUnchanged(want, live)) return { ...present, want, live: want, readiness };
  return { ...present, readiness, ...(await difference(api, want, live, how)) };
}

/** Gives first what is to stay in other hands; takes by force only what the kind settles by itself. */
async function applyChange(api: KubernetesApi, want: Manifest, how: CompareOptions): Promise<void> {
  const { type, force, handover } = how;
  const live = handover && (await api.find(type, want.metadata.name, want.metadata.namespace));
  if (live) await handover.give(api, want, live);
  try {
    await api.apply(type, want, { force });
  } catch (error) {
    const conflicts = error instanceof CloudError ? error.parts.conflicts : undefined;
    if (!live || !conflicts) throw error;
    const taken = await Promise.all(conflicts.map(async (conflict) => handover.takes(api, live, conflict)));
    if (taken.includes(false)) throw error;
    await api.apply(type, want, { force: true });
  }
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
