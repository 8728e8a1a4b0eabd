import * as z from 'zod/mini';
import { about, databaseName, dnsLabel } from './schema-parts.ts';
import { stagesSchema } from './stages-schema.ts';
import {
  allowed,
  appSchema,
  envSchema,
  jobSchema,
  portSchema,
  ranges,
  replicasSchema,
  serviceSchema,
} from './workload-schema.ts';

/** What a Google Cloud project id looks like. */
export const projectId = /^[a-z][-a-z0-9]{4,28}[a-z0-9]$/;

const clusterName = about(
  'Name of the GKE Autopilot cluster. At most 40 characters.',
  z
    .string()
    .check(
      z.regex(dnsLabel, 'lower-case letters, digits and dashes, starting with a letter'),
      z.maxLength(40, 'at most 40 characters'),
    ),
);

export const clusterSchema = z.union(
  [
    clusterName,
    z.strictObject({ name: clusterName }),
    z.strictObject({
      existing: about(
        'Deploy into a cluster that is already there; hello makes and removes no cluster then.',
        z.strictObject({
          context: about(
            'A context of your kubeconfig: kind, minikube, or a GKE cluster of someone else.',
            z.string().check(z.minLength(1)),
          ),
        }),
      ),
    }),
  ],
  { error: 'a name, `name: …`, or `existing: { context: … }`' },
);

export const dbSchema = z.strictObject({
  instance: about(
    'Name of the Cloud SQL instance. Default: <name>-db.',
    z.optional(
      z
        .string()
        .check(
          z.regex(dnsLabel, 'lower-case letters, digits and dashes, starting with a letter'),
          z.maxLength(80, 'at most 80 characters'),
        ),
    ),
  ),
  database: about(
    'Name of the database in the instance. Default: the name with underscores.',
    z.optional(databaseName),
  ),
  databases: about(
    'Names of several databases on the one instance, in place of `database`.',
    z.optional(z.array(databaseName).check(z.minLength(1), z.maxLength(50))),
  ),
  user: about(
    'Database user of the app. Its password is generated, and kept in the Kubernetes Secret alone.',
    z._default(
      z
        .string()
        .check(
          z.regex(/^[a-z_][a-z0-9_-]*$/, 'lower-case letters, digits, underscores and dashes, starting with a letter'),
          z.maxLength(63, 'at most 63 characters'),
        ),
      'hello',
    ),
  ),
  version: about(
    'PostgreSQL version. May be raised later, never lowered.',
    z._default(z.enum(['POSTGRES_14', 'POSTGRES_15', 'POSTGRES_16', 'POSTGRES_17', 'POSTGRES_18']), 'POSTGRES_18'),
  ),
  tier: about(
    'Machine type, for example db-f1-micro or db-custom-2-7680.',
    z._default(z.string().check(z.minLength(1)), 'db-f1-micro'),
  ),
});

const workloadName = z
  .string()
  .check(z.regex(dnsLabel, 'lower-case letters, digits and dashes, starting with a letter'), z.maxLength(40));

/** The file as people write it. Every key has a description; everything that can have a default has one. */
export const specSchema = z.strictObject({
  name: about(
    'Name of the app. Everything that is made carries it. At most 30 characters.',
    z
      .string()
      .check(
        z.regex(dnsLabel, 'lower-case letters, digits and dashes, starting with a letter'),
        z.maxLength(30, 'at most 30 characters'),
      ),
  ),
  project: about(
    'Google Cloud project id. Default: GOOGLE_CLOUD_PROJECT.',
    z.optional(z.string().check(z.regex(projectId, 'a project id: 6 to 30 lower-case letters, digits and dashes'))),
  ),
  region: about(
    'Region of the cluster and the database.',
    z._default(z.string().check(z.regex(/^[a-z]+-[a-z]+\d+$/, 'a region like us-central1')), 'us-central1'),
  ),
  cluster: about('The GKE Autopilot cluster. Default: <name>-cluster.', z.optional(clusterSchema)),
  db: about(
    'A Cloud SQL for PostgreSQL database on private IP. Leave it out for an app without one.',
    z.optional(dbSchema),
  ),
  app: about('What runs: an image, or where its Dockerfile is. Short form of a single service.', z.optional(appSchema)),
  env: about('Environment of the app, of all its services and jobs. Not for secrets.', z._default(envSchema, {})),
  replicas: about('How many copies of the app run. Default: 3. Short form, as `app`.', z.optional(replicasSchema)),
  ports: about(
    'What the load balancer serves. "80:5000" means port 80 to port 5000 of the app. Default: "80:5000".',
    z.optional(z.array(portSchema).check(z.minLength(1), z.maxLength(16))),
  ),
  allow: about(`${allowed} Short form.`, ranges()),
  services: about(
    'Several workloads by name, in place of `app`, `replicas`, `ports` and `allow`.',
    z.optional(z.record(workloadName, serviceSchema)),
  ),
  jobs: about(
    'What runs to an end: before a rollout (migrations), or on a schedule.',
    z._default(z.record(workloadName, jobSchema), {}),
  ),
  stages: about('What differs in each stage, laid over the rest. Chosen with --stage.', z.optional(stagesSchema)),
});

export type SpecInput = z.input<typeof specSchema>;
/** The file with its defaults, before what follows from other keys is filled in. */
export type SpecFile = z.output<typeof specSchema>;
