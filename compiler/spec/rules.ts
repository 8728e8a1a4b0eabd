import { problem, type Diagnostic, type DiagnosticCode } from '../base/diagnostic.ts';
import { formatPath, type Path } from '../base/json.ts';
import type { Document } from './document.ts';
import type { SpecFile } from './schema.ts';
import type { Port, Service, Spec, Workload } from './spec.ts';

/** One contradiction or refused name, and the value (or the key) that shows it. */
interface Finding {
  readonly code: DiagnosticCode;
  readonly path: Path;
  readonly key?: string;
  readonly message: string;
  readonly fix: string;
}

/** A rule over several keys. Gets the completed spec, and the file as it was written. */
type Rule = (spec: Spec, file: SpecFile) => readonly Finding[];

const rules: readonly Rule[] = [
  oneForm,
  imageOrBuild,
  imageLooksLikeOne,
  portsAreInRange,
  servedPortsDiffer,
  databasePortIsFree,
  envLeavesOursAlone,
  namesDiffer,
  rangeIsOne,
  oneDatabaseForm,
  databaseIsThere,
  namespaceIsNotTheClustersOwn,
  databaseIsNotTheServersOwn,
  userIsNotTheServersOwn,
  instanceFitsItsProject,
];

/** Runs every rule. */
export function checkRules(spec: Spec, file: SpecFile, document: Document, root: Path): Diagnostic[] {
  return rules
    .flatMap((rule) => rule(spec, file))
    .map(({ code, path, key, message, fix }) =>
      problem(code, message, { at: document.locate([...root, ...path], key), fix }),
    );
}

/** The short form and `services` say the same thing: one of them. */
function oneForm(_spec: Spec, file: SpecFile): Finding[] {
  if (!file.services) return [];
  return (['app', 'replicas', 'ports'] as const)
    .filter((key) => file[key] !== undefined)
    .map((key) => ({
      code: 'HELLO1009' as const,
      path: [],
      key,
      message: `\`${key}\` and \`services\` exclude each other`,
      fix: `Move \`${key}\` into the service that it is for.`,
    }));
}

function imageOrBuild(spec: Spec, file: SpecFile): Finding[] {
  return workloads(spec).flatMap((workload) => {
    const written = writtenImage(workload, file);
    if (written?.image === undefined || written.build === undefined) return [];
    const path = imagePath(workload);
    return [
      {
        code: 'HELLO1009' as const,
        path,
        key: 'build',
        message: `\`${formatPath([...path, 'image'])}\` and \`${formatPath([...path, 'build'])}\` exclude each other`,
        fix: 'Keep `image` to run an image that exists, or `build` to run what the Dockerfile makes.',
      },
    ];
  });
}

/** Reference grammar: https://github.com/distribution/reference, kept looser. */
const imageName = /^[a-z0-9][\w.:-]*(\/[a-z0-9][\w.-]*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

function imageLooksLikeOne(spec: Spec, file: SpecFile): Finding[] {
  return workloads(spec).flatMap((workload) => {
    const image = writtenImage(workload, file)?.image;
    if (image === undefined || imageName.test(image)) return [];
    const path = [...imagePath(workload), 'image'];
    const fix = 'Write it as registry/path/name:tag, without https:// and with a lower-case path.';
    return [{ code: 'HELLO1005' as const, path, message: `\`${formatPath(path)}\` is not the name of an image`, fix }];
  });
}

function portsAreInRange(spec: Spec): Finding[] {
  return everyPort(spec).flatMap(({ port, path }) =>
    Math.min(port.port, port.target) < 1 || Math.max(port.port, port.target) > 65535
      ? [
          {
            code: 'HELLO1005' as const,
            path,
            message: `\`${formatPath(path)}\` must hold ports from 1 to 65535`,
            fix: 'Write "80:5000".',
          },
        ]
      : [],
  );
}

/** Ports and names of ports are unique within the object that serves them. */
function servedPortsDiffer(spec: Spec): Finding[] {
  return spec.services.flatMap((service) =>
    service.ports.flatMap((port, index) => {
      const same = (each: Port): boolean =>
        each.public === port.public && (each.port === port.port || each.name === port.name);
      const first = service.ports.findIndex(same);
      if (first === index) return [];
      const what = service.ports[first]?.port === port.port ? `port ${port.port}` : `the name ${port.name}`;
      const message = `${what} is already taken by \`${formatPath([...service.path, 'ports', first])}\``;
      const path = [...service.path, 'ports', index];
      return [{ code: 'HELLO1009' as const, path, message, fix: 'Give each entry a port and a name of its own.' }];
    }),
  );
}

/** PostgreSQL's port and the health port of the database proxy, which runs beside the app in the same pod. */
const proxyPorts = [5432, 9801];

function databasePortIsFree(spec: Spec): Finding[] {
  return everyPort(spec).flatMap(({ service, port, path }) =>
    service.database !== undefined && proxyPorts.includes(port.target)
      ? [
          {
            code: 'HELLO1009' as const,
            path,
            message: `port ${port.target} of the pod is taken by the database proxy`,
            fix: 'Let the app listen on another port.',
          },
        ]
      : [],
  );
}

function envLeavesOursAlone(spec: Spec): Finding[] {
  return workloads(spec).flatMap((workload) => {
    const database = workload.database === undefined ? [] : ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER', 'PGPASSWORD'];
    return ['PORT', 'POD_NAME', ...database].flatMap((name) =>
      (['env', 'secrets'] as const)
        .filter((where) => Object.hasOwn(workload[where], name))
        .map((where) => ({
          code: 'HELLO1009' as const,
          path: [...workload.path, where],
          key: name,
          message: `\`${where}.${name}\` is set by hello`,
          fix: name === 'PORT' ? 'Remove it, and say the port in `ports`.' : 'Remove it.',
        })),
    );
  });
}

function namesDiffer(spec: Spec): Finding[] {
  const services = new Set(spec.services.map((service) => service.name));
  return spec.jobs
    .filter((job) => services.has(job.name))
    .map((job) => ({
      code: 'HELLO1009' as const,
      path: ['jobs'],
      key: job.name,
      message: `a service and a job are both called "${job.name}"`,
      fix: 'Give the job another name.',
    }));
}

function rangeIsOne(spec: Spec): Finding[] {
  return spec.services.flatMap(({ replicas, path }) =>
    typeof replicas !== 'number' && replicas.min > replicas.max
      ? [
          {
            code: 'HELLO1009' as const,
            path: [...path, 'replicas', 'min'],
            message: `\`min\` (${replicas.min}) is above \`max\` (${replicas.max})`,
            fix: 'Let min be at most max.',
          },
        ]
      : [],
  );
}

function oneDatabaseForm(_spec: Spec, file: SpecFile): Finding[] {
  if (file.db?.database === undefined || file.db.databases === undefined) return [];
  const message = '`db.database` and `db.databases` exclude each other';
  return [{ code: 'HELLO1009', path: ['db'], key: 'databases', message, fix: 'Keep one of them.' }];
}

function databaseIsThere(spec: Spec): Finding[] {
  const known = spec.db?.databases ?? [];
  return workloads(spec).flatMap(({ database, path, name }) => {
    if (database === undefined || known.includes(database)) return [];
    const message = `${name} uses the database "${database}", which the config does not make`;
    const fix = known.length > 0 ? `Name one of: ${known.join(', ')}.` : 'Add `db:` with it.';
    return [{ code: 'HELLO1009' as const, path: [...path, 'database'], message, fix }];
  });
}

function workloads(spec: Spec): readonly Workload[] {
  return [...spec.services, ...spec.jobs];
}

function everyPort(spec: Spec): { readonly service: Service; readonly port: Port; readonly path: Path }[] {
  return spec.services.flatMap((service) =>
    service.ports.map((port, index) => ({ service, port, path: [...service.path, 'ports', index] })),
  );
}

/** The image as the file has it: the short form says it under `app`. */
function writtenImage(
  { path, name }: Workload,
  file: SpecFile,
): { readonly image?: string | undefined; readonly build?: string | undefined } | undefined {
  if (path.length === 0) return file.app;
  return path[0] === 'services' ? file.services?.[name] : file.jobs[name];
}

function imagePath({ path }: Workload): Path {
  return path.length === 0 ? ['app'] : path;
}

/** Kubernetes keeps these namespaces for itself; everything of the app is to live, and go, with its own. */
function namespaceIsNotTheClustersOwn(spec: Spec): Finding[] {
  if (spec.name !== 'default' && !/^(kube|gke|gmp|goog)(-|$)/.test(spec.name)) return [];
  const message = `the name "${spec.name}" is kept for the cluster itself`;
  return [
    { code: 'HELLO1007', path: ['name'], message, fix: 'The app gets a namespace of its name: choose another one.' },
  ];
}

function databaseIsNotTheServersOwn(spec: Spec, file: SpecFile): Finding[] {
  const taken = (spec.db?.databases ?? []).filter((name) => /^(postgres|template[01]|cloudsqladmin)$/.test(name));
  const path = file.db?.databases ? ['db', 'databases'] : file.db?.database ? ['db', 'database'] : ['name'];
  return taken.map((name) => ({
    code: 'HELLO1007' as const,
    path,
    message: `the database "${name}" belongs to the server itself`,
    fix: 'Choose another name in `db.database`.',
  }));
}

function userIsNotTheServersOwn(spec: Spec): Finding[] {
  if (!spec.db || !/^(postgres$|pg_|cloudsql|public$|none$)/.test(spec.db.user)) return [];
  const message = `the database user "${spec.db.user}" is reserved`;
  return [
    { code: 'HELLO1007', path: ['db', 'user'], message, fix: 'Choose another name: not postgres, pg_… or cloudsql….' },
  ];
}

/** Cloud SQL: project id and instance name together take at most 98 characters, with the colon between them. */
function instanceFitsItsProject(spec: Spec, file: SpecFile): Finding[] {
  if (!spec.db || `${spec.project}:${spec.db.instance}`.length <= 98) return [];
  const path = file.db?.instance === undefined ? ['name'] : ['db', 'instance'];
  const message = `the instance name "${spec.db.instance}" is too long for the project ${spec.project}`;
  return [{ code: 'HELLO1007', path, message, fix: 'Project and instance together may have 97 characters.' }];
}
