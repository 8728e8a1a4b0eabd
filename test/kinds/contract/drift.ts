import type { SessionOptions } from '../../../compiler/session.ts';
import type { StackWorld } from '../../support/stack-world.ts';

/** How someone moves one field of a live resource of the stack, and what the next plan must say of it. */
export interface Drift {
  /** Changes live behind hello's back. */
  move(world: StackWorld): Promise<void>;
  /** Exactly the paths that the plan then shows of the resource. */
  readonly shows: readonly string[];
  /** What the plan says of other resources, by address. Nothing when absent. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** The code that a plan refuses it with, unless the user allows what `allow` says. */
  readonly refused?: 'HELLO4002' | 'HELLO5002';
  readonly allow?: SessionOptions;
}

/** The drifts of a kind's fields, or why a field cannot drift. By kind, then by field. */
export type DriftTable = Readonly<Record<string, Readonly<Record<string, readonly Drift[] | string>>>>;
