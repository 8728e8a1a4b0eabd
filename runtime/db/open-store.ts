import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { openDatabase } from './database.ts';
import type { Store } from './store.ts';

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
