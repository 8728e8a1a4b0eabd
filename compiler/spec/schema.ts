import * as z from 'zod';
import type { Stage } from './stages.ts';
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

export const dbSchema = z.strictObject({
  instance: z
    .string()
    .regex(dnsLabel, 'lower-case letters, digits and dashes, starting with a letter')
    .max(80, 'at most 80 characters')
    .optional()
    .describe('Name of the Cloud SQL instance. Default: <name>-db.'),
  database: z
    .string()
    .regex(/^[a-zA-Z_][\w-]*$/, 'letters, digits, underscores and dashes, starting with a letter')
    .max(63, 'at most 63 characters')
    .optional()
    .describe('Name of the database in the instance. Default: the name with underscores.'),
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

export const appSchema = z.strictObject({
  image: z
    .string()
    .min(1)
    .optional()
    .describe('Image to run. Default: <region>-docker.pkg.dev/<project>/<name>/<name>:latest.'),
  build: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of the Dockerfile that the image is made of. Default: . when no image is given.'),
  probes: z
    .strictObject({
      readiness: probePath.default('/readyz').describe('Path that answers 2xx when the app can serve.'),
      liveness: probePath.default('/healthz').describe('Path that answers 2xx while the app is alive.'),
    })
    .prefault({})
    .describe('Where the platform asks the app for its health, over HTTP on the first port.'),
});

const portNumber = z.int().min(1).max(65535);
export const portSchema = z.union(
  [
    z.string().regex(/^\d{1,5}:\d{1,5}$/, 'a pair like "80:5000": the public port, then the port of the app'),
    z.strictObject({
      port: portNumber.describe('Port that the load balancer listens on.'),
      target: portNumber.describe('Port that the app listens on.'),
    }),
  ],
  { error: 'a pair like "80:5000", or `port: 80` and `target: 5000`' },
);

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
  app: appSchema.prefault({}).describe('What runs: an image, or where its Dockerfile is.'),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_]\w*$/, 'letters, digits and underscores'),
      z.union([z.string(), z.number(), z.boolean()], { error: 'a text' }),
    )
    .default({})
    .describe('Environment of the app. Not for secrets.'),
  replicas: z.int().min(0).max(1000).default(3).describe('How many copies of the app run.'),
  ports: z
    .array(portSchema)
    .min(1)
    .max(16)
    .default([{ port: 80, target: 5000 }])
    .describe('What the load balancer serves. "80:5000" means port 80 to port 5000 of the app.'),
  stages: stagesSchema.optional().describe('What differs in each stage, laid over the rest. Chosen with --stage.'),
});

export type SpecInput = z.input<typeof specSchema>;
/** The file with its defaults, before what follows from other keys is filled in. */
export type SpecFile = z.output<typeof specSchema>;

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
    readonly database: string;
    readonly user: string;
    readonly version: z.output<typeof dbSchema>['version'];
    readonly tier: string;
  };
  readonly app: {
    readonly image: string;
    readonly build?: string;
    readonly probes: { readonly readiness: string; readonly liveness: string };
  };
  readonly env: Readonly<Record<string, string>>;
  readonly replicas: number;
  readonly ports: readonly { readonly port: number; readonly target: number }[];
}

/** Fills in what follows from other keys. `project` is the one that was found, in the file or in the environment. */
export function completeSpec(file: SpecFile, project: string): Spec {
  const { name, region, app } = file;
  const cluster = file.cluster ?? `${name}-cluster`;
  return {
    name,
    project,
    region,
    cluster: typeof cluster === 'string' ? { name: cluster } : cluster,
    ...(file.db && {
      db: {
        ...file.db,
        instance: file.db.instance ?? `${name}-db`,
        database: file.db.database ?? name.replaceAll('-', '_'),
      },
    }),
    app: completeApp(app, `${region}-docker.pkg.dev/${project}/${name}/${name}:latest`),
    env: Object.fromEntries(Object.entries(file.env).map(([key, value]) => [key, String(value)])),
    replicas: file.replicas,
    ports: file.ports.map((each) => {
      if (typeof each !== 'string') return each;
      const [port = 0, target = 0] = each.split(':').map(Number);
      return { port, target };
    }),
  };
}

/** An image that is given is taken as it is; else it is built, from the working folder if nothing is said. */
function completeApp(app: z.output<typeof appSchema>, builtImage: string): Spec['app'] {
  const { image, build, probes } = app;
  if (image !== undefined && build === undefined) return { image, probes };
  return { image: image ?? builtImage, build: build ?? '.', probes };
}
