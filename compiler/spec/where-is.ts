import type { SourceSpan } from '../base/diagnostic.ts';
import { formatPath, type Path } from '../base/json.ts';
import type { Config } from './read.ts';

/**
 * Of several keys the first that somebody wrote, and its place in the file. Where none of them is written the first of
 * all is named, with the place of the nearest group around it.
 */
export function whereIs(
  keys: readonly Path[],
  originOf: Config['originOf'],
): { readonly key: string; readonly at?: SourceSpan } | undefined {
  const named = keys.find((key) => originOf(key).from !== 'default') ?? keys[0];
  if (named === undefined) return undefined;
  for (let end = named.length; end > 0; end -= 1) {
    const origin = originOf(named.slice(0, end));
    if (origin.from === 'default') continue;
    // A program's values have a file and no text: they are named by their path alone.
    const hasPlace = origin.from === 'file' && origin.at.text !== '';
    return { key: formatPath(named), ...(hasPlace && { at: origin.at }) };
  }
  return { key: formatPath(named) };
}
