import { isObject } from '../../base/json.ts';
import { createAccounts, isUserManaged } from './accounts.ts';
import { aborted, invalid } from './errors.ts';
import type { Body } from './read-request.ts';
import { digits, fingerprint, sameBytes, type World } from './world.ts';

export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: { readonly expression?: string; readonly title?: string; readonly description?: string };
}

interface Policy {
  readonly bindings: readonly Binding[];
  readonly auditConfigs?: readonly object[];
  readonly etag: string;
  readonly serial: number;
}

/** The etag of a policy that was never written. */
const unwritten: Policy = { bindings: [], etag: 'ACAB', serial: 0 };
const memberForm =
  /^(allUsers|allAuthenticatedUsers|(user|serviceAccount|group|domain|projectOwner|projectEditor|projectViewer|deleted:(user|serviceAccount|group)):\S+|(principal|principalSet|deleted:principal):\/\/\S+)$/;
const roleForm = /^(roles\/[\w.]+|(projects|organizations)\/[\w-]+\/roles\/[\w.]+)$/;
const conditional = '_withcond_';

export interface Policies {
  /** `key` is what the policy is on: `projects/P` or `serviceAccounts/UNIQUE_ID`. */
  bindings(key: string): readonly Binding[];
  get(key: string, requestedVersion: number): object;
  /** Answers the new policy. Refuses stale etags, members that don't exist and conditions in an old policy version. */
  set(key: string, body: Body): object;
  /** What the platform itself writes: a service's own agent gets its role when the service is enabled. */
  grant(key: string, role: string, member: string): void;
  /** Members of a deleted account stay, marked as such. */
  markDeleted(email: string, uniqueId: string): void;
  /** A workload identity pool exists from the project's first cluster on. */
  openPool(project: string): void;
}

/** IAM policies: read, changed and written back as one, guarded by their etag. */
export function createPolicies(world: World): Policies {
  const table = world.store.table<Policy>('google/policies');
  const read = (key: string): Policy => table.get(key) ?? initial(key);
  const write = (key: string, policy: Omit<Policy, 'etag' | 'serial'>): Policy => {
    const serial = read(key).serial + 1;
    const written = { ...policy, serial, etag: fingerprint({ key, serial, at: world.clock.now() }) };
    table.set(key, written);
    return written;
  };
  return {
    bindings: (key) => read(key).bindings,
    get: (key, requestedVersion) => show(read(key), requestedVersion),
    set(key, body) {
      const live = read(key);
      const policy = (isObject(body['policy']) ? body['policy'] : {}) as {
        bindings?: Binding[];
        etag?: string;
        version?: number;
        auditConfigs?: object[];
      };
      if (policy.etag && !sameBytes(policy.etag, live.etag)) {
        throw aborted(
          `There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. The request's ETag '${policy.etag}' did not match the current policy's ETag '${live.etag}'.`,
        );
      }
      const mask = typeof body['updateMask'] === 'string' ? body['updateMask'].split(',') : ['bindings', 'etag'];
      const bindings = mask.includes('bindings')
        ? checked(world, policy.bindings ?? [], policy.version ?? 1)
        : live.bindings;
      const auditConfigs = mask.includes('auditConfigs') ? policy.auditConfigs : live.auditConfigs;
      return show(write(key, { bindings, ...(auditConfigs ? { auditConfigs } : {}) }), 3);
    },
    grant(key, role, member) {
      const live = read(key);
      const found = live.bindings.find((each) => each.role === role && !each.condition);
      if (found?.members.includes(member)) return;
      write(key, { ...live, bindings: merged([...live.bindings, { role, members: [member] }]) });
    },
    markDeleted(email, uniqueId) {
      const gone = `serviceAccount:${email}`;
      for (const [key, live] of table.entries()) {
        if (!live.bindings.some((each) => each.members.includes(gone))) continue;
        const rename = (member: string): string => (member === gone ? `deleted:${gone}?uid=${uniqueId}` : member);
        write(key, {
          ...live,
          bindings: live.bindings.map((each) => ({ ...each, members: each.members.map(rename) })),
        });
      }
    },
    openPool: (project) => world.store.table<boolean>('google/identity-pools').set(project, true),
  };
}

/** A project is somebody's from the start; that somebody is not the one who deploys. */
function initial(key: string): Policy {
  if (!key.startsWith('projects/')) return unwritten;
  return {
    bindings: [{ role: 'roles/owner', members: ['user:owner@example.com'] }],
    etag: fingerprint(key),
    serial: 0,
  };
}

function show({ bindings, auditConfigs, etag, serial }: Policy, requestedVersion: number): object {
  const hasConditions = bindings.some((each) => each.condition);
  const shown = requestedVersion >= 3 ? bindings : bindings.map(withoutCondition);
  return {
    ...(serial > 0 || bindings.length > 0 ? { version: hasConditions && requestedVersion >= 3 ? 3 : 1 } : {}),
    etag,
    ...(shown.length > 0 ? { bindings: shown } : {}),
    ...(auditConfigs && auditConfigs.length > 0 ? { auditConfigs } : {}),
  };
}

/** Readers that don't ask for version 3 see a role with a suffix instead of a condition. */
function withoutCondition({ role, members, condition }: Binding): Binding {
  return condition
    ? { role: `${role}${conditional}${digits(JSON.stringify(condition), 20)}`, members }
    : { role, members };
}

function checked(world: World, bindings: readonly Binding[], version: number): readonly Binding[] {
  for (const { role, members, condition } of bindings) {
    if (role.includes(conditional))
      throw invalid(
        `Role ${role} is of a policy that was read without its conditions. Read it with requestedPolicyVersion 3.`,
      );
    if (!roleForm.test(role)) throw invalid(`Role ${role} is not supported for this resource.`);
    if (condition && version !== 3) throw invalid('Policies with conditions must have version 3.');
    for (const member of members ?? []) checkMember(world, member);
  }
  return merged(bindings.filter((each) => (each.members ?? []).length > 0));
}

/** One binding for each role and condition, with each member once. */
function merged(bindings: readonly Binding[]): readonly Binding[] {
  const found = new Map<string, Binding>();
  for (const binding of bindings) {
    const key = JSON.stringify([binding.role, binding.condition]);
    const members = [...new Set([...(found.get(key)?.members ?? []), ...binding.members])];
    found.set(key, { ...binding, members });
  }
  return [...found.values()];
}

function checkMember(world: World, member: string): void {
  if (!memberForm.test(member))
    throw invalid(
      `Invalid member: ${member}. The member must be of the form {type}:{identifier}, such as user:EMAIL or serviceAccount:EMAIL.`,
    );
  const pool =
    /^serviceAccount:([^[\]]+)\.svc\.id\.goog\[[^/\]]+\/[^/\]]+\]$/.exec(member) ??
    /^principal(?:Set)?:.*\/workloadIdentityPools\/([^/]+)\.svc\.id\.goog\//.exec(member);
  if (pool?.[1]) {
    if (world.store.table<boolean>('google/identity-pools').get(pool[1])) return;
    throw invalid(
      `Identity Pool does not exist (${pool[1]}.svc.id.goog). Please check that you specified a valid resource name as returned in the \`name\` attribute in the configuration API.`,
    );
  }
  const email = /^serviceAccount:(.+)$/.exec(member)?.[1];
  if (email && isUserManaged(email) && !createAccounts(world).visible(email))
    throw invalid(`Service account ${email} does not exist.`);
}
