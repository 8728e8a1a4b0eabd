import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { openDatabase } from './database.ts';
import type { Greetings } from './greetings.ts';

/** What the app keeps its data in, and whether that can be used now. */
export interface Store {
  readonly greetings: Greetings;
  /** Resolves when a request could be served; rejects with the reason when not. Bounded in time. */
  check(): Promise<void>;
  /** Gives up whatever is under way and closes all connections. */
  close(): Promise<void>;
}

/** PostgreSQL when the configuration names one, else memory. */
export function openStore(config: Config, log: Log): Store {
  return config.database === undefined
    ? inMemory(config.greeting)
    : openDatabase(config.database, config.greeting, log);
}

function inMemory(greeting: string): Store {
  return {
    greetings: { find: async (id) => (id === 1 ? greeting : undefined) },
    check: async () => undefined,
    close: async () => undefined,
  };
}
