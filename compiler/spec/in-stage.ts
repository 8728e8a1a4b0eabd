import { problem, type Diagnostic } from '../base/diagnostic.ts';
import { stagesDoNotMeet, thingsOf, type StageThings } from './collisions.ts';
import { otherProject, projectFromEnv } from './find-project.ts';
import { layer, type Layers } from './layers.ts';
import { resolverOf, type Reading } from './reading.ts';
import { checkRules } from './rules.ts';
import type { SpecFile } from './schema.ts';
import { completeSpec, type Spec } from './spec.ts';
import { isProtected, nameInStage, stageNames, type Stage } from './stages.ts';
import { memberOf } from './value-path.ts';
import type { Resolver } from './variables.ts';

/**
 * The spec of a file that the schema has accepted, in its stage, and everything that contradicts itself or another stage.
 * `lost` are the top-level keys that stand in for others, as what was written there is wrong: nothing is said of them.
 */
export function complete(
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
    ...(lost.has('project') ? [] : pinHolds(staged, layers)),
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
