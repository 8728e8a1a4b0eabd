import type { Greetings } from './greetings.ts';

/** What the app keeps its data in, and whether that can be used now. */
export interface Store {
  readonly greetings: Greetings;
  /** Resolves when a request could be served; rejects with the reason when not. Bounded in time. */
  check(): Promise<void>;
  /** Gives up whatever is under way and closes all connections. */
  close(): Promise<void>;
}
