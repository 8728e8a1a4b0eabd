import type { Path } from '../base/json.ts';
import type { Spec } from '../spec/spec.ts';
import type { FieldChange } from './change.ts';
import type { Ctx, Operation } from './ports.ts';
import type { Declaration, ResourceId } from './resource.ts';

/**
 * What a difference in one field means.
 * `mutable`: changed in place. `immutable`: only by delete and create. `secret`: as mutable, and never shown.
 * Members of live that want does not have are not compared, but by `whole`, where they are differences too.
 * `inPlace` tells the differences that a mutable field cannot take without a replacement: a version that would go down.
 * `fixed` are paths in the field that are immutable, though the rest is not.
 * `same` replaces plain equality where the service spells one thing in several ways, or lets live run ahead.
 */
export type Rule<T> =
  | 'mutable'
  | 'immutable'
  | 'secret'
  | 'whole'
  | ({
      readonly rule: 'mutable' | 'immutable' | 'secret' | 'whole';
      readonly fixed?: readonly string[];
      same?(want: T, live: T): boolean;
      inPlace?(want: T, live: T): boolean;
    } & Inside);

/** How what is inside of a field is compared. */
export interface Inside {
  /**
   * For a list of this name: the members that tell its items apart, of several sets the first that all items have.
   * Default: `name`. Such items are compared one by one; other lists as a whole.
   */
  readonly itemKeys?: Readonly<Record<string, readonly (readonly string[])[]>>;
  /** Whether two single values, the second under this name, say the same. Default: they are equal. */
  sameLeaf?(want: unknown, live: unknown, name: string): boolean;
}

/** One rule for each field: a field without a rule does not compile. */
export type Rules<D> = { readonly [K in keyof D]-?: Rule<D[K]> };

/**
 * Whose it is, told by the mark that the live thing carries.
 * `us`: made by hello for this app. `nobody`: unmarked. `other`: marked for another app.
 * `shared`: of a sort that belongs to nobody (an enabled API); made sure of, never removed.
 */
export type Owner = 'us' | 'nobody' | 'other' | 'shared';

/** Whether a thing that is there can be used. */
export type Readiness =
  | { readonly is: 'ready' }
  /** `busy`: writes would be refused until it is over. */
  | { readonly is: 'progressing'; readonly why: string; readonly busy: boolean; readonly operation?: Operation }
  /** `forGood`: neither waiting nor changing it in place will mend it. */
  | { readonly is: 'failed'; readonly why: string; readonly forGood?: true };

/** Why a thing is not ready, for people. */
export interface Trouble {
  /** One line, without a full stop. */
  readonly why: string;
  /** Keys of the config to look at, the most telling first; of these the first that is written is named. */
  readonly look?: readonly Path[];
  /** `starting`: so it goes at every start. `trouble`: told at once; it may pass. `stuck`: waiting alone will not mend it. */
  readonly state: 'starting' | 'trouble' | 'stuck';
}

/** What putting back the release before a failed one came to. */
export interface RolledBack {
  /** Whether anything was put back. */
  readonly done: boolean;
  /** What was put back, or why nothing was. */
  readonly message: string;
}

/** A thing that is live, told in the words of what is desired. */
export interface Present<D, O> {
  readonly is: 'present';
  readonly owner: Owner;
  /** Desired in the vocabulary of live: only what the spec sets, with the service's spellings. */
  readonly want: D;
  readonly live: D;
  readonly outputs: O;
  readonly readiness: Readiness;
  /** Who else holds fields that we would change (server-side apply). */
  readonly conflicts?: readonly { readonly manager: string; readonly field: string }[];
}

/** What looking found. */
export type Observation<D, O> =
  /** `outputs`: those that are known before it is made, as a password that is recorded. */
  | { readonly is: 'absent'; readonly outputs?: O }
  /** Cannot be looked at yet: what it lives in is not there. */
  | { readonly is: 'unreachable'; readonly because: string }
  /** There can be none: where it would be does not know such things, and the app works without. */
  | { readonly is: 'unserved'; readonly because: string }
  | Present<D, O>;

/** Something live that carries our mark, found by listing rather than by name. */
export interface Owned<D> {
  readonly key: string;
  readonly desired: D;
}

/**
 * One sort of resource: a row of facts, not a class. `D` is what is desired of one, `O` what it tells once it is there
 * (all texts; a name in {@link secretOutputs} is never printed).
 */
export interface Kind<D extends object, O extends Readonly<Record<string, string>>> {
  /** `google.sql-instance`. */
  readonly name: string;
  /** The vendor page that the facts of this kind come from. */
  readonly docs: string;
  /** What would be lost with it. A kind that has this is deleted or replaced only when the user names the resource. */
  readonly losesData?: string;
  /** It runs to an end: one that has failed is made anew by the next apply. */
  readonly runsAgain?: true;
  /** It would work against what is wanted now: when nothing declares it any more, it goes before anything is changed. */
  readonly removedFirst?: true;
  /** Why `destroy` leaves it; absent = it is removed. */
  readonly keptOnDestroy?: string;
  /** Why one that is no longer declared stays: for what is too dear to go because of a changed name. */
  readonly keptWhenUndeclared?: string;
  declare(spec: Spec): Iterable<Declaration<D>>;
  title(desired: D): string;
  readonly rules: Rules<D>;
  readonly secretOutputs?: readonly (keyof O & string)[];
  /** The resource that it lives in and goes with: when that is deleted too, nothing is asked of the API for this one. */
  within?(desired: D): ResourceId;
  /** Why removing it now would harm what is not ours; it is kept then. */
  holdsForeign?(ctx: Ctx, desired: D): Promise<string | undefined>;
  /** Writes under the same lock never overlap (one operation at a time per SQL instance, per IAM policy). */
  lock?(desired: D): string;
  /** Reads live and translates it into desired's own vocabulary. Never writes. */
  observe(ctx: Ctx, desired: D): Promise<Observation<D, O>>;
  /** One API intent each, without looking at history. The operation that it starts, if there is one to wait for. */
  create(ctx: Ctx, desired: D): Promise<Operation | void>;
  update?(ctx: Ctx, desired: D, fields: readonly FieldChange[], seen: Present<D, O>): Promise<Operation | void>;
  remove?(ctx: Ctx, desired: D, seen: Present<D, O>): Promise<Operation | void>;
  /** What carries our mark, for prune. Absent: never pruned, and the kind's file says why. */
  owned?(ctx: Ctx): Promise<readonly Owned<D>[]>;
  /** Why it is not ready. `path` is where it stands in the config. */
  explain?(ctx: Ctx, desired: D, path: Path): Promise<Trouble | undefined>;
  /** Puts back what worked before a change that failed, after `first`; says so where there is nothing such. */
  rollBack?(ctx: Ctx, desired: D, first: () => Promise<void>): Promise<RolledBack>;
  /** What reads it when it starts is rolled back together with it. */
  readonly goesBackToo?: true;
  /** Resolves when live may have changed, so that waiting need not poll; the signal ends it. */
  nextChange?(ctx: Ctx, desired: D, signal: AbortSignal): Promise<void>;
  /** How long it may take to become ready, in milliseconds. Default: {@link readyWithinMsDefault}. */
  readonly readyWithinMs?: number;
  /** How long making one typically takes until it is ready. For drawings alone. Default: {@link typicalSecondsDefault}. */
  readonly typicalSeconds?: number;
}

/** Most things are there as soon as the API has answered. */
export const typicalSecondsDefault = 1;

/** Cloud SQL alone has been seen to take 50 minutes for a small instance. */
export const readyWithinMsDefault = 90 * 60_000;

/** A kind whose types are erased: the registry holds kinds of many D and O, which are opaque to the engine. */
// oxlint-disable-next-line typescript/no-explicit-any -- variance: no other type accepts every Kind<D, O>.
export type AnyKind = Kind<any, any>;

/** Freezes a kind and infers its types. Every field of `D` must have a rule. */
export function defineKind<
  D extends object,
  O extends Readonly<Record<string, string>> = Readonly<Record<string, string>>,
>(kind: Kind<D, O>): Kind<D, O> {
  return Object.freeze(kind);
}
