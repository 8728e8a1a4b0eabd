import type * as z from 'zod';
import { fail, ok, problem, type Diagnostic, type Result } from '../base/diagnostic.ts';
import type { Host } from '../base/host.ts';
import { formatPath, isObject, type Path } from '../base/json.ts';
import { thingsOf, stagesDoNotMeet, type StageThings } from './collisions.ts';
import { credentialWarnings } from './credentials.ts';
import { parseText, type Document } from './document.ts';
import { findProject, otherProject, projectFromEnv } from './find-project.ts';
import { dangerousKeys, explainIssues, type IssueContext } from './issues.ts';
import { layer, withFlag, without, type Layers, type Origin } from './layers.ts';
import { parseOverrides } from './overrides.ts';
import { parseTyped } from './parse-typed.ts';
import { withWrittenEnv } from './read-env.ts';
import { checkRules } from './rules.ts';
import { salvage, unknownProject, wrongPaths } from './salvage.ts';
import { specSchema, type SpecFile } from './schema.ts';
import type { Sources } from './sources.ts';
import { completeSpec, type Spec } from './spec.ts';
import { chooseStage, isProtected, nameInStage, stageNames, type Stage } from './stages.ts';
import { keysAt } from './suggest.ts';
import { memberOf, walk } from './value-path.ts';
import { makeResolver, type Resolved, type Resolver, type Scope } from './variables.ts';

/** What a config is read with, beside the environment. */
export interface ReadOptions {
  /** Which of its stages. Default: HELLO_STAGE, then `dev` if there is one. */
  readonly stage?: string;
  /** What `${opt:name}` stands for. */
  readonly vars?: Readonly<Record<string, string>>;
  /** `path=value`, as after `--set`: overrides, applied after the stage. */
  readonly set?: readonly string[];
  /** Where `${file:…}` and `${git:…}` are looked up; without it they are mistakes. */
  readonly sources?: Sources;
  /** The text as it was parsed already, for whoever reads it more than once. */
  readonly document?: Document;
}

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

interface Reading {
  readonly document: Document;
  readonly root: Path;
  readonly raw: unknown;
  readonly layers: Layers;
  readonly env: Host['env'];
  readonly options: ReadOptions;
  readonly resolver: Resolver;
}

function resolverOf(layers: Layers, env: Host['env'], { vars = {}, sources }: ReadOptions): Resolver {
  const { value, stage } = layers;
  const at: Scope['at'] = (path, ordinal, length) => layers.locateReference(path, ordinal, length);
  return makeResolver({ value, stage, env, vars, sources, at, written: (path) => layers.written(path), mayHave });
}

function mayHave(path: Path): boolean {
  return keysAt(specSchema, path.slice(0, -1)).includes(String(path.at(-1)));
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

function complete(
  reading: Reading,
  file: SpecFile,
  project: string,
  lost: ReadonlySet<string> = new Set(),
): { readonly spec: Spec; readonly problems: readonly Diagnostic[] } {
  const { layers, raw, options } = reading;
  const { sources } = options;
  const name = stagedName(layers, file.name);
  const spec = completeSpec({ ...file, name }, project);
  if (layers.stage === undefined) return { spec, problems: checkRules({ spec, file, sources }, layers, { lost }) };
  const stage = stageOf(raw, layers.stage, pinnedProject(reading, layers.stage));
  const staged: Spec = { ...spec, stage };
  const problems = [
    ...checkRules({ spec: staged, file, sources }, layers, { lost }),
    ...nameFits(name, file.name, layers),
    ...pinHolds(staged, layers),
    ...stagesDoNotMeet(
      thingsIn(reading, layers, reading.resolver),
      stageNames(raw).flatMap((other) => (other === layers.stage ? [] : [thingsInOther(reading, other)])),
      (path) => layers.locate(layers.originOf(path) ? path : ['name']),
    ),
  ];
  return { spec: staged, problems };
}

function stageOf(raw: unknown, name: string, project: string | undefined): Stage {
  return { name, protected: isProtected(raw, name), ...(project !== undefined && { project }) };
}

/** The project that the overlay itself names. */
function pinnedProject({ document, root, env, options }: Reading, stage: string): string | undefined {
  const layers = layer(document, root, stage);
  const origin = layers.originOf(['project']);
  const project = resolverOf(layers, env, options).at(['project']);
  const isPinned = origin?.from === 'file' && origin.stage !== undefined && project.is === 'value';
  return isPinned && typeof project.value === 'string' ? project.value : undefined;
}

function stagedName(layers: Layers, name: string): string {
  const origin = layers.originOf(['name']);
  const ofStage = origin?.from === 'flag' || (origin?.from === 'file' && origin.stage !== undefined);
  return nameInStage(name, memberOf(layers.value, 'name'), ofStage, layers.stage);
}

function thingsIn(reading: Reading, layers: Layers, resolver: Resolver): StageThings {
  const name = resolver.at(['name']);
  const isKnown = name.is === 'value' && typeof name.value === 'string';
  const staged = isKnown ? stagedName(layers, name.value) : undefined;
  const project = projectFromEnv(reading.env)?.project;
  return thingsOf(layers.stage ?? '', staged, project, (path) => resolver.at(path));
}

function thingsInOther(reading: Reading, stage: string): StageThings {
  const layers = layer(reading.document, reading.root, stage);
  return thingsIn(reading, layers, resolverOf(layers, reading.env, reading.options));
}

/** Account ids in Google Cloud have 30 characters, and the app's is its name. */
function nameFits(name: string, inFile: string, layers: Layers): Diagnostic[] {
  if (name.length <= 30 || name === inFile) return [];
  const message = `\`name\` with its stage, "${name}", has more than 30 characters`;
  const fix = `Shorten it, or name the app in the stage: \`stages.${layers.stage}.name\`.`;
  return [problem('HELLO1007', message, { at: layers.locate(['name']), fix })];
}

/** A pin holds against `--set project=…`, too. */
function pinHolds(spec: Spec, layers: Layers): Diagnostic[] {
  const origin = layers.originOf(['project']);
  const found = origin?.from === 'flag' ? otherProject(spec, spec.project, origin.flag) : undefined;
  return found ? [found] : [];
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

/** What is wrong only because a reference there could not be looked up has been told with it. */
function withoutFollowing(found: readonly Diagnostic[], { failed }: Resolved, layers: Layers): readonly Diagnostic[] {
  if (failed.length === 0) return found;
  const places = new Set(failed.map((path) => placeOf(layers.locate(path))));
  return found.filter(({ at }) => !at || !places.has(placeOf(at)));
}

/** A wrong value is told with the mistake, but for one that came from a variable called like a credential. */
function withoutSecrets(found: readonly Diagnostic[], { secret }: Resolved, layers: Layers): readonly Diagnostic[] {
  const places = new Set(secret.map((path) => placeOf(layers.locate(path))));
  return found.map((each) =>
    each.at && places.has(placeOf(each.at)) ? { ...each, message: each.message.replace(/, not "[^]*$/, '') } : each,
  );
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

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

/** As the file has them, each once; what stands in a flag comes first. */
function inOrder(problems: readonly Diagnostic[]): Diagnostic[] {
  const sorted = problems.toSorted((a, b) => orderOf(a) - orderOf(b)).map(withFlag);
  const seen = new Set<string>();
  return sorted.filter((each) => {
    const key = `${each.code} ${each.at ? placeOf(each.at) : each.flag} ${each.message}`;
    return !seen.has(key) && seen.add(key);
  });
}

function placeOf({ file, line, column, text }: NonNullable<Diagnostic['at']>): string {
  return line === 0 ? text : `${file}:${line}:${column}`;
}

function orderOf({ at }: Diagnostic): number {
  return at ? at.line * 1e7 + at.column : 0;
}
