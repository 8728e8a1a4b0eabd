import { isObject, type Path } from '../base/json.ts';
import { objectOf } from './value-path.ts';

/**
 * A value with an overlay on it: groups are merged key by key, everything else is replaced, null removes.
 * As JSON Merge Patch has it: https://www.rfc-editor.org/rfc/rfc7396
 */
export function merge(base: unknown, overlay: unknown): unknown {
  if (!isObject(overlay)) return overlay;
  const merged = new Map<string, unknown>(isObject(base) ? Object.entries(base) : []);
  for (const [key, value] of Object.entries(overlay)) {
    if (value === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), value));
  }
  return objectOf(merged);
}

/** A value with the one at `path` replaced; groups on the way are made. Undefined where a list has no such place. */
export function setAt(base: unknown, path: Path, value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (typeof part === 'number') return setItem(base, part, rest, value);
  const members = new Map<string, unknown>(isObject(base) ? Object.entries(base) : []);
  if (rest.length === 0 && value === null) members.delete(part);
  else {
    const inner = setAt(members.get(part), rest, value);
    if (inner === undefined) return undefined;
    members.set(part, inner);
  }
  return objectOf(members);
}

function setItem(base: unknown, index: number, rest: Path, value: unknown): unknown {
  const items: unknown[] = Array.isArray(base) ? [...(base as unknown[])] : [];
  if (index > items.length) return undefined;
  if (rest.length === 0 && value === null) return items.toSpliced(index, 1);
  const inner = setAt(items[index], rest, value);
  return inner === undefined ? undefined : items.toSpliced(index, 1, inner);
}
