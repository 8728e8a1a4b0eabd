import type { Job, Service, Spec, Workload } from './spec.ts';

/**
 * The spec in the words of the file, with everything that was left out filled in, the image of a build included. A single
 * service that was written in the short form stays in it, so that every path is one that a user could have
 * written, and has its origin.
 */
export function asConfig(spec: Spec): Readonly<Record<string, unknown>> {
  const { name, stage: _stage, project, region, cluster, db, services, jobs } = spec;
  const [first, ...more] = services;
  const short = first && first.path.length === 0 && more.length === 0 ? shortForm(first) : undefined;
  return {
    name,
    project,
    region,
    cluster,
    ...(db && { db: dbOf(db) }),
    ...(short ?? { services: Object.fromEntries(services.map((service) => [service.name, serviceOf(service)])) }),
    ...(jobs.length > 0 && { jobs: Object.fromEntries(jobs.map((job) => [job.name, jobOf(job)])) }),
  };
}

function dbOf({ instance, databases, ...rest }: NonNullable<Spec['db']>): object {
  const [only, ...more] = databases;
  return { instance, ...(more.length === 0 ? { database: only } : { databases }), ...rest };
}

function shortForm({ image, build, probes, metrics, env, replicas, ports }: Service): object {
  return {
    app: { image, ...(build !== undefined && { build }), probes, ...(metrics && { metrics }) },
    env,
    replicas,
    ports,
  };
}

function serviceOf(service: Service): object {
  const { replicas, ports, probes, metrics } = service;
  return { ...workloadOf(service), replicas, ports, probes, ...(metrics && { metrics }) };
}

function jobOf(job: Job): object {
  const { schedule, retries, timeoutSeconds } = job;
  return { ...workloadOf(job), ...(schedule !== undefined && { schedule }), retries, timeout: timeOf(timeoutSeconds) };
}

function timeOf(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

function workloadOf({ name: _name, path: _path, secrets, ...rest }: Workload): object {
  const { image, build, command, args, env, resources, database } = rest;
  const references = Object.entries(secrets).map(([variable, { name, key }]) => [variable, `${name}/${key}`]);
  return {
    image,
    ...(build !== undefined && { build }),
    ...(command && { command }),
    ...(args && { args }),
    env,
    secrets: Object.fromEntries(references),
    resources,
    database: database ?? false,
  };
}
