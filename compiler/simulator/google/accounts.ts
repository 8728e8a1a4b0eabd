import type { Table } from '../store.ts';
import type { World } from './world.ts';

/** A service account as the store keeps it. */
export interface Account {
  readonly project: string;
  readonly email: string;
  readonly uniqueId: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly disabled?: boolean;
  readonly etag: string;
  /** Until then readers don't see it: IAM is eventually consistent. */
  readonly visibleAtMs: number;
  /** Deleted accounts are kept for undelete, under their unique id. */
  readonly deleted?: boolean;
}

export interface Accounts {
  readonly table: Table<Account>;
  /** Whether or not readers see it already. */
  existing(emailOrId: string): Account | undefined;
  visible(emailOrId: string): Account | undefined;
  list(project: string): readonly Account[];
}

/** Service accounts by unique id: an e-mail that was used again is another account. */
export function createAccounts({ store, clock }: Pick<World, 'store' | 'clock'>): Accounts {
  const table = store.table<Account>('google/service-accounts');
  const all = (): readonly Account[] =>
    [...table.entries()].map(([, account]) => account).filter((account) => !account.deleted);
  const existing = (emailOrId: string): Account | undefined =>
    all().find((each) => each.email === emailOrId || each.uniqueId === emailOrId);
  const seen = (account: Account): boolean => clock.now() >= account.visibleAtMs;
  return {
    table,
    existing,
    visible(emailOrId) {
      const found = existing(emailOrId);
      return found && seen(found) ? found : undefined;
    },
    list: (project) => all().filter((account) => account.project === project && seen(account)),
  };
}

/** `a@P.iam.gserviceaccount.com` of a user's project, as opposed to the accounts that Google makes for its services. */
export function isUserManaged(email: string): boolean {
  const [local = '', host = ''] = email.split('@');
  return host.endsWith('.iam.gserviceaccount.com') && !/^(service-|p)\d+/.test(local) && !host.startsWith('gcp-sa-');
}
