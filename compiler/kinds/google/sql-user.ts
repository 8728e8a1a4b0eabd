import { createHash, randomBytes } from 'node:crypto';
import { CloudError } from '../../base/errors.ts';
import { defineKind } from '../../model/kind.ts';
import type { Ctx, SqlUser as Body } from '../../model/ports.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { memberLabels } from '../kubernetes/labels.ts';
import { namespaceId, secretHash, secretType } from '../kubernetes/types.ts';
import { namespaceOf, passwordSecretOf } from '../names.ts';
import { sqlInstanceId, sqlLock, upInstance } from './sql-instance.ts';

/**
 * The app's database user. The API never tells a password, so the Kubernetes Secret is its record: a password is written
 * there, set here, and then confirmed there by its hash. Killed in between, or run twice at once, the next look finds a
 * password without its hash and sets that one; so what is confirmed is always what the user has.
 */
export interface SqlUser {
  readonly project: string;
  readonly instance: string;
  readonly name: string;
  readonly secretNamespace: string;
  readonly secretName: string;
  readonly passwordRecorded: boolean;
}

interface Password {
  /** The password in base64, as a Secret holds it. */
  readonly password: string;
  /** Tells a changed password from the same one: the start of its SHA-256. It has 192 random bits, so this tells no more. */
  readonly fingerprint: string;
  readonly [more: string]: string;
}

export function sqlUserId(spec: Spec): ResourceId {
  return address('google.sql-user', `${spec.db?.instance}/${spec.db?.user}`);
}

export const sqlUser = defineKind<SqlUser, Password>({
  name: 'google.sql-user',
  docs: 'https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/users',
  typicalSeconds: 3,
  *declare(spec) {
    if (!spec.db) return;
    const { instance, user } = spec.db;
    const secret = { secretNamespace: namespaceOf(spec), secretName: passwordSecretOf(spec).name };
    const desired = { project: spec.project, instance, name: user, ...secret, passwordRecorded: true };
    // The namespace comes first, so that nothing can stand between setting the password and recording it.
    yield {
      key: `${instance}/${user}`,
      desired,
      after: [sqlInstanceId(spec), namespaceId(spec)],
      path: ['db', 'user'],
    };
  },
  title: (desired) => `database user ${desired.name}`,
  rules: {
    project: 'immutable',
    instance: 'immutable',
    name: 'immutable',
    secretNamespace: 'immutable',
    secretName: 'immutable',
    passwordRecorded: 'mutable',
  },
  secretOutputs: ['password'],
  within: (desired) => address('google.sql-instance', desired.instance),
  lock: (desired) => sqlLock(desired.instance),
  async observe(ctx, want) {
    const instance = await upInstance(ctx, want);
    if ('is' in instance) return instance;
    const users = await (await ctx.google.sql()).listUsers(want.project, want.instance);
    const password = ctx.memory.get(memoryKey(want)) ?? (await recorded(ctx, want));
    const outputs = password === undefined ? ({} as Password) : { password, fingerprint: fingerprintOf(password) };
    if (!users.some((user) => user.name === want.name)) return { is: 'absent', outputs };
    const live = { ...want, passwordRecorded: password !== undefined };
    const { owner } = instance;
    return { is: 'present', owner, want, live, outputs, readiness: { is: 'ready' } };
  },
  async create(ctx, want) {
    const body = { name: want.name, password: await claimPassword(ctx, want) };
    return remember(ctx, want, body, (await ctx.google.sql()).insertUser(want.project, want.instance, body));
  },
  async update(ctx, want) {
    const body = { name: want.name, password: await claimPassword(ctx, want) };
    return remember(ctx, want, body, (await ctx.google.sql()).updateUser(want.project, want.instance, want.name, body));
  },
  async remove(ctx, want) {
    return (await ctx.google.sql()).deleteUser(want.project, want.instance, want.name);
  },
});

/** A password counts only once the service has accepted it: until then, the next look must find none. */
async function remember<T>(ctx: Ctx, want: SqlUser, body: Body, accepted: Promise<T>): Promise<T> {
  const answer = await accepted;
  ctx.memory.set(memoryKey(want), Buffer.from(body.password ?? '').toString('base64'));
  return answer;
}

/**
 * The password to set: that of the Secret, or a new one, which is written there first. Of runs that do this at once the
 * first decides, and all set the same. A user that was deleted by hand comes back with the password that the pods have.
 */
async function claimPassword(ctx: Ctx, want: SqlUser): Promise<string> {
  const kubernetes = await ctx.kubernetes();
  if (!kubernetes)
    throw new CloudError('the cluster cannot be reached', { reason: 'unavailable', service: 'kubernetes' });
  const found = await kubernetes.find(secretType, want.secretName, want.secretNamespace);
  const written = found?.data?.[passwordKey];
  if (written) return Buffer.from(written, 'base64').toString();
  const password = randomBytes(24).toString('base64url');
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: want.secretName,
      namespace: want.secretNamespace,
      labels: memberLabels(ctx.app),
      annotations: { [secretHash]: 'not yet set' },
    },
    type: 'Opaque',
    data: { [passwordKey]: Buffer.from(password).toString('base64') },
  };
  // A Secret that has lost its key cannot be made; that it is written by two at once is too rare to guard against.
  await (found ? kubernetes.apply(secretType, secret, { force: true }) : kubernetes.create(secretType, secret));
  return password;
}

/** What the Secret records: a password that has been set, as its hash says. Any other has yet to be set. */
async function recorded(ctx: Ctx, want: SqlUser): Promise<string | undefined> {
  const kubernetes = await ctx.kubernetes();
  const secret = await kubernetes?.find(secretType, want.secretName, want.secretNamespace);
  const password = secret?.data?.[passwordKey];
  if (!password) return undefined;
  return secret?.metadata.annotations?.[secretHash] === fingerprintOf(password) ? password : undefined;
}

/** As `passwordSecretOf` names it. */
const passwordKey = 'PGPASSWORD';

function memoryKey({ instance, name }: SqlUser): string {
  return `password ${instance}/${name}`;
}

function fingerprintOf(password: string): string {
  return createHash('sha256').update(password).digest('hex').slice(0, 16);
}
