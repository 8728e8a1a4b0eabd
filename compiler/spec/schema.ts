import * as z from 'zod';
import { stagesSchema } from './stages-schema.ts';

const dnsLabel = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** What a Google Cloud project id looks like. */
export const projectId = /^[a-z][-a-z0-9]{4,28}[a-z0-9]$/;

const clusterName = z
  .string()
  .regex(dnsLabel, 'lower-case letters, digits and dashes, starting with a letter')
  .max(40, 'at most 40 characters')
  .describe('Name of the GKE Autopilot cluster. At most 40 characters.');

export const clusterSchema = z.union(
  [
    clusterName,
    z.strictObject({ name: clusterName }),
    z.strictObject({
      existing: z
        .strictObject({
          context: z
            .string()
            .min(1)
            .describe('A context of your kubeconfig: kind, minikube, or a GKE cluster of someone else.'),
        })
        .describe('Deploy into a cluster that is already there; hello makes and removes no cluster then.'),
    }),
  ],
  { error: 'a name, `name: …`, or `existing: { context: … }`' },
);

const databaseName = z
  .string()
  .regex(/^[a-zA-Z_][\w-]*$/, 'letters, digits, underscores and dashes, starting with a letter')
  .max(63, 'at most 63 characters');

export const dbSchema = z.strictObject({
  instance: z
    .string()
    .regex(dnsLabel, 'lower-case letters, digits and dashes, starting with a letter')
    .max(80, 'at most 80 characters')
    .optional()
    .describe('Name of the Cloud SQL instance. Default: <name>-db.'),
  database: databaseName
    .optional()
    .describe('Name of the database in the instance. Default: the name with underscores.'),
  databases: z
    .array(databaseName)
    .min(1)
    .max(50)
    .optional()
    .describe('Names of several databases on the one instance, in place of `database`.'),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]*$/, 'lower-case letters, digits, underscores and dashes, starting with a letter')
    .max(63, 'at most 63 characters')
    .default('hello')
    .describe('Database user of the app. Its password is generated, and kept in the Kubernetes Secret alone.'),
  version: z
    .enum(['POSTGRES_14', 'POSTGRES_15', 'POSTGRES_16', 'POSTGRES_17', 'POSTGRES_18'])
    .default('POSTGRES_18')
    .describe('PostgreSQL version. May be raised later, never lowered.'),
  tier: z.string().min(1).default('db-f1-micro').describe('Machine type, for example db-f1-micro or db-custom-2-7680.'),
});

const probePath = z.string().regex(/^\/\S*$/, 'a path that starts with /');

const envName = z.string().regex(/^[A-Za-z_]\w*$/, 'letters, digits and underscores');

const envSchema = z.record(envName, z.union([z.string(), z.number(), z.boolean()], { error: 'a text' }));

const probesSchema = z.strictObject({
  readiness: probePath.default('/readyz').describe('Path that answers 2xx when the app can serve.'),
  liveness: probePath.default('/healthz').describe('Path that answers 2xx while the app is alive.'),
});

const metricsSchema = z.union(
  [
    probePath,
    z.strictObject({
      path: probePath.default('/metrics').describe('Path that answers with metrics in the format of Prometheus.'),
      port: z.int().min(1).max(65535).optional().describe('Port of the app. Default: the target of the first port.'),
    }),
  ],
  { error: 'a path like /metrics, or `path: /metrics` and `port: 9090`' },
);

const metrics = metricsSchema
  .optional()
  .describe('Where managed Prometheus collects its metrics, every 30 seconds. Leave it out for an app without any.');

const imageFields = {
  image: z
    .string()
    .min(1)
    .optional()
    .describe('Image to run. Default: <region>-docker.pkg.dev/<project>/<name>/<service>:latest.'),
  build: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of the Dockerfile that the image is made of. Default: . when no image is given.'),
};

const pool = z
  .int()
  .min(1)
  .max(1000)
  .default(3)
  .describe('Database connections that each copy opens at most. It is told so by DB_POOL_MAX.');

const allow = z
  .array(z.cidrv4('a range of addresses like 203.0.113.0/24'))
  .min(1)
  .max(100)
  .optional()
  .describe('Who may reach the public ports, as ranges of addresses. Default: the whole internet.');

export const appSchema = z.strictObject({
  ...imageFields,
  pool,
  probes: probesSchema
    .prefault({})
    .describe('Where the platform asks the app for its health, over HTTP on the first port.'),
  metrics,
});

/** Who can reach a port, from the widest to the narrowest. */
export const reachSchema = z.enum(['public', 'vpc', 'cluster']);

const portNumber = z.int().min(1).max(65535);
export const portSchema = z.union(
  [
    z.string().regex(/^\d{1,5}:\d{1,5}$/, 'a pair like "80:5000": the public port, then the port of the app'),
    z.strictObject({
      port: portNumber.describe('Port that clients connect to.'),
      target: portNumber.describe('Port that the app listens on.'),
      name: z.string().regex(dnsLabel).max(15, 'at most 15 characters').optional().describe('Name of the port.'),
      reach: reachSchema
        .optional()
        .describe(
          'Who can reach it: `public` by a load balancer, `vpc` by one inside the network, `cluster` from pods alone. Default: public.',
        ),
      public: z.boolean().optional().describe('Shorter: true for `reach: public`, false for `reach: cluster`.'),
    }),
  ],
  { error: 'a pair like "80:5000", or `port: 80` and `target: 5000`' },
);

const replicaCount = z.int().min(0).max(1000);
const percentage = z.int().min(1).max(100);
const replicasSchema = z.union(
  [
    replicaCount,
    z.strictObject({
      min: z.int().min(1).max(1000).describe('Never fewer.'),
      max: z.int().min(1).max(1000).describe('Never more.'),
      cpu: percentage
        .default(80)
        .describe('Grows when the CPU used is above this share of what is requested, in percent.'),
      memory: percentage.optional().describe('Grows when the memory used is above this share, in percent.'),
    }),
  ],
  { error: 'a whole number, or `min: 2` and `max: 10`' },
);

const cpuAmount = /^\d+(\.\d+)?m?$/;
const memoryAmount = /^\d+(\.\d+)?(Ki|Mi|Gi)$/;

const workloadFields = {
  ...imageFields,
  command: z.array(z.string()).min(1).optional().describe('Program to run in place of the one of the image.'),
  args: z.array(z.string()).optional().describe('Arguments of the program.'),
  env: envSchema.default({}).describe('Environment. Not for secrets.'),
  secrets: z
    .record(envName, z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[-.\w]+$/, 'a reference like my-secret/KEY'))
    .default({})
    .describe('Environment from Kubernetes Secrets of the namespace: NAME: secret/key. Resolved when the pod starts.'),
  resources: z
    .strictObject({
      cpu: z.string().regex(cpuAmount, 'an amount like 250m or 1').default('250m').describe('CPU that is set aside.'),
      memory: z
        .string()
        .regex(memoryAmount, 'an amount like 512Mi or 2Gi')
        .default('512Mi')
        .describe('Memory that is set aside, and the most that it may use.'),
    })
    .prefault({})
    .describe('What each copy gets. Autopilot wants 1 to 6.5 GiB of memory per CPU.'),
  database: z
    .union([databaseName, z.literal(false)], { error: 'the name of a database, or false' })
    .optional()
    .describe('Which database it uses. Default: the one that there is; false for none.'),
  pool,
};

export const serviceSchema = z.strictObject({
  ...workloadFields,
  replicas: replicasSchema.default(3).describe('How many copies run: a number, or a range with targets.'),
  ports: z
    .array(portSchema)
    .max(16)
    .default([])
    .describe('What it serves. Leave it out for a worker. "80:5000" means public port 80 to port 5000 of the app.'),
  allow,
  probes: probesSchema.prefault({}).describe('Where the platform asks it for its health, on the first port.'),
  metrics,
});

export const jobSchema = z.strictObject({
  ...workloadFields,
  schedule: z
    .string()
    .regex(/^(\S+\s+){4}\S+$|^@\w+$/, 'five fields like "0 3 * * *"')
    .optional()
    .describe('When it runs, as a cron expression in UTC. Without one it runs before each rollout that changes it.'),
  retries: z.int().min(0).max(10).default(2).describe('How often a failed run is tried again.'),
  timeout: z
    .string()
    .regex(/^[1-9]\d*[smh]$/, 'a time like 90s, 30m or 2h')
    .default('30m')
    .describe('How long a run may take, with what is tried again; then it is stopped and counts as failed.'),
});

const workloadName = z
  .string()
  .regex(dnsLabel, 'lower-case letters, digits and dashes, starting with a letter')
  .max(40);

/** The file as people write it. Every key has a description; everything that can have a default has one. */
export const specSchema = z.strictObject({
  name: z
    .string()
    .regex(dnsLabel, 'lower-case letters, digits and dashes, starting with a letter')
    .max(30, 'at most 30 characters')
    .describe('Name of the app. Everything that is made carries it. At most 30 characters.'),
  project: z
    .string()
    .regex(projectId, 'a project id: 6 to 30 lower-case letters, digits and dashes')
    .optional()
    .describe('Google Cloud project id. Default: GOOGLE_CLOUD_PROJECT.'),
  region: z
    .string()
    .regex(/^[a-z]+-[a-z]+\d+$/, 'a region like us-central1')
    .default('us-central1')
    .describe('Region of the cluster and the database.'),
  cluster: clusterSchema.optional().describe('The GKE Autopilot cluster. Default: <name>-cluster.'),
  db: dbSchema
    .optional()
    .describe('A Cloud SQL for PostgreSQL database on private IP. Leave it out for an app without one.'),
  app: appSchema
    .optional()
    .describe('What runs: an image, or where its Dockerfile is. Short form of a single service.'),
  env: envSchema.default({}).describe('Environment of the app, of all its services and jobs. Not for secrets.'),
  replicas: replicasSchema.optional().describe('How many copies of the app run. Default: 3. Short form, as `app`.'),
  ports: z
    .array(portSchema)
    .min(1)
    .max(16)
    .optional()
    .describe('What the load balancer serves. "80:5000" means port 80 to port 5000 of the app. Default: "80:5000".'),
  allow: allow.describe(
    'Who may reach the public ports, as ranges of addresses. Default: the whole internet. Short form.',
  ),
  services: z
    .record(workloadName, serviceSchema)
    .optional()
    .describe('Several workloads by name, in place of `app`, `replicas`, `ports` and `allow`.'),
  jobs: z
    .record(workloadName, jobSchema)
    .default({})
    .describe('What runs to an end: before a rollout (migrations), or on a schedule.'),
  stages: stagesSchema.optional().describe('What differs in each stage, laid over the rest. Chosen with --stage.'),
});

export type SpecInput = z.input<typeof specSchema>;
/** The file with its defaults, before what follows from other keys is filled in. */
export type SpecFile = z.output<typeof specSchema>;
