import { closest, distance } from 'fastest-levenshtein';
import type * as z from 'zod/mini';
import type { Path } from '../base/json.ts';

/** The candidate that was most likely meant; none when nothing is near enough to be a slip of the hand. */
export function didYouMean(written: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const low = written.toLowerCase();
  const byLow = new Map(candidates.map((each) => [each.toLowerCase(), each]));
  const best = closest(low, [...byLow.keys()]);
  // Two letters that changed places count as two slips; of a very short word they would leave nothing.
  const slips = low.length < 4 ? 1 : Math.max(2, Math.floor(low.length / 3));
  return distance(low, best) <= slips ? byLow.get(best) : undefined;
}

/** The keys that may stand in the object at `path`; of every branch where there are several. */
export function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  let level = branches(schema);
  for (const part of path) level = level.flatMap((each) => inside(each, part));
  return [...new Set(level.flatMap((each) => (each.type === 'object' ? Object.keys(shapeOf(each)) : [])))];
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
}

function definition(schema: z.core.$ZodType): Definition {
  return schema._zod.def; // zod types each class's definition apart; walked here as one shape
}

function shapeOf(each: Definition): Readonly<Record<string, z.core.$ZodType>> {
  return each.shape ?? {};
}

/** Looks through optional and default, and into every option of a union. */
function branches(schema: z.core.$ZodType): Definition[] {
  const def = definition(schema);
  if (def.innerType) return branches(def.innerType);
  if (def.options) return def.options.flatMap(branches);
  return [def];
}

function inside(def: Definition, part: string | number): Definition[] {
  const shape = shapeOf(def);
  const member = Object.hasOwn(shape, part) ? shape[part] : undefined;
  const next = typeof part === 'number' ? def.element : (member ?? def.valueType);
  return next ? branches(next) : [];
}
