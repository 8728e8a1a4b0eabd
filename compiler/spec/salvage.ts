import type * as z from 'zod/mini';
import { isObject, type Path } from '../base/json.ts';
import { without } from './layers.ts';

/** What of a config is right by itself. */
export interface Remains {
  readonly value: unknown;
  /** The top-level keys that were taken out. */
  readonly lost: ReadonlySet<string>;
}

/** Stands for a name or a project that is not known; rules that would read it are left out. */
const unknownName = 'unknown';
/** See above. */
export const unknownProject = 'unknown-project';

/** The maps whose entries are taken out one by one: the others say as much without them. */
const maps = new Set(['services', 'jobs']);

/**
 * A config without its mistakes, so that what is wrong with the rest comes in the same run. A mistake takes out the whole
 * top-level key that it is in, and of services and jobs the one: half of a thing would be another thing.
 */
export function salvage(value: unknown, wrong: readonly Path[]): Remains {
  const lost = new Set<string>();
  let rest = value;
  for (const [key, entry] of wrong) {
    if (typeof key !== 'string') continue;
    if (maps.has(key) && typeof entry === 'string') rest = withoutEntry(rest, key, entry);
    else {
      lost.add(key);
      rest = without(rest, key);
    }
  }
  const named = lost.has('name') && isObject(rest) ? { ...rest, name: unknownName } : rest;
  return { value: named, lost };
}

/** Where the schema refuses something; an unknown key is itself the place. */
export function wrongPaths(issues: readonly z.core.$ZodIssue[]): Path[] {
  return issues.flatMap((issue): Path[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
  });
}

function withoutEntry(value: unknown, key: string, entry: string): unknown {
  const map = isObject(value) ? value[key] : undefined;
  return isObject(value) && isObject(map) ? { ...value, [key]: without(map, entry) } : value;
}
