import { isCloudError } from '../../base/errors.ts';
import { defineKind } from '../../model/kind.ts';
import type { Ctx } from '../../model/ports.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { accountIdOf, emailOf } from '../names.ts';
import { enabledApisId } from './enabled-apis.ts';
import { listOwned } from './listing.ts';
import { ownDescription, ownerByDescription } from './marks.ts';

/** The Google identity of the pods. No keys are ever made for it: the pods become it through workload identity. */
export interface ServiceAccount {
  readonly project: string;
  readonly accountId: string;
  readonly email: string;
  readonly displayName: string;
  /** Accounts have no labels: the mark is here. */
  readonly description: string;
}

interface Account {
  readonly email?: string;
  readonly displayName?: string;
  readonly description?: string;
}

export function serviceAccountId(spec: Spec): ResourceId {
  return address('google.service-account', accountIdOf(spec));
}

export const serviceAccount = defineKind<ServiceAccount>({
  name: 'google.service-account',
  docs: 'https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts',
  typicalSeconds: 8,
  *declare(spec) {
    if (!spec.db) return;
    const accountId = accountIdOf(spec);
    const description = `${ownDescription(spec.name)} identity of its pods`;
    const desired = { project: spec.project, accountId, email: emailOf(spec), displayName: spec.name, description };
    yield { key: accountId, desired, after: [enabledApisId(spec)], path: ['db'] };
  },
  title: (desired) => `service account ${desired.email}`,
  rules: {
    project: 'immutable',
    accountId: 'immutable',
    email: 'immutable',
    displayName: 'mutable',
    description: 'mutable',
  },
  async observe(ctx, want) {
    const found = await getAccount(ctx, want);
    if (!found) return { is: 'absent' };
    const live = { ...want, displayName: found.displayName ?? '', description: found.description ?? '' };
    const owner = ownerByDescription(found.description, ctx.app);
    return { is: 'present', owner, want, live, outputs: {}, readiness: { is: 'ready' } };
  },
  async create(ctx, want) {
    const { project, accountId, displayName, description } = want;
    const body = { accountId, serviceAccount: { displayName, description } };
    await ctx.google.rest({ service: 'iam', method: 'POST', path: `/v1/projects/${project}/serviceAccounts`, body });
  },
  async update(ctx, want) {
    const { displayName, description } = want;
    const body = { serviceAccount: { displayName, description }, updateMask: 'displayName,description' };
    await ctx.google.rest({ service: 'iam', method: 'PATCH', path: pathOf(want), body });
  },
  async remove(ctx, want) {
    await ctx.google.rest({ service: 'iam', method: 'DELETE', path: pathOf(want) });
  },
  async owned(ctx) {
    return (await ownAccounts(ctx)).map((desired) => ({ key: desired.accountId, desired }));
  },
});

function pathOf({ project, email }: ServiceAccount): string {
  return `/v1/projects/${project}/serviceAccounts/${email}`;
}

async function getAccount(ctx: Ctx, want: ServiceAccount): Promise<Account | undefined> {
  try {
    return await ctx.google.rest<Account>({ service: 'iam', method: 'GET', path: pathOf(want) });
  } catch (error) {
    if (isCloudError(error, 'not-found')) return undefined;
    if (isCloudError(error, 'forbidden')) return fromList(ctx, want, error);
    throw error;
  }
}

/** IAM may answer "forbidden" for an account that is not there; whoever may list accounts learns which it is. */
async function fromList(ctx: Ctx, want: ServiceAccount, forbidden: Error): Promise<Account | undefined> {
  const accounts = await listAccounts(ctx).catch(() => {
    throw forbidden;
  });
  return accounts.find((each) => each.email === want.email);
}

async function listAccounts(ctx: Ctx): Promise<readonly Account[]> {
  interface Page {
    readonly accounts?: readonly Account[];
    readonly nextPageToken?: string;
  }
  const path = `/v1/projects/${ctx.project}/serviceAccounts`;
  return ctx.once(path, async () => {
    const accounts: Account[] = [];
    let pageToken: string | undefined;
    do {
      const query = { pageSize: '100', ...(pageToken && { pageToken }) };
      const page = await ctx.google.rest<Page>({ service: 'iam', method: 'GET', path, query });
      accounts.push(...(page.accounts ?? []));
      pageToken = page.nextPageToken;
    } while (pageToken);
    return accounts;
  });
}

/** The accounts of the project that carry our mark. */
export async function ownAccounts(ctx: Ctx): Promise<readonly ServiceAccount[]> {
  const found = await listOwned(ctx, async () => listAccounts(ctx));
  return found
    .filter((each) => ownerByDescription(each.description, ctx.app) === 'us')
    .map(({ email = '', displayName = '', description = '' }) => {
      const accountId = email.split('@')[0] ?? '';
      return { project: ctx.project, accountId, email, displayName, description };
    });
}
