import { CloudError, isCloudError } from '../../base/errors.ts';
import { defineKind } from '../../model/kind.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { sqlInstanceId, sqlLock, upInstance } from './sql-instance.ts';

/** A database on the instance. Databases on it that the spec does not name are never dropped, so there is no prune. */
export interface SqlDatabase {
  readonly project: string;
  readonly instance: string;
  readonly name: string;
  readonly charset: string;
  readonly collation: string;
}

export function sqlDatabaseId(spec: Spec, database: string): ResourceId {
  return address('google.sql-database', `${spec.db?.instance}/${database}`);
}

export const sqlDatabase = defineKind<SqlDatabase>({
  name: 'google.sql-database',
  docs: 'https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/databases',
  typicalSeconds: 3,
  losesData: 'its tables',
  *declare(spec) {
    if (!spec.db) return;
    const { instance, databases } = spec.db;
    for (const name of databases) {
      // PostgreSQL databases are made with these two alone through the API.
      const desired = { project: spec.project, instance, name, charset: 'UTF8', collation: 'en_US.UTF8' };
      yield { key: `${instance}/${name}`, desired, after: [sqlInstanceId(spec)], path: ['db'] };
    }
  },
  title: (desired) => `database ${desired.name}`,
  rules: {
    project: 'immutable',
    instance: 'immutable',
    name: 'immutable',
    charset: 'immutable',
    collation: 'immutable',
  },
  within: (desired) => address('google.sql-instance', desired.instance),
  lock: (desired) => sqlLock(desired.instance),
  async observe(ctx, want) {
    const instance = await upInstance(ctx, want);
    if ('is' in instance) return instance;
    try {
      const found = await (await ctx.google.sql()).getDatabase(want.project, want.instance, want.name);
      const live = { ...want, charset: found.charset ?? want.charset, collation: found.collation ?? want.collation };
      const { owner } = instance;
      return { is: 'present', owner, want, live, outputs: {}, readiness: { is: 'ready' } };
    } catch (error) {
      if (isCloudError(error, 'not-found')) return { is: 'absent' };
      throw error;
    }
  },
  async create(ctx, want) {
    const { project, instance, name, charset, collation } = want;
    const sql = await ctx.google.sql();
    try {
      return await sql.insertDatabase(project, instance, { project, instance, name, charset, collation });
    } catch (error) {
      // One that someone has just made is refused as an invalid request; that it is there now tells the two apart.
      if (!isCloudError(error, 'invalid')) throw error;
      await sql.getDatabase(project, instance, name).catch(() => {
        throw error;
      });
      throw new CloudError(error.message, { ...error.parts, reason: 'exists' });
    }
  },
  async remove(ctx, want) {
    return (await ctx.google.sql()).deleteDatabase(want.project, want.instance, want.name);
  },
});
