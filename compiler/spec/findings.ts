import type { Diagnostic } from '../base/diagnostic.ts';
import { withFlag, type Layers } from './layers.ts';
import type { Resolved } from './variables.ts';

/** What is wrong only because a reference there could not be looked up has been told with it. */
export function withoutFollowing(
  found: readonly Diagnostic[],
  { failed }: Resolved,
  layers: Layers,
): readonly Diagnostic[] {
  if (failed.length === 0) return found;
  const places = new Set(failed.map((path) => placeOf(layers.locate(path))));
  return found.filter(({ at }) => !at || !places.has(placeOf(at)));
}

/** A wrong value is told with the mistake, but for one that came from a variable called like a credential. */
export function withoutSecrets(
  found: readonly Diagnostic[],
  { secret }: Resolved,
  layers: Layers,
): readonly Diagnostic[] {
  const places = new Set(secret.map((path) => placeOf(layers.locate(path))));
  return found.map((each) =>
    each.at && places.has(placeOf(each.at)) ? { ...each, message: each.message.replace(/, not "[^]*$/, '') } : each,
  );
}

/** Whether it stands in the way. */
export function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

/** As the file has them, each once; what stands in a flag comes first. */
export function inOrder(problems: readonly Diagnostic[]): Diagnostic[] {
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
