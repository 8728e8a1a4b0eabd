import { fail, ok, problem, type Diagnostic, type Result } from '../base/diagnostic.ts';
import type { Host } from '../base/host.ts';
import type { Document } from './document.ts';
import { projectId } from './schema.ts';
import type { Spec } from './spec.ts';

/** Where the project comes from when the file doesn't say, first to last: as Google's own clients look for it. */
const projectVariables = ['GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT', 'CLOUDSDK_CORE_PROJECT'] as const;

/** The variable that names a project, and what it names. */
export function projectFromEnv(env: Host['env']): { readonly variable: string; readonly project: string } | undefined {
  const variable = projectVariables.find((name) => (env[name] ?? '') !== '');
  const project = variable && env[variable];
  return variable !== undefined && project !== undefined ? { variable, project } : undefined;
}

/** The project that the file names, else the one of the environment. */
export function findProject(inFile: unknown, env: Host['env'], document: Document): Result<string> {
  if (inFile !== undefined) return ok(typeof inFile === 'string' ? inFile : ''); // the schema has its say about it
  const found = projectFromEnv(env);
  if (!found) {
    const fix = 'Add `project: <id>` to the file, or set GOOGLE_CLOUD_PROJECT.';
    const at = document.locate(['name']);
    return fail([problem('HELLO1008', 'no Google Cloud project is named', { at, fix })]);
  }
  const { variable, project } = found;
  if (projectId.test(project)) return ok(project);
  const message = `${variable} is "${project}", which is not a project id`;
  return fail([
    problem('HELLO1007', message, { fix: 'A project id has 6 to 30 lower-case letters, digits and dashes.' }),
  ]);
}

/**
 * A stage that is pinned to a project is not carried out against another one: `project` is what a flag or the environment
 * says, so that a shell which still points elsewhere is found before anything happens.
 */
export function otherProject(spec: Spec, project: string | undefined, from: string): Diagnostic | undefined {
  const pinned = spec.stage?.project;
  if (pinned === undefined || project === undefined || project === pinned) return undefined;
  return problem('HELLO5005', `the stage \`${spec.stage?.name}\` is pinned to the project ${pinned}, not ${project}`, {
    flag: from,
    fix: `Leave it out or set it to ${pinned}, or choose another stage.`,
  });
}
