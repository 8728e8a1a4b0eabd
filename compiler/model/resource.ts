import type { Path } from '../base/json.ts';
import { isObject } from '../base/json.ts';

declare const brand: unique symbol;

/** A resource's address, `kind/key`: the same everywhere a resource is named. Made by {@link address} alone. */
export type ResourceId = string & { readonly [brand]: 'ResourceId' };

/** The address of a resource. The same kind and key always give the same one. */
export function address(kind: string, key: string): ResourceId {
  return `${kind}/${key}` as ResourceId;
}

/** Stands in a desired value for something that only an applied resource can tell. An edge of the graph. */
export interface Ref {
  readonly ref: ResourceId;
  readonly output: string;
}

/** A reference to an output of another resource. */
export function refTo(id: ResourceId, output: string): Ref {
  return { ref: id, output };
}

/** Whether a value stands for something that is not known yet. */
export function isRef(value: unknown): value is Ref {
  return isObject(value) && typeof value['ref'] === 'string' && typeof value['output'] === 'string';
}

/** A desired value in which any text may still be a {@link Ref}. */
export type Unresolved<T> = T extends string
  ? T | Ref
  : T extends readonly (infer Item)[]
    ? readonly Unresolved<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Unresolved<T[Key]> }
      : T;

/** What a reference reads as while its resource is not there yet. Never sent anywhere. */
export const knownAfterApply = '(known after apply)';

/** What a field reads as that stays as it is and is an autoscaler's from now on. Never sent anywhere. */
export const leftToAutoscaler = '(left to the autoscaler)';

/** What a kind says of one thing that should exist. */
export interface Declaration<D> {
  /** Unique within the kind, and the same for the same thing for ever. */
  readonly key: string;
  readonly desired: Unresolved<D>;
  /** Order without data: these come first, and are removed last. */
  readonly after?: readonly ResourceId[];
  /** Where in the YAML it comes from. */
  readonly path: Path;
}

/** One thing that should exist. */
export interface Resource<D = object> {
  readonly id: ResourceId;
  readonly kind: string;
  readonly key: string;
  readonly title: string;
  readonly desired: Unresolved<D>;
  readonly after: readonly ResourceId[];
  readonly path: Path;
}

/** Kept for each value: a desired value never changes, and is asked for its references again and again. */
const known = new WeakMap<object, readonly Ref[]>();

/** Every reference inside a value, in the order in which they stand. */
export function refsIn(value: unknown): readonly Ref[] {
  if (typeof value !== 'object' || value === null) return [];
  const before = known.get(value);
  if (before) return before;
  const found: Ref[] = [];
  collectRefs(value, found);
  known.set(value, found);
  return found;
}

function collectRefs(part: object, found: Ref[]): void {
  if (isRef(part)) found.push(part);
  else for (const each of Object.values(part)) if (typeof each === 'object' && each !== null) collectRefs(each, found);
}

/**
 * The value with each reference replaced by what `read` gives for it, or by {@link knownAfterApply}. A value without any,
 * as most are, is itself.
 */
export function resolve<T>(value: Unresolved<T>, read: (ref: Ref) => string | undefined): T {
  const walk = (part: unknown): unknown => {
    if (isRef(part)) return read(part) ?? knownAfterApply;
    if (Array.isArray(part)) return part.map(walk);
    return isObject(part) ? Object.fromEntries(Object.entries(part).map(([key, member]) => [key, walk(member)])) : part;
  };
  return (refsIn(value).length === 0 ? value : walk(value)) as T;
}

/** Whether anything in the value is only known after apply. */
export function hasUnknown(value: unknown): boolean {
  if (value === knownAfterApply) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}
