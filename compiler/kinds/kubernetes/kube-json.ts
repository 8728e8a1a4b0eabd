import { isObject } from '../../base/json.ts';

/** A member of what may be an object. */
export function member(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce((at, key) => (isObject(at) ? at[key] : undefined), value);
}

/** A text, or an empty one where there is something else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A number, or 0. */
export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** The items of what may be a list. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
