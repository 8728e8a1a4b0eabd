import type { DiagnosticCode } from '../../base/diagnostic.ts';
import type { Path } from '../../base/json.ts';
import type { SpecFile } from '../schema.ts';
import type { Sources } from '../sources.ts';
import type { Port, Service, Spec, Workload } from '../spec.ts';

/** One contradiction or refused name, and the value (or the key) that shows it. */
export interface Finding {
  readonly code: DiagnosticCode;
  /** Default: an error. */
  readonly severity?: 'warning';
  readonly path: Path;
  readonly key?: string;
  readonly message: string;
  readonly fix: string;
}

/** What a rule looks at. */
export interface Subject {
  /** With all that follows from other keys. */
  readonly spec: Spec;
  /** As it was written. */
  readonly file: SpecFile;
  /** The folder of the config; undefined where there is none to look into. */
  readonly sources: Sources | undefined;
}

/** A rule over several keys. */
export type Check = (subject: Subject) => readonly Finding[];

/** Everything that runs. */
export function workloads(spec: Spec): readonly Workload[] {
  return [...spec.services, ...spec.jobs];
}

/** Every port of every service, and where it stands. */
export function everyPort(spec: Spec): { readonly service: Service; readonly port: Port; readonly path: Path }[] {
  return spec.services.flatMap((service) =>
    service.ports.map((port, index) => ({ service, port, path: [...service.path, 'ports', index] })),
  );
}

/** The image as the file has it: the short form says it under `app`. */
export function writtenImage(
  { path, name }: Workload,
  file: SpecFile,
): { readonly image?: string | undefined; readonly build?: string | undefined } | undefined {
  if (path.length === 0) return file.app;
  return path[0] === 'services' ? file.services?.[name] : file.jobs[name];
}

/** Where the keys of a workload stand that the short form has under `app`. */
export function bodyPath({ path }: Workload): Path {
  return path.length === 0 ? ['app'] : path;
}

/** The most copies of a service that may run at once, a rollout apart. */
export function mostReplicas({ replicas }: Service): number {
  return typeof replicas === 'number' ? replicas : replicas.max;
}
