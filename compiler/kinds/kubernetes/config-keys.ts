import type { Path } from '../../base/json.ts';

/** The keys of the config that a trouble of a workload points to; the most telling first. */
export interface ConfigKeys {
  readonly image: readonly Path[];
  readonly readiness: readonly Path[];
  readonly liveness: readonly Path[];
  readonly memory: readonly Path[];
  readonly room: readonly Path[];
  readonly replicas: readonly Path[];
  readonly env: readonly Path[];
  readonly database: readonly Path[];
  /** A variable that comes from a Kubernetes Secret; where nobody wrote it, it is the database's password. */
  secret(variable: string): readonly Path[];
}

/** The keys for a workload that stands at a path: `['app']` for the short form, else `['services', 'web']`. */
export function configKeys(path: Path): ConfigKeys {
  const own = (...parts: Path): Path => [...path, ...parts];
  const isShort = path.length < 2;
  const replicas = isShort ? [['replicas'], path] : [own('replicas'), own()];
  const database: readonly Path[] = [['db', 'instance'], ['db']];
  return {
    image: [own('image'), own('build')],
    readiness: [own('probes', 'readiness'), own('probes')],
    liveness: [own('probes', 'liveness'), own('probes')],
    memory: [own('resources', 'memory'), own('resources'), own()],
    room: [own('resources'), ...replicas],
    replicas,
    env: isShort ? [['env'], path] : [own('env'), ['env']],
    database,
    secret: (variable) => [own('secrets', variable), own('secrets'), ['db']],
  };
}
