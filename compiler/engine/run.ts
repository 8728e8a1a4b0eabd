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
}
