import type { Diagnostic, SourceSpan } from '../base/diagnostic.ts';
import { isObject, type Path } from '../base/json.ts';
import type { Document } from './document.ts';
import { merge, setAt } from './merge.ts';
import type { Override } from './overrides.ts';
import { hasReference, referencesOf } from './template.ts';
import { memberOf, objectOf, walk } from './value-path.ts';

/** Where a value of the config comes from. */
export type Origin =
  /** `stage`: it stands in the overlay of that stage. `variable`: what it is written as. */
  | { readonly from: 'file'; readonly at: SourceSpan; readonly stage?: string; readonly variable?: string }
  | { readonly from: 'flag'; readonly flag: string; readonly variable?: string }
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'default' };

/** The parts that a config is made of, as one document: paths are those of the config, whatever part they come from. */
export interface Layers extends Document {
  readonly stage: string | undefined;
  /** Overrides that have no place to go: a list is not that long. */
  readonly misplaced: readonly Override[];
  /** Undefined for what nobody wrote. */
  originOf(path: Path): Origin | undefined;
}

/** A place in a flag, for what has no place in a file. */
interface FlagSpan extends SourceSpan {
  readonly flag: string;
}

interface Parts {
  readonly document: Document;
  readonly root: Path;
  readonly stage: string | undefined;
  readonly base: unknown;
  readonly overlay: unknown;
  readonly overrides: readonly Override[];
}

/** Where one value stands. */
type Place =
  | { readonly override: Override }
  | { readonly path: Path; readonly inOverlay: boolean; readonly text?: string };

/** Lays the overlay of a stage and the overrides over the config at `root` of a document. */
export function layer(
  document: Document,
  root: Path,
  stage: string | undefined,
  overrides: readonly Override[] = [],
): Layers {
  const raw = root.reduce<unknown>(memberOf, document.value);
  const base = without(raw, 'stages');
  const overlay = stage === undefined ? undefined : without(memberOf(memberOf(raw, 'stages'), stage), 'protected');
  const parts: Parts = { document, root, stage, base, overlay, overrides };
  let value = isObject(overlay) ? merge(base, overlay) : base;
  const misplaced: Override[] = [];
  for (const each of overrides) {
    const next = setAt(value, each.path, each.value);
    if (next === undefined) misplaced.push(each);
    else value = next;
  }
  return {
    value,
    stage,
    misplaced,
    locate: (path, key) => locate(parts, path, key),
    locateReference: (path, ordinal, length) => locateReference(parts, path, ordinal, length),
    written: (path) => written(parts, path),
    originOf: (path) => originOf(parts, path),
  };
}

/** A diagnostic that was placed in a flag names the flag, and no place in a file. */
export function withFlag(diagnostic: Diagnostic): Diagnostic {
  const { at, ...rest } = diagnostic;
  return at && isFlagSpan(at) ? { ...rest, flag: at.flag } : diagnostic;
}

function isFlagSpan(at: SourceSpan): at is FlagSpan {
  return 'flag' in at;
}

/** A value without one of its keys. */
export function without(value: unknown, key: string): unknown {
  if (!isObject(value) || !Object.hasOwn(value, key)) return value;
  return objectOf(Object.entries(value).filter(([each]) => each !== key));
}

function locate(parts: Parts, path: Path, key?: string): SourceSpan {
  const { document, root } = parts;
  const whole = key === undefined ? path : [...path, key];
  if (whole[0] === 'stages') return document.locate([...root, ...path], key);
  const place = placeOf(parts, whole);
  if ('override' in place) return flagSpan(place.override);
  if (place.text !== undefined) return locateText(document, place.path, place.text);
  return key === undefined ? document.locate(place.path) : document.locate(place.path.slice(0, -1), key);
}

/** A text with one reference is shown by it: that is what has to be looked at. */
function locateText(document: Document, path: Path, text: string): SourceSpan {
  const [only, ...more] = referencesOf(text);
  return only && more.length === 0
    ? document.locateReference(path, only.ordinal, only.written.length)
    : document.locate(path);
}

function locateReference(parts: Parts, path: Path, ordinal: number, length: number): SourceSpan {
  const place = placeOf(parts, path);
  if ('override' in place) return flagSpan(place.override);
  return parts.document.locateReference(place.path, ordinal, length);
}

function written(parts: Parts, path: Path): string | undefined {
  const place = placeOf(parts, path);
  if ('override' in place) return path.length === place.override.path.length ? place.override.written : undefined;
  return place.text === undefined ? parts.document.written(place.path) : undefined;
}

function originOf(parts: Parts, path: Path): Origin | undefined {
  const place = placeOf(parts, path);
  if ('override' in place) {
    const { flag, value } = place.override;
    return { from: 'flag', flag, ...(typeof value === 'string' && hasReference(value) && { variable: value }) };
  }
  const found = walk(parts.document.value, place.path);
  if (found.steps < place.path.length && !found.settled) return undefined;
  return {
    from: 'file',
    at: locate(parts, path),
    ...(place.inOverlay && parts.stage !== undefined && { stage: parts.stage }),
    ...(place.text !== undefined && { variable: place.text }),
  };
}

/** The uppermost layer that has a say about the value; the base for what is nowhere. */
function placeOf({ document, root, stage, base, overlay, overrides }: Parts, path: Path): Place {
  const override = overrides.findLast((each) => leads(each.path, path));
  if (override) return { override };
  const low = walk(base, path);
  const high = isObject(overlay) ? walk(overlay, path) : { steps: 0, settled: false };
  const maker = overrides.findLast((each) => leads(path, each.path));
  if (maker && Math.max(low.steps, high.steps) < path.length) return { override: maker };
  const inOverlay = stage !== undefined && (high.steps > low.steps || (high.settled && high.steps > 0));
  const place = inOverlay ? [...root, 'stages', stage, ...path] : [...root, ...path];
  return { inOverlay, ...atReference(document.value, place) };
}

/** What came out of a reference stands, with all that is in it, where the reference does. */
function atReference(value: unknown, path: Path): { readonly path: Path; readonly text?: string } {
  let at = value;
  for (const [index, part] of path.entries()) {
    at = memberOf(at, part);
    if (typeof at === 'string' && hasReference(at)) return { path: path.slice(0, index + 1), text: at };
  }
  return { path };
}

function leads(from: Path, to: Path): boolean {
  return from.length <= to.length && from.every((part, index) => String(part) === String(to[index]));
}

/** The whole flag is the line. */
function flagSpan({ flag }: Override): FlagSpan {
  return { file: '', line: 0, column: 1, length: 1, text: flag, flag };
}
