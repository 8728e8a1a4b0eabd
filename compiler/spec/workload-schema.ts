import * as z from 'zod/mini';
import { about, databaseName, dnsLabel } from './schema-parts.ts';

const probePath = z.string().check(z.regex(/^\/\S*$/, 'a path that starts with /'));

const envName = z.string().check(z.regex(/^[A-Za-z_]\w*$/, 'letters, digits and underscores'));

export const envSchema = z.record(envName, z.union([z.string(), z.number(), z.boolean()], { error: 'a text' }));

const probesSchema = z.strictObject({
  readiness: about('Path that answers 2xx when the app can serve.', z._default(probePath, '/readyz')),
  liveness: about('Path that answers 2xx while the app is alive.', z._default(probePath, '/healthz')),
});

const metricsSchema = z.union(
  [
    probePath,
    z.strictObject({
      path: about('Path that answers with metrics in the format of Prometheus.', z._default(probePath, '/metrics')),
      port: about(
        'Port of the app. Default: the target of the first port.',
        z.optional(z.int().check(z.minimum(1), z.maximum(65535))),
      ),
    }),
  ],
  { error: 'a path like /metrics, or `path: /metrics` and `port: 9090`' },
);

const metrics = about(
  'Where managed Prometheus collects its metrics, every 30 seconds. Leave it out for an app without any.',
  z.optional(metricsSchema),
);

const imageFields = {
  image: about(
    'Image to run. Default: <region>-docker.pkg.dev/<project>/<name>/<service>:latest.',
    z.optional(z.string().check(z.minLength(1))),
  ),
  build: about(
    'Folder of the Dockerfile that the image is made of. Default: . when no image is given.',
    z.optional(z.string().check(z.minLength(1))),
  ),
};

const pool = about(
  'Database connections that each copy opens at most. It is told so by DB_POOL_MAX.',
  z._default(z.int().check(z.minimum(1), z.maximum(1000)), 3),
);

/** Of `allow`, in the long form and the short one. */
export const allowed = 'Who may reach the public ports, as ranges of addresses. Default: the whole internet.';
/** Ranges of addresses; made anew for each key, as each has its own description. */
export const ranges = () =>
  z.optional(z.array(z.cidrv4('a range of addresses like 203.0.113.0/24')).check(z.minLength(1), z.maxLength(100)));

export const appSchema = z.strictObject({
  ...imageFields,
  pool,
  probes: about(
    'Where the platform asks the app for its health, over HTTP on the first port.',
    z.prefault(probesSchema, {}),
  ),
  metrics,
});

/** Who can reach a port, from the widest to the narrowest. */
export const reachSchema = z.enum(['public', 'vpc', 'cluster']);

const portNumber = () => z.int().check(z.minimum(1), z.maximum(65535));
export const portSchema = z.union(
  [
    z.string().check(z.regex(/^\d{1,5}:\d{1,5}$/, 'a pair like "80:5000": the public port, then the port of the app')),
    z.strictObject({
      port: about('Port that clients connect to.', portNumber()),
      target: about('Port that the app listens on.', portNumber()),
      name: about(
        'Name of the port.',
        z.optional(z.string().check(z.regex(dnsLabel), z.maxLength(15, 'at most 15 characters'))),
      ),
      reach: about(
        'Who can reach it: `public` by a load balancer, `vpc` by one inside the network, `cluster` from pods alone. Default: public.',
        z.optional(reachSchema),
      ),
      public: about('Shorter: true for `reach: public`, false for `reach: cluster`.', z.optional(z.boolean())),
    }),
  ],
  { error: 'a pair like "80:5000", or `port: 80` and `target: 5000`' },
);

const replicaCount = z.int().check(z.minimum(0), z.maximum(1000));
const percentage = z.int().check(z.minimum(1), z.maximum(100));
export const replicasSchema = z.union(
  [
    replicaCount,
    z.strictObject({
      min: about('Never fewer.', z.int().check(z.minimum(1), z.maximum(1000))),
      max: about('Never more.', z.int().check(z.minimum(1), z.maximum(1000))),
      cpu: about(
        'Grows when the CPU used is above this share of what is requested, in percent.',
        z._default(percentage, 80),
      ),
      memory: about('Grows when the memory used is above this share, in percent.', z.optional(percentage)),
    }),
  ],
  { error: 'a whole number, or `min: 2` and `max: 10`' },
);

const cpuAmount = /^\d+(\.\d+)?m?$/;
const memoryAmount = /^\d+(\.\d+)?(Ki|Mi|Gi)$/;

const workloadFields = {
  ...imageFields,
  command: about(
    'Program to run in place of the one of the image.',
    z.optional(z.array(z.string()).check(z.minLength(1))),
  ),
  args: about('Arguments of the program.', z.optional(z.array(z.string()))),
  env: about('Environment. Not for secrets.', z._default(envSchema, {})),
  secrets: about(
    'Environment from Kubernetes Secrets of the namespace: NAME: secret/key. Resolved when the pod starts.',
    z._default(
      z.record(
        envName,
        z.string().check(z.regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[-.\w]+$/, 'a reference like my-secret/KEY')),
      ),
      {},
    ),
  ),
  resources: about(
    'What each copy gets. Autopilot wants 1 to 6.5 GiB of memory per CPU.',
    z.prefault(
      z.strictObject({
        cpu: about(
          'CPU that is set aside.',
          z._default(z.string().check(z.regex(cpuAmount, 'an amount like 250m or 1')), '250m'),
        ),
        memory: about(
          'Memory that is set aside, and the most that it may use.',
          z._default(z.string().check(z.regex(memoryAmount, 'an amount like 512Mi or 2Gi')), '512Mi'),
        ),
      }),
      {},
    ),
  ),
  database: about(
    'Which database it uses. Default: the one that there is; false for none.',
    z.optional(z.union([databaseName, z.literal(false)], { error: 'the name of a database, or false' })),
  ),
  pool,
};

export const serviceSchema = z.strictObject({
  ...workloadFields,
  replicas: about('How many copies run: a number, or a range with targets.', z._default(replicasSchema, 3)),
  ports: about(
    'What it serves. Leave it out for a worker. "80:5000" means public port 80 to port 5000 of the app.',
    z._default(z.array(portSchema).check(z.maxLength(16)), []),
  ),
  allow: about(allowed, ranges()),
  probes: about('Where the platform asks it for its health, on the first port.', z.prefault(probesSchema, {})),
  metrics,
});

export const jobSchema = z.strictObject({
  ...workloadFields,
  schedule: about(
    'When it runs, as a cron expression in UTC. Without one it runs before each rollout that changes it.',
    z.optional(z.string().check(z.regex(/^(\S+\s+){4}\S+$|^@\w+$/, 'five fields like "0 3 * * *"'))),
  ),
  retries: about('How often a failed run is tried again.', z._default(z.int().check(z.minimum(0), z.maximum(10)), 2)),
  timeout: about(
    'How long a run may take, with what is tried again; then it is stopped and counts as failed.',
    z._default(z.string().check(z.regex(/^[1-9]\d*[smh]$/, 'a time like 90s, 30m or 2h')), '30m'),
  ),
});
