/** A config with one small service and a database: what most have. */
export const smallConfig = 'name: bench\nproject: bench-project\ndb: {}\napp: { image: nginx }\n';

/** A config of so many services, each with what a real one says. A few use the database, as its connections are few. */
export function configOf(services: number): string {
  const each = Array.from({ length: services }, (_, index) => serviceOf(index, services));
  return `name: bench
project: bench-project
db:
  databases: [main]
  tier: db-custom-4-15360
services:
${each.join('')}`;
}

function serviceOf(index: number, of: number): string {
  return `  service-${index}:
    image: europe-docker.pkg.dev/bench-project/apps/service-${index}:1.${index}
    database: ${index < 3 ? 'main' : 'false'}
    args: [serve, --verbose]
    replicas: { min: 2, max: 10, cpu: 70 }
    ports:
      - { port: 80, target: 5000, public: false }
    env:
      LOG_LEVEL: info
      UPSTREAM: http://service-${(index + 1) % of}
      CACHE_SECONDS: 300
    secrets:
      API_KEY: keys/service-${index}
    resources: { cpu: 250m, memory: 512Mi }
    probes:
      readiness: /ready
      liveness: /alive
`;
}

/** A config of so many services that run nothing, in a cluster that is there already. */
export function idleConfigOf(services: number, context: string): string {
  const each = Array.from({ length: services }, (_, index) => idleServiceOf(index, services));
  return `name: bench-${services}
project: bench-project
cluster: { existing: { context: ${context} } }
services:
${each.join('')}`;
}

function idleServiceOf(index: number, of: number): string {
  return `  service-${index}:
    image: registry.k8s.io/pause:3.10
    replicas: 0
    ports: [{ port: 80, target: 5000, public: false }]
    env: { LOG_LEVEL: info, UPSTREAM: http://service-${(index + 1) % of} }
    resources: { cpu: 250m, memory: 512Mi }
`;
}
