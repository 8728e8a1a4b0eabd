import { fail, ok, problem, type Diagnostic, type Result } from '../base/diagnostic.ts';
import type { Host } from '../base/host.ts';
import { isObject, type Path } from '../base/json.ts';
import type { Document } from './document.ts';
import { didYouMean } from './suggest.ts';
import { memberOf } from './value-path.ts';

/** A stage as the spec carries it: what of it outlives the overlay. */
export interface Stage {
  readonly name: string;
  /** Nothing of it is destroyed, and no data lost, unless it is named: `--allow-protected <name>`. */
  readonly protected: boolean;
  /** The project that it is pinned to. */
  readonly project?: string;
}

/** Taken when nobody names one. The stage that people work against never is. */
const defaultStage = 'dev';

/** Protected unless the config says otherwise. */
const protectedStages: readonly string[] = ['prod', 'production'];

/** The stages that a config declares, in its order. */
export function stageNames(raw: unknown): string[] {
  const stages = memberOf(raw, 'stages');
  return isObject(stages) ? Object.keys(stages) : [];
}

/** What the user said about the stage, and where. */
export interface StageChoice {
  /** `--stage`. */
  readonly option?: string | undefined;
  readonly env: Host['env'];
}

/**
 * The stage that is meant: `--stage`, then HELLO_STAGE, then `dev`. Undefined for a config without stages, to which
 * HELLO_STAGE means nothing: it may be set for another project.
 */
export function chooseStage(
  raw: unknown,
  choice: StageChoice,
  document: Document,
  root: Path,
): Result<string | undefined> {
  const names = stageNames(raw);
  const { option } = choice;
  if (!isObject(memberOf(raw, 'stages'))) {
    if (option === undefined) return ok(undefined);
    const fix = `Leave --stage out, or declare it: \`stages: { ${option}: {} }\`.`;
    return fail([problem('HELLO1014', 'the config has no stages', { flag: `--stage ${option}`, fix })]);
  }
  const fromEnv = choice.env['HELLO_STAGE'] ?? '';
  const wanted = option ?? (fromEnv === '' ? undefined : fromEnv);
  if (wanted === undefined && names.includes(defaultStage)) return ok(defaultStage);
  if (wanted === undefined) return fail([noStage(names, document, root)]);
  if (names.includes(wanted)) return ok(wanted);
  const flag = option === undefined ? `HELLO_STAGE=${wanted}` : `--stage ${wanted}`;
  const meant = didYouMean(wanted, names);
  const fix = meant ? `Did you mean \`${meant}\`?` : `There are: ${names.join(', ')}.`;
  return fail([problem('HELLO1014', `there is no stage \`${wanted}\``, { flag, fix })]);
}

function noStage(names: readonly string[], document: Document, root: Path): Diagnostic {
  const at = document.locate(root, 'stages');
  const fix =
    names.length > 0
      ? `Say which one: --stage ${names.join(' | ')}, or HELLO_STAGE. Only a stage called dev is a default.`
      : 'Declare one: `stages: { dev: {} }`.';
  return problem('HELLO1014', 'no stage is chosen', { at, fix });
}

/** Whether a stage is protected: as its overlay says, or by its name. */
export function isProtected(raw: unknown, stage: string): boolean {
  const said = memberOf(memberOf(memberOf(raw, 'stages'), stage), 'protected');
  return typeof said === 'boolean' ? said : protectedStages.includes(stage);
}

/**
 * The name of the app in a stage: `shop` is `shop-dev` in the stage dev, so that two stages in one project don't meet.
 * A name that the stage itself (or --set) gives, or that holds `${stage}`, is taken as it is.
 */
export function nameInStage(name: string, written: unknown, ofStage: boolean, stage: string | undefined): string {
  const isWhole = ofStage || (typeof written === 'string' && /\$\{\s*stage\b/.test(written));
  return stage === undefined || isWhole ? name : `${name}-${stage}`;
}
