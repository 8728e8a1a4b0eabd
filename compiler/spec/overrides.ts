import { fail, ok, problem, type Diagnostic, type Result } from '../base/diagnostic.ts';
import type { Path } from '../base/json.ts';
import { parseText } from './document.ts';
import { parsePath } from './value-path.ts';

/** One `--set path=value`. */
export interface Override {
  readonly path: Path;
  readonly value: unknown;
  /** What stands after the `=`. */
  readonly written: string;
  /** As it was given: `--set replicas=3`. */
  readonly flag: string;
}

/** Reads what was given with `--set`; the value is YAML, so that `3` is a number and `[a, b]` a list. */
export function parseOverrides(given: readonly string[]): Result<readonly Override[]> {
  const overrides: Override[] = [];
  const problems: Diagnostic[] = [];
  for (const text of given) {
    const found = parseOverride(text);
    if ('code' in found) problems.push(found);
    else overrides.push(found);
  }
  return problems.length > 0 ? fail(problems) : ok(overrides);
}

function parseOverride(text: string): Override | Diagnostic {
  const flag = `--set ${text}`;
  const wrong = (message: string, fix: string): Diagnostic => problem('HELLO1010', message, { flag, fix });
  const equals = text.indexOf('=');
  if (equals < 1) return wrong('`--set` takes a path and a value', 'Write it like --set replicas=3.');
  const path = parsePath(text.slice(0, equals));
  if (!path) {
    return wrong(`\`${text.slice(0, equals)}\` is no path to a key`, 'Write it like db.tier, or ports[0].');
  }
  if (path[0] === 'stages') return wrong('`--set` changes the chosen stage, not `stages`', 'Leave `stages.…` out.');
  const written = text.slice(equals + 1);
  if (written === '') return { path, value: '', written, flag };
  const parsed = parseText(written, flag);
  if (parsed.ok) return { path, value: parsed.value.value, written, flag };
  const why = parsed.problems[0]?.message ?? 'it cannot be read';
  return wrong(`the value is not valid YAML: ${why}`, 'Put it into quotes.');
}
