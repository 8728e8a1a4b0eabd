import type * as z from 'zod';
import type { Path } from '../base/json.ts';
import type { Stage } from './stages.ts';
import type { appSchema, dbSchema, jobSchema, serviceSchema, SpecFile } from './schema.ts';

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
  /** In the order of the file. The short form is one service with the name of the app. */
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
  /** Where it stands in the file: `[]` for the short form. */
  readonly path: Path;
}

export interface Service extends Workload {
  readonly replicas:
    | number
    | { readonly min: number; readonly max: number; readonly cpu: number; readonly memory?: number };
  readonly ports: readonly Port[];
  readonly probes: { readonly readiness: string; readonly liveness: string };
}

export interface Port {
  readonly name: string;
  readonly port: number;
  readonly target: number;
  readonly public: boolean;
}

export interface Job extends Workload {
  /** Absent: it runs before a rollout, once for each change of it. */
  readonly schedule?: string;
  readonly retries: number;
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
      ? Object.entries(file.services).map(([key, each]) => completeService(key, each, ['services', key], context))
      : [completeService(name, shortForm(file), [], context)],
    jobs: Object.entries(file.jobs).map(([key, each]) => completeJob(key, each, context)),
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

/** `app`, `replicas` and `ports` are one service. */
function shortForm({ app, replicas = 3, ports = ['80:5000'] }: SpecFile): ServiceFile {
  const { image, build, probes }: Partial<z.output<typeof appSchema>> = app ?? {};
  const probed = probes ?? { readiness: '/readyz', liveness: '/healthz' };
  const resources = { cpu: '250m', memory: '512Mi' };
  return {
    ...(image !== undefined && { image }),
    ...(build !== undefined && { build }),
    env: {},
    secrets: {},
    resources,
    replicas,
    ports,
    probes: probed,
  };
}

function completeService(name: string, each: ServiceFile, path: Path, context: Context): Service {
  return {
    ...completeWorkload(name, each, path, context),
    replicas: completeReplicas(each.replicas),
    ports: each.ports.map(completePort),
    probes: each.probes,
  };
}

function completeReplicas(replicas: ServiceFile['replicas']): Service['replicas'] {
  if (typeof replicas === 'number') return replicas;
  const { min, max, cpu, memory } = replicas;
  return { min, max, cpu, ...(memory !== undefined && { memory }) };
}

function completeJob(name: string, each: JobFile, context: Context): Job {
  const { schedule, retries } = each;
  const workload = completeWorkload(name, each, ['jobs', name], context);
  return { ...workload, ...(schedule !== undefined && { schedule }), retries };
}

function completeWorkload(name: string, each: ServiceFile | JobFile, path: Path, context: Context): Workload {
  const { command, args, secrets, resources } = each;
  const database = each.database ?? (context.databases.length === 1 ? context.databases[0] : undefined);
  return {
    name,
    ...completeImage(name, each, context),
    ...(command && { command }),
    ...(args && { args }),
    env: texts({ ...context.file.env, ...each.env }),
    secrets: Object.fromEntries(
      Object.entries(secrets).map(([variable, reference]) => [variable, secretOf(reference)]),
    ),
    resources,
    ...(database !== undefined && database !== false && { database }),
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
  if (typeof each !== 'string')
    return { name: each.name ?? `port-${each.port}`, port: each.port, target: each.target, public: each.public };
  const [port = 0, target = 0] = each.split(':').map(Number);
  return { name: `port-${port}`, port, target, public: true };
}

function secretOf(reference: string): { readonly name: string; readonly key: string } {
  const [name = '', key = ''] = reference.split('/');
  return { name, key };
}

function texts(env: Readonly<Record<string, string | number | boolean>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([key, value]) => [key, String(value)]));
}
