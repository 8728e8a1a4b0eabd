import { workloads, type Check } from './rule.ts';

/** What hello itself puts into the environment. */
const ours = ['PORT', 'POD_NAME'];
/** The same where there is a database: libpq's own names, and the size of the pool. */
const oursWithDatabase = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER', 'PGPASSWORD', 'DB_POOL_MAX'];
const saidElsewhere: Readonly<Record<string, string>> = {
  PORT: 'Remove it, and say the port in `ports`.',
  DB_POOL_MAX: 'Remove it, and say it as `pool`.',
};

/** Two values for one variable would be a coin toss. */
export const envLeavesOursAlone: Check = ({ spec }) =>
  workloads(spec).flatMap((workload) => {
    const taken = workload.database === undefined ? ours : [...ours, ...oursWithDatabase];
    return taken.flatMap((name) =>
      (['env', 'secrets'] as const)
        .filter((where) => Object.hasOwn(workload[where], name))
        .map((where) => ({
          code: 'HELLO1009' as const,
          path: [...workload.path, where],
          key: name,
          message: `\`${where}.${name}\` is set by hello`,
          fix: saidElsewhere[name] ?? 'Remove it.',
        })),
    );
  });

/** A service and a job of one name would share their ConfigMap. */
export const namesDiffer: Check = ({ spec }) => {
  const services = new Set(spec.services.map((service) => service.name));
  return spec.jobs
    .filter((job) => services.has(job.name))
    .map((job) => ({
      code: 'HELLO1009',
      path: ['jobs'],
      key: job.name,
      message: `a service and a job are both called "${job.name}"`,
      fix: 'Give the job another name.',
    }));
};

/** Kubernetes keeps these namespaces for itself; everything of the app is to live, and go, with its own. */
export const namespaceIsNotTheClustersOwn: Check = ({ spec }) => {
  if (spec.name !== 'default' && !/^(kube|gke|gmp|goog)(-|$)/.test(spec.name)) return [];
  const message = `the name "${spec.name}" is kept for the cluster itself`;
  return [
    { code: 'HELLO1007', path: ['name'], message, fix: 'The app gets a namespace of its name: choose another one.' },
  ];
};

/** The databases that every server has. */
export const databaseIsNotTheServersOwn: Check = ({ spec, file }) => {
  const taken = (spec.db?.databases ?? []).filter((name) => /^(postgres|template[01]|cloudsqladmin)$/.test(name));
  const path = file.db?.databases ? ['db', 'databases'] : file.db?.database ? ['db', 'database'] : ['name'];
  return taken.map((name) => ({
    code: 'HELLO1007',
    path,
    message: `the database "${name}" belongs to the server itself`,
    fix: 'Choose another name in `db.database`.',
  }));
};

/** The users that every server has. */
export const userIsNotTheServersOwn: Check = ({ spec }) => {
  if (!spec.db || !/^(postgres$|pg_|cloudsql|public$|none$)/.test(spec.db.user)) return [];
  const message = `the database user "${spec.db.user}" is reserved`;
  return [
    { code: 'HELLO1007', path: ['db', 'user'], message, fix: 'Choose another name: not postgres, pg_… or cloudsql….' },
  ];
};

/** Cloud SQL: project id and instance name together take at most 98 characters, with the colon between them. */
export const instanceFitsItsProject: Check = ({ spec, file }) => {
  if (!spec.db || `${spec.project}:${spec.db.instance}`.length <= 98) return [];
  const path = file.db?.instance === undefined ? ['name'] : ['db', 'instance'];
  const message = `the instance name "${spec.db.instance}" is too long for the project ${spec.project}`;
  return [{ code: 'HELLO1007', path, message, fix: 'Project and instance together may have 97 characters.' }];
};
