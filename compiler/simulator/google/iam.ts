import { isObject } from '../../base/json.ts';
import { type Account, type Accounts, createAccounts } from './accounts.ts';
import { durations } from './durations.ts';
import { alreadyExists, failedPrecondition, invalid, notFound } from './errors.ts';
import { createPolicies } from './policy.ts';
import { type Call, digits, fingerprint, page, queryText, type Service, text, type World } from './world.ts';

/** IAM v1, service accounts: https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts */
export function createIam(world: World): Service {
  const accounts = createAccounts(world);
  const policies = createPolicies(world);
  const find = (call: Call, what: 'Unknown service account' | 'does not exist'): Account => {
    const name = call.params['name'] ?? call.params['resource'] ?? '';
    const [, project = '', , id = ''] = name.split('/');
    const found = accounts.visible(id);
    if (found && (project === '-' || world.project(project)?.id === found.project)) return found;
    throw notFound(what === 'does not exist' ? `Service account ${name} does not exist.` : what);
  };
  const change = (account: Account, more: Partial<Account>): object => {
    const changed = { ...account, ...more };
    accounts.table.set(account.uniqueId, { ...changed, etag: fingerprint(changed) });
    return {};
  };
  const policyKey = (call: Call): string => `serviceAccounts/${find(call, 'Unknown service account').uniqueId}`;
  return {
    handlers: {
      'iam.projects.serviceAccounts.list': (call) => {
        const { items, next } = page(call, accounts.list(call.project().id));
        return { ...(items.length > 0 ? { accounts: items.map(show) } : {}), ...next };
      },
      'iam.projects.serviceAccounts.get': (call) => show(find(call, 'Unknown service account')),
      'iam.projects.serviceAccounts.create': (call) => create(world, accounts, call),
      'iam.projects.serviceAccounts.patch': (call) => patch(find(call, 'does not exist'), call, change),
      'iam.projects.serviceAccounts.update': (call) => {
        const account = find(call, 'does not exist');
        change(account, texts(call.body, ['displayName', 'description']));
        return show(accounts.existing(account.uniqueId) ?? account);
      },
      'iam.projects.serviceAccounts.delete': (call) => {
        const account = find(call, 'does not exist');
        policies.markDeleted(account.email, account.uniqueId);
        return change(account, { deleted: true });
      },
      'iam.projects.serviceAccounts.undelete': (call) => undelete(accounts, call),
      'iam.projects.serviceAccounts.disable': (call) => change(find(call, 'does not exist'), { disabled: true }),
      'iam.projects.serviceAccounts.enable': (call) => change(find(call, 'does not exist'), { disabled: false }),
      'iam.projects.serviceAccounts.getIamPolicy': (call) =>
        policies.get(policyKey(call), Number(queryText(call, 'options.requestedPolicyVersion') ?? 1)),
      'iam.projects.serviceAccounts.setIamPolicy': (call) => policies.set(policyKey(call), call.body),
      'iam.projects.serviceAccounts.testIamPermissions': (call) => {
        policyKey(call);
        return { permissions: call.body['permissions'] ?? [] };
      },
      'iam.projects.serviceAccounts.keys.list': (call) => {
        find(call, 'does not exist');
        return {};
      },
      'iam.projects.serviceAccounts.keys.create': (call) => refuseKeys(find(call, 'does not exist')),
    },
    effects: {},
  };
}

function show({ project, email, uniqueId, displayName, description, disabled, etag }: Account): object {
  return {
    name: `projects/${project}/serviceAccounts/${email}`,
    projectId: project,
    uniqueId,
    email,
    ...(displayName ? { displayName } : {}),
    etag,
    ...(description ? { description } : {}),
    oauth2ClientId: uniqueId,
    ...(disabled ? { disabled } : {}),
  };
}

function create({ clock }: World, accounts: Accounts, call: Call): object {
  const project = call.project().id;
  const { accountId, serviceAccount } = call.body;
  const id = typeof accountId === 'string' ? accountId : '';
  if (!/^[a-z](?=.{5,29}$)[a-z0-9-]*[a-z0-9]$/.test(id)) {
    throw invalid(
      `The account ID "${id}" does not have a length between 6 and 30 or does not match [a-z]([-a-z0-9]*[a-z0-9]).`,
    );
  }
  const email = `${id}@${project}.iam.gserviceaccount.com`;
  if (accounts.existing(email))
    throw alreadyExists(`Service account ${id} already exists within project projects/${project}.`);
  const base = {
    project,
    email,
    uniqueId: digits(`${email} ${clock.now()} ${accounts.table.size}`, 21),
    ...texts(isObject(serviceAccount) ? serviceAccount : {}, ['displayName', 'description']),
  };
  const account: Account = {
    ...base,
    etag: fingerprint(base),
    visibleAtMs: clock.now() + clock.scaled(durations.accountVisible),
  };
  accounts.table.set(account.uniqueId, account);
  return show(account);
}

const limits = { displayName: 100, description: 256 } as const;

/** The named texts of a body, within their limits in bytes. */
function texts(body: Readonly<Record<string, unknown>>, names: readonly (keyof typeof limits)[]): Partial<Account> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = body[name];
    if (typeof value !== 'string') continue;
    if (Buffer.byteLength(value) > limits[name])
      throw invalid(`Invalid ${name}: it must be at most ${limits[name]} bytes long.`);
    found[name] = value;
  }
  return found;
}

function patch(account: Account, call: Call, change: (account: Account, more: Partial<Account>) => object): object {
  const asked = isObject(call.body['serviceAccount']) ? call.body['serviceAccount'] : {};
  const mask = text(call.body['updateMask'])
    .split(',')
    .map((name) => name.trim().replace(/_(\w)/, (_all, letter: string) => letter.toUpperCase()));
  const wrong = mask.find((name) => name !== 'displayName' && name !== 'description');
  if (wrong !== undefined)
    throw invalid(`Invalid update mask: "${wrong}". Only display_name and description can be updated.`);
  const named = (['displayName', 'description'] as const).filter((name) => mask.includes(name));
  const more = { ...Object.fromEntries(named.map((name) => [name, ''])), ...texts(asked, named) };
  change(account, more);
  return show({ ...account, ...more });
}

function undelete(accounts: Accounts, call: Call): object {
  const id = (call.params['name'] ?? '').split('/')[3] ?? '';
  const found = accounts.table.get(id);
  if (!found?.deleted) throw notFound(`Service account ${call.params['name'] ?? ''} does not exist.`);
  if (accounts.existing(found.email)) throw failedPrecondition(`Service account ${found.email} was made again.`);
  const { deleted: _gone, ...account } = found;
  accounts.table.set(id, account);
  return { restoredAccount: show(account) };
}

/** Keys would be secrets that nothing here checks; organisations forbid them with this very answer. */
function refuseKeys(_account: Account): never {
  throw failedPrecondition('Key creation is not allowed on this service account.', [
    {
      '@type': 'type.googleapis.com/google.rpc.PreconditionFailure',
      violations: [
        {
          type: 'constraints/iam.disableServiceAccountKeyCreation',
          subject: 'projects/-',
          description: 'Key creation is not allowed on this service account.',
        },
      ],
    },
  ]);
}
