import { problem, type Diagnostic, type SourceSpan } from '../base/diagnostic.ts';
import { isObject, type Path } from '../base/json.ts';
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

/** Reads one value of a stage's config; undefined when it is not there, or not known. */
export type ReadValue = (path: Path) => unknown;

/** What the config of a stage would make. `name` is the name of the app in it; `project` where the config says none. */
export function thingsOf(
  stage: string,
  name: string | undefined,
  project: string | undefined,
  value: ReadValue,
): StageThings {
  const db = value(['db']);
  return {
    stage,
    name,
    project: textOr(value(['project']), project),
    region: textOr(value(['region']), 'us-central1'),
    cluster: clusterName(value(['cluster']), name),
    instance: isObject(db) ? textOr(memberOf(db, 'instance'), name && `${name}-db`) : undefined,
  };
}

function clusterName(cluster: unknown, name: string | undefined): string | undefined {
  if (isObject(cluster)) return textOr(memberOf(cluster, 'name'), undefined);
  return textOr(cluster, name && `${name}-cluster`);
}

function textOr(value: unknown, fallback: string | undefined): string | undefined {
  return typeof value === 'string' ? value : fallback;
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
    // In one order whichever stage is looked at, so that a run over all of them tells it once.
    const [one, two] = [chosen.stage, other.stage].toSorted();
    const message = `the stages \`${one}\` and \`${two}\` would both make the ${what} \`${ours.at(-1)}\``;
    const fix = `Name it by the stage (\`${example}\`), or pin the stages to different projects.`;
    return [problem('HELLO1015', `${message} in the project ${ours[0]}`, { at: locate(path), fix })];
  });
}
