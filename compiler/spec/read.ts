import type * as z from 'zod/mini';
import { fail, ok, problem, type Diagnostic, type Result } from '../base/diagnostic.ts';
import type { Host } from '../base/host.ts';
import { formatPath, isObject, type Path } from '../base/json.ts';
import { credentialWarnings } from './credentials.ts';
import { parseText, type Document } from './document.ts';
import { findProject, projectFromEnv } from './find-project.ts';
import { inOrder, isError, withoutFollowing, withoutSecrets } from './findings.ts';
import { complete } from './in-stage.ts';
import { dangerousKeys, explainIssues, type IssueContext } from './issues.ts';
import { layer, without, type Origin } from './layers.ts';
import { parseOverrides } from './overrides.ts';
import { parseTyped } from './parse-typed.ts';
import { withWrittenEnv } from './read-env.ts';
import { resolverOf, type Reading, type ReadOptions } from './reading.ts';
import { salvage, unknownProject, wrongPaths } from './salvage.ts';
import { specSchema } from './schema.ts';
import type { Spec } from './spec.ts';
import { chooseStage, stageNames } from './stages.ts';
import { memberOf, walk } from './value-path.ts';
import type { Resolved } from './variables.ts';

/** A config that was understood. */
export interface Config {
  readonly spec: Spec;
  /** The config with stage, overrides and variables worked in, before defaults. */
  readonly value: unknown;
  /** The stages that it declares. */
  readonly stages: readonly string[];
  /** Where the value at a path of the spec comes from. */
  originOf(path: Path): Origin;
}

/**
 * Turns the text of a config into a spec, or into everything that is wrong with it, in the order of the file.
 * Pure. `file` is only for messages; `root` is where the config stands in the text (`['hello']` in a package.json).
 */
export function read(
  text: string,
  file: string,
  env: Host['env'],
  root: Path = [],
  options: ReadOptions = {},
): Result<Spec> {
  const config = readConfig(text, file, env, root, options);
  return config.ok ? ok(config.value.spec, config.warnings) : config;
}

/** As {@link read}, with the origin of each value. */
export function readConfig(
  text: string,
  file: string,
  env: Host['env'],
  root: Path = [],
  options: ReadOptions = {},
): Result<Config> {
  const parsed = options.document ? ok(options.document) : parseText(text, file);
  if (!parsed.ok) return parsed;
  const document = parsed.value;
  const raw = root.reduce<unknown>(memberOf, document.value);
  if (raw === null || raw === undefined) return fail([empty(document, root)]);
  const overrides = parseOverrides(options.set ?? []);
  const stage = chooseStage(raw, { option: options.stage, env }, document, root);
  if (!overrides.ok || !stage.ok) return fail([overrides, stage].flatMap((each) => (each.ok ? [] : each.problems)));
  const layers = layer(document, root, stage.value, overrides.value);
  const reading: Reading = { document, root, raw, layers, env, options, resolver: resolverOf(layers, env, options) };
  return check(reading);
}

/** The stages that a config declares, for whoever wants to read each of them. None for a text that cannot be read. */
export function stagesOf(text: string, file: string, root: Path = []): string[] {
  const parsed = parseText(text, file);
  return parsed.ok ? stagesIn(parsed.value, root) : [];
}

/** As {@link stagesOf}, of a text that was parsed already. */
export function stagesIn(document: Document, root: Path): string[] {
  return stageNames(root.reduce<unknown>(memberOf, document.value));
}

function check(reading: Reading): Result<Config> {
  const { layers, env, raw } = reading;
  const resolved = reading.resolver.all();
  const value = withWrittenEnv(resolved.value, layers, resolved.texts);
  const whole = withStages(value, raw);
  const context: IssueContext = { schema: specSchema, document: layers, root: [] };
  const checked = parseTyped(specSchema, whole, resolved.texts);
  const found = checked.success ? [] : explainIssues(checked.error.issues, context);
  const project = findProject(memberOf(value, 'project'), env, layers);
  const shape = [
    ...found,
    ...dangerousKeys(withStages(value, raw, layers.stage), context),
    ...(project.ok ? [] : project.problems),
  ];
  const problems = [
    ...layers.misplaced.map(({ path, flag }) => outOfList(path, flag)),
    ...resolved.problems,
    ...withoutSecrets(withoutFollowing(shape, resolved, layers), resolved, layers),
    ...credentialWarnings(value, layers),
  ];
  if (!checked.success || !project.ok || problems.some(isError))
    return fail(inOrder([...problems, ...contradictionsBeside(reading, whole, checked.error?.issues ?? [], resolved)]));
  const { spec, problems: contradictions } = complete(reading, checked.data, project.value);
  const all = inOrder([...problems, ...contradictions]);
  return all.some(isError) ? fail(all) : ok(configOf(spec, value, reading), all);
}

/** What rules over several keys have to say of the parts that are right by themselves. */
function contradictionsBeside(
  reading: Reading,
  whole: unknown,
  issues: readonly z.core.$ZodIssue[],
  { failed, texts }: Resolved,
): readonly Diagnostic[] {
  const project = findProject(memberOf(whole, 'project'), reading.env, reading.layers);
  const rest = salvage(whole, [...wrongPaths(issues), ...failed, ...(project.ok ? [] : [['project']])]);
  const parsed = parseTyped(specSchema, rest.value, texts);
  if (!parsed.success) return [];
  return complete(reading, parsed.data, project.ok ? project.value : unknownProject, rest.lost).problems;
}

function configOf(spec: Spec, value: unknown, { layers, raw, env }: Reading): Config {
  return {
    spec,
    value,
    stages: stageNames(raw),
    originOf(path) {
      const found = walk(value, path);
      const isWritten = path.length > 0 && (found.settled || found.steps === path.length);
      const origin = isWritten && found.steps > 0 ? layers.originOf(path) : undefined;
      if (origin) return origin;
      const variable = path[0] === 'project' ? projectFromEnv(env)?.variable : undefined;
      return variable === undefined ? { from: 'default' } : { from: 'environment', variable };
    },
  };
}

/** With the overlays as they are written: their shape is checked, and of the chosen one all. */
function withStages(value: unknown, raw: unknown, but?: string): unknown {
  const stages = memberOf(raw, 'stages');
  if (stages === undefined || !isObject(value)) return value;
  return { ...value, stages: but === undefined ? stages : without(stages, but) };
}

function outOfList(path: Path, flag: string): Diagnostic {
  const message = `\`${formatPath(path)}\` is beyond the end of the list`;
  return problem('HELLO1010', message, { flag, fix: 'Count from 0; the next free place is the length of the list.' });
}

function empty(document: Document, root: Path): Diagnostic {
  return problem('HELLO1006', 'the config is empty', {
    at: document.locate(root),
    fix: 'Write at least `name: my-app`.',
  });
}
