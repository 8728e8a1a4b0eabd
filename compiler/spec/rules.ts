import { problem, type Diagnostic, type DiagnosticCode } from '../base/diagnostic.ts';
import { formatPath, type Path } from '../base/json.ts';
import type { Document } from './document.ts';
import type { Spec, SpecFile } from './schema.ts';

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
  imageOrBuild,
  imageLooksLikeOne,
  portsAreInRange,
  publicPortsDiffer,
  databasePortIsFree,
  envLeavesOursAlone,
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

function imageOrBuild(_spec: Spec, file: SpecFile): Finding[] {
  if (file.app.image === undefined || file.app.build === undefined) return [];
  const message = '`app.image` and `app.build` exclude each other';
  return [
    {
      code: 'HELLO1009',
      path: ['app'],
      key: 'build',
      message,
      fix: 'Keep `image` to run an image that exists, or `build` to run what the Dockerfile makes.',
    },
  ];
}

/** Reference grammar: https://github.com/distribution/reference, kept looser. */
function imageLooksLikeOne(_spec: Spec, file: SpecFile): Finding[] {
  const { image } = file.app;
  if (
    image === undefined ||
    /^[a-z0-9][\w.:-]*(\/[a-z0-9][\w.-]*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/.test(image)
  )
    return [];
  const fix = 'Write it as registry/path/name:tag, without https:// and with a lower-case path.';
  return [{ code: 'HELLO1005', path: ['app', 'image'], message: '`app.image` is not the name of an image', fix }];
}

function portsAreInRange(spec: Spec): Finding[] {
  return spec.ports.flatMap(({ port, target }, index) =>
    Math.min(port, target) < 1 || Math.max(port, target) > 65535
      ? [
          {
            code: 'HELLO1005' as const,
            path: ['ports', index],
            message: `\`ports[${index}]\` must hold ports from 1 to 65535`,
            fix: 'Write "80:5000".',
          },
        ]
      : [],
  );
}

function publicPortsDiffer(spec: Spec): Finding[] {
  return spec.ports.flatMap(({ port }, index) => {
    const first = spec.ports.findIndex((each) => each.port === port);
    if (first === index) return [];
    const message = `port ${port} is already served by \`${formatPath(['ports', first])}\``;
    return [
      { code: 'HELLO1009' as const, path: ['ports', index], message, fix: 'Give each entry a public port of its own.' },
    ];
  });
}

/** PostgreSQL's port and the health port of the database proxy, which runs beside the app in the same pod. */
const proxyPorts = [5432, 9801];

function databasePortIsFree(spec: Spec): Finding[] {
  if (!spec.db) return [];
  return spec.ports.flatMap(({ target }, index) =>
    proxyPorts.includes(target)
      ? [
          {
            code: 'HELLO1009' as const,
            path: ['ports', index],
            message: `port ${target} of the pod is taken by the database proxy`,
            fix: 'Let the app listen on another port.',
          },
        ]
      : [],
  );
}

function envLeavesOursAlone(spec: Spec): Finding[] {
  const ours = ['PORT', 'POD_NAME', ...(spec.db ? ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER', 'PGPASSWORD'] : [])];
  return ours
    .filter((name) => Object.hasOwn(spec.env, name))
    .map((name) => ({
      code: 'HELLO1009' as const,
      path: ['env'],
      key: name,
      message: `\`env.${name}\` is set by hello`,
      fix: name === 'PORT' ? 'Remove it, and say the port in `ports`.' : 'Remove it.',
    }));
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
  if (!spec.db || !/^(postgres|template[01]|cloudsqladmin)$/.test(spec.db.database)) return [];
  const path = file.db?.database === undefined ? ['name'] : ['db', 'database'];
  const message = `the database "${spec.db.database}" belongs to the server itself`;
  return [{ code: 'HELLO1007', path, message, fix: 'Choose another name in `db.database`.' }];
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
