import type { Service, Spec } from '../spec.ts';
import { didYouMean } from '../suggest.ts';
import { mostReplicas, workloads, type Check } from './rule.ts';

/** A service or job uses a database that the config makes. */
export const databaseIsThere: Check = ({ spec }) => {
  const known = spec.db?.databases ?? [];
  return workloads(spec).flatMap(({ database, path, name }) => {
    if (database === undefined || known.includes(database)) return [];
    const message = `${name} uses the database "${database}", which the config does not make`;
    const meant = didYouMean(database, known);
    const named = meant === undefined ? `Name one of: ${known.join(', ')}.` : `Did you mean \`${meant}\`?`;
    const fix = known.length > 0 ? named : 'Add `db:` with it.';
    return [{ code: 'HELLO1009', path: [...path, 'database'], message, fix }];
  });
};

/**
 * What Cloud SQL sets `max_connections` to, by the memory of the machine in GiB, while nobody sets the flag:
 * https://cloud.google.com/sql/docs/postgres/flags#postgres-m
 */
const connectionsFrom: readonly (readonly [gib: number, connections: number])[] = [
  [120, 1000],
  [60, 800],
  [30, 600],
  [15, 500],
  [7.5, 400],
  [6, 200],
  [3.75, 100],
];

/** The shared-core machines, which are smaller than the table begins. */
const sharedCore: Readonly<Record<string, number>> = { 'db-f1-micro': 25, 'db-g1-small': 50 };

/** PostgreSQL keeps this many for its own administration (`superuser_reserved_connections`). */
const reserved = 3;

/** How many connections a machine takes; undefined for one whose name tells nothing of its memory. */
function connectionsOf(tier: string): number | undefined {
  const shared = sharedCore[tier];
  if (shared !== undefined) return shared;
  const mib = /^db-custom-\d+-(\d+)$/.exec(tier)?.[1];
  // 8 GiB for each CPU: https://cloud.google.com/sql/docs/postgres/machine-series-overview
  const cpus = /^db-perf-optimized-N-(\d+)$/.exec(tier)?.[1];
  const gib = mib === undefined ? Number(cpus) * 8 : Number(mib) / 1024;
  return connectionsFrom.find(([from]) => gib >= from)?.[1];
}

/** What each service and job may open at once: all its copies, and the one more that a rollout starts. */
function demands(spec: Spec): { readonly name: string; readonly copies: number; readonly pool: number }[] {
  const of = (service: Service): number => (mostReplicas(service) === 0 ? 0 : mostReplicas(service) + 1);
  return [
    ...spec.services.map((each) => ({ ...each, copies: of(each) })),
    ...spec.jobs.map((each) => ({ ...each, copies: 1 })),
  ].filter((each) => each.database !== undefined && each.copies > 0);
}

/** All copies with full pools, in the middle of a rollout, find room in the database. */
export const connectionsFit: Check = ({ spec }) => {
  const most = spec.db && connectionsOf(spec.db.tier);
  if (!spec.db || most === undefined) return [];
  const all = demands(spec);
  const wanted = all.reduce((sum, { copies, pool }) => sum + copies * pool, reserved);
  if (wanted <= most) return [];
  const sum = all.map(({ name, copies, pool }) => `${name} ${copies} x ${pool}`).join(' + ');
  const message = `up to ${wanted} connections (${sum} + ${reserved} of the server's own), and ${spec.db.tier} takes ${most}`;
  const fix =
    'Take a larger `tier`, fewer replicas, or a smaller `pool`. A rollout runs one copy more of each service.';
  return [{ code: 'HELLO1009', path: ['db', 'tier'], message, fix }];
};

/** The name that gcloud gives to a context: gke_<project>_<region or zone>_<cluster>. */
const gkeContext = /^gke_[^_]+_([a-z]+-[a-z]+\d+)(-[a-z])?_/;

/** The database is where the cluster is: each query would cross a continent otherwise, and be paid for. */
export const regionsMeet: Check = ({ spec }) => {
  if (!spec.db || !('existing' in spec.cluster)) return [];
  const region = gkeContext.exec(spec.cluster.existing.context)?.[1];
  if (region === undefined || region === spec.region) return [];
  const message = `the database would be in ${spec.region}, and the cluster is in ${region}`;
  const path = ['cluster', 'existing', 'context'];
  return [{ code: 'HELLO1009', path, message, fix: `Write \`region: ${region}\`.` }];
};
