import { isObject, type Path } from '../base/json.ts';
import type { Document } from './document.ts';
import { memberOf, objectOf } from './value-path.ts';
import { pathKey } from './variables.ts';

/** Groups whose members have an environment of their own. */
const owners = ['services', 'jobs'] as const;

/**
 * An environment is text: `1e3` and `1.10` reach the app as they were written, not as YAML's number for them. Sorted, as
 * the order of its keys means nothing.
 */
export function withWrittenEnv(value: unknown, document: Document, texts: ReadonlyMap<string, string>): unknown {
  if (!isObject(value)) return value;
  const changed: Record<string, unknown> = { ...value, ...envOf(value, [], document, texts) };
  for (const owner of owners) {
    const members = value[owner];
    if (!isObject(members)) continue;
    changed[owner] = objectOf(
      Object.entries(members).map(([name, member]) => [
        name,
        isObject(member) ? { ...member, ...envOf(member, [owner, name], document, texts) } : member,
      ]),
    );
  }
  return changed;
}

function envOf(
  owner: unknown,
  path: Path,
  document: Document,
  texts: ReadonlyMap<string, string>,
): { readonly env?: unknown } {
  const env = memberOf(owner, 'env');
  if (!isObject(env)) return {};
  const entries = Object.keys(env)
    .toSorted()
    .map((key): [string, unknown] => {
      const each = env[key];
      if (typeof each !== 'number' && typeof each !== 'boolean') return [key, each];
      const at = [...path, 'env', key];
      return [key, texts.get(pathKey(at)) ?? document.written(at) ?? String(each)];
    });
  return { env: objectOf(entries) };
}
