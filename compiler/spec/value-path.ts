import { isObject, type Path } from '../base/json.ts';

/** Reads `db.tier`, `ports[0]` and `env["a.b"]`; undefined for what is no path. */
export function parsePath(text: string): Path | undefined {
  const parts: (string | number)[] = [];
  const step = /\.?([\w-]+)|\[(\d{1,6})\]|\["([^"]+)"\]/y;
  while (step.lastIndex < text.length) {
    const start = step.lastIndex;
    const match = step.exec(text);
    if (!match) return undefined;
    const [whole, word, index, quoted] = match;
    // A word needs a dot before it, but for the first; and a dot needs a word before it.
    if (word !== undefined && whole.startsWith('.') !== start > 0) return undefined;
    parts.push(index === undefined ? (word ?? quoted ?? '') : Number(index));
  }
  return parts.length > 0 ? parts : undefined;
}

/** The member of a value that a step of a path leads to; never one that JavaScript's own objects have. */
export function memberOf(value: unknown, part: string | number): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(String(part)) ? value[Number(part)] : undefined;
  return isObject(value) && Object.hasOwn(value, String(part)) ? value[String(part)] : undefined;
}

/** The keys that could have been meant at the end of a path. */
export function keysOf(value: unknown): string[] {
  return isObject(value) ? Object.keys(value) : [];
}

/** How far a path leads into a value: through how many steps, and whether a value without members ended it. */
export function walk(value: unknown, path: Path): { readonly steps: number; readonly settled: boolean } {
  let at = value;
  for (const [steps, part] of path.entries()) {
    const next = memberOf(at, part);
    if (next === undefined) return { steps, settled: !isObject(at) && at !== undefined };
    at = next;
  }
  return { steps: path.length, settled: !isObject(at) && at !== undefined };
}

/** An object of these entries, whatever they are called: `__proto__` becomes a key like any other. */
export function objectOf(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  return Object.fromEntries(entries);
}
