import { problem, type Diagnostic, type SourceSpan } from '../base/diagnostic.ts';
import { isObject, type Path } from '../base/json.ts';
import type { Outcome } from './lookup.ts';
import { memberOf } from './value-path.ts';

/** What a stage would make, as far as it is known. */
export interface StageThings {
  readonly stage: string;
  /** With its stage in it. */
  readonly name: string | undefined;
  readonly project: string | undefined;
  readonly region: string | undefined;
  /** The cluster that it makes; undefined for one that is there already. */
  readonly cluster: string | undefined;
  /** The database instance that it makes. */
  readonly instance: string | undefined;
}

/** Looks up one value of a stage's config. */
export type LookAt = (path: Path) => Outcome;

/** What the config of a stage would make. `name` is the name of the app in it; `project` where the config says none. */
export function thingsOf(
  stage: string,
  name: string | undefined,
  project: string | undefined,
  at: LookAt,
): StageThings {
  return {
    stage,
    name,
    project: textOf(at(['project']), project),
    region: textOf(at(['region']), 'us-central1'),
    cluster: clusterName(at(['cluster']), name),
    instance: at(['db']).is === 'miss' ? undefined : textOf(at(['db', 'instance']), name && instanceIn(name)),
  };
}

function clusterName(cluster: Outcome, name: string | undefined): string | undefined {
  if (cluster.is !== 'value' || !isObject(cluster.value)) return textOf(cluster, name && clusterIn(name));
  const named = memberOf(cluster.value, 'name');
  return typeof named === 'string' ? named : undefined;
}

/** The fallback is for what is not written; what is written and cannot be looked up here is not known. */
function textOf(outcome: Outcome, fallback: string | undefined): string | undefined {
  if (outcome.is === 'miss') return fallback;
  return outcome.is === 'value' && typeof outcome.value === 'string' ? outcome.value : undefined;
}

function clusterIn(app: string): string {
  return `${app}-cluster`;
}

function instanceIn(app: string): string {
  return `${app}-db`;
}

interface Thing {
  readonly what: string;
  readonly path: Path;
  /** Two stages with the same key would make the same thing. */
  key(things: StageThings): readonly (string | undefined)[];
  readonly example: string;
}

/** What two stages of one project cannot both have. Names of clusters are free in each region again. */
const exclusive: readonly Thing[] = [
  { what: 'app', path: ['name'], key: (of) => [of.project, of.name], example: 'name: shop-${stage}' },
  {
    what: 'cluster',
    path: ['cluster'],
    key: (of) => [of.project, of.region, of.cluster],
    example: 'cluster: main-${stage}',
  },
  {
    what: 'database instance',
    path: ['db', 'instance'],
    key: (of) => [of.project, of.instance],
    example: 'instance: main-${stage}',
  },
];

/**
 * Names that the chosen stage shares with another one in the same project, where each would make a thing of its own. A
 * cluster that is there already (`existing`) may be shared: each stage has its own namespace in it.
 */
export function stagesDoNotMeet(
  chosen: StageThings,
  others: readonly StageThings[],
  locate: (path: Path) => SourceSpan,
): Diagnostic[] {
  return exclusive.flatMap(({ what, path, key, example }) => {
    const ours = key(chosen);
    if (ours.includes(undefined)) return [];
    const other = others.find((each) => key(each).every((part, index) => part === ours[index]));
    if (!other) return [];
    // Of two apps that meet in their name, what is named after them need not be told.
    if (
      chosen.name === other.name &&
      [clusterIn, instanceIn].some((derive) => ours.at(-1) === derive(chosen.name ?? ''))
    )
      return [];
    // In one order whichever stage is looked at, so that a run over all of them tells it once.
    const [one, two] = [chosen.stage, other.stage].toSorted();
    const message = `the stages \`${one}\` and \`${two}\` would both make the ${what} \`${ours.at(-1)}\``;
    const fix = `Name it by the stage (\`${example}\`), or pin the stages to different projects.`;
    return [problem('HELLO1015', `${message} in the project ${ours[0]}`, { at: locate(path), fix })];
  });
}
