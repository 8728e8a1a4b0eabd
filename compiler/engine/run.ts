import type { SourceSpan } from '../base/diagnostic.ts';
import type { Path } from '../base/json.ts';
import type { Host } from '../base/host.ts';
import type { Emit } from '../model/event.ts';
import type { Look } from '../model/ports.ts';
import type { Registry } from './compile.ts';
import type { Policy } from './decide.ts';

/** What every stage that touches the world is given. */
export interface Run {
  readonly registry: Registry;
  readonly look: Look;
  readonly policy: Policy;
  readonly host: Host;
  /** Aborts when the user interrupts: nothing new is started, and waits end. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Steps that run at once. */
  readonly parallelism: number;
  /** Shortens the deadlines for becoming ready, in milliseconds. */
  readonly readyWithinMs?: number;
  /** Where the config says what is looked for: of these keys the first that is written, or else the first of all. */
  whereIs?(keys: readonly Path[]): WrittenKey | undefined;
  /** What failed to become ready is put back to what worked before. */
  readonly rollBackOnFailure?: boolean;
}

/** A key of the config, and its place where it has one. */
export interface WrittenKey {
  readonly key: string;
  readonly at?: SourceSpan;
}
