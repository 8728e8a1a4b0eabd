import { readFileSync } from 'node:fs';
import pgPromise from 'pg-promise';
import type { IBaseProtocol } from 'pg-promise';

/** The greetings, wherever they are kept. */
export interface Greetings {
  /** `id` is a positive int32. Rejects while the store is not reachable. */
  find(id: number): Promise<string | undefined>;
}

const sql = (name: string) => readFileSync(new URL(`sql/${name}.sql`, import.meta.url), 'utf8').trim();
const createTable = sql('create-greetings');
const lockSetUp = sql('lock-set-up');
const findGreeting = new pgPromise.PreparedStatement({ name: 'find-greeting', text: sql('find-greeting') });
const putGreeting = sql('put-greeting');

/** The repository of the table `greetings`. */
export function greetingsTable(db: IBaseProtocol<unknown>): Greetings & { setUp(first: string): Promise<void> } {
  return {
    async find(id) {
      const row = await db.oneOrNone<{ greeting: string }>(findGreeting, [id]);
      return row?.greeting;
    },

    /**
     * Makes the table and greeting 1, or sets its text. Replicas that start together take turns: even with IF NOT EXISTS,
     * two sessions that create the same table at once can fail on PostgreSQL's own catalogue.
     */
    async setUp(first) {
      await db.tx(async (transaction) => {
        await transaction.any(lockSetUp);
        await transaction.none(createTable);
        await transaction.none(putGreeting, [1, first]);
      });
    },
  };
}
