import type * as z from 'zod/mini';
import type { Path } from '../base/json.ts';
import type { Stage } from './stages.ts';
import type { dbSchema, SpecFile } from './schema.ts';
import { serviceSchema, type jobSchema, type reachSchema } from './workload-schema.ts';

/** What the app needs, validated and with all defaults filled in. */
export interface Spec {
  /** With the stage in it. */
  readonly name: string;
  /** The stage that was chosen, for a config that has stages. */
  readonly stage?: Stage;
  readonly project: string;
  readonly region: string;
  readonly cluster: { readonly name: string } | { readonly existing: { readonly context: string } };
  readonly db?: {
    readonly instance: string;
    readonly databases: readonly string[];
    readonly user: string;
    readonly version: z.output<typeof dbSchema>['version'];
    readonly tier: string;
  };
  /** By name, as everything that the file has as a map: the order of its keys means nothing. The short form is one service with the name of the app. */
  readonly services: readonly Service[];
  readonly jobs: readonly Job[];
}

/** What services and jobs have in common: a container of the user's. */
export interface Workload {
  readonly name: string;
  readonly image: string;
  /** The folder that the image is made of. */
  readonly build?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Variable -> the key of a Kubernetes Secret. */
  readonly secrets: Readonly<Record<string, { readonly name: string; readonly key: string }>>;
  readonly resources: { readonly cpu: string; readonly memory: string };
  /** The database that it uses. */
  readonly database?: string;
  /** Connections to it that each copy opens at most. */
  readonly pool: number;
  /** Where it stands in the file: `[]` for the short form. */
  readonly path: Path;
}

export interface Service extends Workload {
  readonly replicas:
    | number
    | { readonly min: number; readonly max: number; readonly cpu: number; readonly memory?: number };
  readonly ports: readonly Port[];
  /** Who may reach the public ports, as ranges of addresses. Absent: everybody. */
  readonly allow?: readonly string[];
  readonly probes: { readonly readiness: string; readonly liveness: string };
  /** Where its metrics are; the port is one of the app. */
  readonly metrics?: { readonly path: string; readonly port: number };
}

/** Who can reach a port. */
export type Reach = z.output<typeof reachSchema>;

export interface Port {
  readonly name: string;
  readonly port: number;
  readonly target: number;
  readonly reach: Reach;
}

export interface Job extends Workload {
  /** Absent: it runs before a rollout, once for each change of it. */
  readonly schedule?: string;
  readonly retries: number;
  readonly timeoutSeconds: number;
}

/** Fills in what follows from other keys. `project` is the one that was found, in the file or in the environment. */
export function completeSpec(file: SpecFile, project: string): Spec {
  const { name, region } = file;
  const cluster = file.cluster ?? `${name}-cluster`;
  const db = file.db && completeDb(file.db, name);
  const context: Context = { file, project, databases: db?.databases ?? [] };
  return {
    name,
    project,
    region,
    cluster: typeof cluster === 'string' ? { name: cluster } : cluster,
    ...(db && { db }),
    services: file.services
      ? byName(file.services).map(([key, each]) => completeService(key, each, ['services', key], context))
      : [completeService(name, shortForm(file), [], context)],
    jobs: byName(file.jobs).map(([key, each]) => completeJob(key, each, context)),
  };
}

interface Context {
  readonly file: SpecFile;
  readonly project: string;
  readonly databases: readonly string[];
}

type ServiceFile = z.output<typeof serviceSchema>;
type JobFile = z.output<typeof jobSchema>;

function completeDb(db: z.output<typeof dbSchema>, name: string): NonNullable<Spec['db']> {
  const {
    instance = `${name}-db`,
    database = name.replaceAll('-', '_'),
    databases = [database],
    user,
    version,
    tier,
  } = db;
  return { instance, databases, user, version, tier };
}

/** `app`, `replicas`, `ports` and `allow` are one service, which the schema fills in like any other. */
function shortForm({ app, replicas, ports = ['80:5000'], allow }: SpecFile): ServiceFile {
  return serviceSchema.parse({ ...app, replicas, ports, allow });
}

function completeService(name: string, each: ServiceFile, path: Path, context: Context): Service {
  const { allow, replicas, probes } = each;
  const ports = each.ports.map(completePort);
  const metrics = completeMetrics(each.metrics, ports);
  return {
    ...completeWorkload(name, each, path, context),
    replicas: completeReplicas(replicas),
    ports,
    ...(allow && { allow }),
    probes,
    ...(metrics && { metrics }),
  };
}

/** Port 0 when there is none: a rule asks for it. */
function completeMetrics(metrics: ServiceFile['metrics'], [first]: readonly Port[]): Service['metrics'] {
  if (metrics === undefined) return undefined;
  const { path, port }: { path: string; port?: number | undefined } =
    typeof metrics === 'string' ? { path: metrics } : metrics;
  return { path, port: port ?? first?.target ?? 0 };
}

function completeReplicas(replicas: ServiceFile['replicas']): Service['replicas'] {
  if (typeof replicas === 'number') return replicas;
  const { min, max, cpu, memory } = replicas;
  return { min, max, cpu, ...(memory !== undefined && { memory }) };
}

function completeJob(name: string, each: JobFile, context: Context): Job {
  const { schedule, retries, timeout } = each;
  const workload = completeWorkload(name, each, ['jobs', name], context);
  return { ...workload, ...(schedule !== undefined && { schedule }), retries, timeoutSeconds: secondsOf(timeout) };
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

function secondsOf(time: string): number {
  return Number(time.slice(0, -1)) * (unitSeconds[time.slice(-1)] ?? 1);
}

function completeWorkload(name: string, each: ServiceFile | JobFile, path: Path, context: Context): Workload {
  const { command, args, secrets, resources, pool } = each;
  const database = each.database ?? (context.databases.length === 1 ? context.databases[0] : undefined);
  return {
    name,
    ...completeImage(name, each, context),
    ...(command && { command }),
    ...(args && { args }),
    env: texts({ ...context.file.env, ...each.env }),
    secrets: Object.fromEntries(byName(secrets).map(([variable, reference]) => [variable, secretOf(reference)])),
    resources,
    ...(database !== undefined && database !== false && { database }),
    pool,
    path,
  };
}

/** An image that is given is taken as it is; else it is built, from the working folder if nothing is said. */
function completeImage(
  name: string,
  each: ServiceFile | JobFile,
  { file, project }: Context,
): Pick<Workload, 'image' | 'build'> {
  const { image, build } = each;
  if (image !== undefined && build === undefined) return { image };
  return {
    image: image ?? `${file.region}-docker.pkg.dev/${project}/${file.name}/${name}:latest`,
    build: build ?? '.',
  };
}

function completePort(each: ServiceFile['ports'][number]): Port {
  if (typeof each === 'string') {
    const [port = 0, target = 0] = each.split(':').map(Number);
    return { name: `port-${port}`, port, target, reach: 'public' };
  }
  const { port, target, name = `port-${port}`, reach = each.public === false ? 'cluster' : 'public' } = each;
  return { name, port, target, reach };
}

function secretOf(reference: string): { readonly name: string; readonly key: string } {
  const [name = '', key = ''] = reference.split('/');
  return { name, key };
}

function texts(env: Readonly<Record<string, string | number | boolean>>): Record<string, string> {
  return Object.fromEntries(byName(env).map(([key, value]) => [key, String(value)]));
}

/** The entries of a map, in an order that no file, locale or machine decides. */
function byName<T>(map: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(map).toSorted(([one], [other]) => (one < other ? -1 : 1));
}
