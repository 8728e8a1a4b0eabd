import type * as z from 'zod/mini';
import type { Path } from '../base/json.ts';
import { setAt } from './merge.ts';
import { pathKey } from './variables.ts';

/**
 * Checks a value against the schema. A number or boolean that came through a variable (`texts` has its spelling) is the
 * text that it was where only that fits: `${env:VERSION}` may be 18.
 */
export function parseTyped<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  texts: ReadonlyMap<string, string>,
): z.core.util.SafeParseResult<T> {
  const options = { reportInput: true, jitless: true };
  const first = schema.safeParse(value, options);
  if (first.success || texts.size === 0) return first;
  const swaps = unfit(first.error.issues, texts);
  if (swaps.length === 0) return first;
  const second = schema.safeParse(withTexts(value, swaps, texts), options);
  if (second.success) return second;
  const mistyped = second.error.issues.filter(({ code }) => code === 'invalid_type' || code === 'invalid_union');
  const still = new Set(unfit(mistyped, texts).map(pathKey));
  const useful = swaps.filter((path) => !still.has(pathKey(path)));
  return schema.safeParse(withTexts(value, useful, texts), options);
}

function unfit(issues: readonly z.core.$ZodIssue[], texts: ReadonlyMap<string, string>): Path[] {
  const paths = issues.map((issue) => issue.path.map((part) => (typeof part === 'number' ? part : String(part))));
  return paths.filter((path) => texts.has(pathKey(path)));
}

function withTexts(value: unknown, paths: readonly Path[], texts: ReadonlyMap<string, string>): unknown {
  return paths.reduce<unknown>((changed, path) => setAt(changed, path, texts.get(pathKey(path))), value);
}
