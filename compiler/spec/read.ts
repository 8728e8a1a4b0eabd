import { fail, ok, problem, type Diagnostic, type Result } from '../base/diagnostic.ts';
import type { Host } from '../base/host.ts';
import { isObject, type Path } from '../base/json.ts';
import { parseText, type Document } from './document.ts';
import { dangerousKeys, explainIssues, type IssueContext } from './issues.ts';
import { checkRules } from './rules.ts';
import { completeSpec, projectId, specSchema, type Spec } from './schema.ts';

/** Where the project comes from when the file doesn't say, first to last: as Google's own clients look for it. */
const projectVariables = ['GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT', 'CLOUDSDK_CORE_PROJECT'] as const;

/**
 * Turns the text of a config into a spec, or into everything that is wrong with it, in the order of the file.
 * Pure. `file` is only for messages; `root` is where the config stands in the text (`['hello']` in a package.json).
 */
export function read(text: string, file: string, env: Host['env'], root: Path = []): Result<Spec> {
  const parsed = parseText(text, file);
  if (!parsed.ok) return parsed;
  const document = parsed.value;
  const value = withWrittenEnv(member(document.value, root), document, root);
  if (value === null || value === undefined) return fail([empty(document, root)]);
  const context: IssueContext = { schema: specSchema, document, root };
  const checked = specSchema.safeParse(value, { reportInput: true });
  const found = checked.success ? [] : explainIssues(checked.error.issues, context);
  const problems = [...found, ...dangerousKeys(value, context)];
  const project = findProject(isObject(value) ? value['project'] : undefined, env, document, root);
  if (!project.ok) problems.push(...project.problems);
  if (!checked.success || !project.ok || problems.length > 0) return fail(inOrder(problems));
  const spec = completeSpec(checked.data, project.value);
  const contradictions = checkRules(spec, checked.data, document, root);
  return contradictions.length > 0 ? fail(inOrder(contradictions)) : ok(spec);
}

function member(value: unknown, root: Path): unknown {
  return root.reduce<unknown>((at, part) => (isObject(at) ? at[String(part)] : undefined), value);
}

/** An environment is text: `1e3` and `1.10` reach the app as they were written, not as YAML's number for them. */
function withWrittenEnv(value: unknown, document: Document, root: Path): unknown {
  if (!isObject(value) || !isObject(value['env'])) return value;
  const entries = Object.entries(value['env']).map(([key, each]): [string, unknown] => {
    const isText = typeof each !== 'number' && typeof each !== 'boolean';
    return [key, isText ? each : (document.written([...root, 'env', key]) ?? String(each))];
  });
  return { ...value, env: Object.fromEntries(entries) };
}

function findProject(inFile: unknown, env: Host['env'], document: Document, root: Path): Result<string> {
  if (inFile !== undefined) return ok(typeof inFile === 'string' ? inFile : ''); // the schema has its say about it
  const variable = projectVariables.find((name) => (env[name] ?? '') !== '');
  const project = variable && env[variable];
  const at = document.locate([...root, 'name']);
  if (variable === undefined || project === undefined) {
    const fix = 'Add `project: <id>` to the file, or set GOOGLE_CLOUD_PROJECT.';
    return fail([problem('HELLO1008', 'no Google Cloud project is named', { at, fix })]);
  }
  if (projectId.test(project)) return ok(project);
  const message = `${variable} is "${project}", which is not a project id`;
  return fail([
    problem('HELLO1007', message, { fix: 'A project id has 6 to 30 lower-case letters, digits and dashes.' }),
  ]);
}

function empty(document: Document, root: Path): Diagnostic {
  return problem('HELLO1006', 'the config is empty', {
    at: document.locate(root),
    fix: 'Write at least `name: my-app`.',
  });
}

function inOrder(problems: readonly Diagnostic[]): Diagnostic[] {
  return problems.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function placeOf({ at }: Diagnostic): number {
  return at ? at.line * 1e7 + at.column : 0;
}
