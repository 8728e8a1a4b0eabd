import { isDeepStrictEqual } from 'node:util';
import { formatPath, isObject, type Json, type Path } from '../base/json.ts';
import type { FieldChange } from '../model/change.ts';
import type { Rule, Rules } from '../model/kind.ts';
import { knownAfterApply } from '../model/resource.ts';

type Values = Readonly<Record<string, unknown>>;

/** Each field in which live is not as wanted, by the kind's rules. Fields that `want` leaves out are not compared. */
export function compare<D extends object>(want: D, live: D, rules: Rules<D>): FieldChange[] {
  const [wanted, found] = [want as Values, live as Values];
  return Object.entries(rules as Record<string, Rule<unknown>>).flatMap(([field, rule]) => {
    if (wanted[field] === undefined && rule !== 'whole' && rule !== 'secret') return [];
    return compareField(field, rule, wanted[field], found[field]);
  });
}

/** Every field of a thing that is to be made, for showing. Secrets are masked. */
export function wholeValue<D extends object>(want: D, rules: Rules<D>): FieldChange[] {
  return Object.entries(rules as Record<string, Rule<unknown>>).flatMap(([field, rule]) => {
    const value = (want as Values)[field];
    if (value === undefined) return [];
    const secret = ruleName(rule) === 'secret';
    return leaves(value, [field]).map(([path, leaf]) => toChange(path, undefined, leaf, 'update', secret));
  });
}

function compareField(field: string, rule: Rule<unknown>, want: unknown, live: unknown): FieldChange[] {
  const name = ruleName(rule);
  const own = typeof rule === 'object' ? rule : undefined;
  if (own?.same?.(want, live)) return [];
  const forces = name === 'immutable' || own?.inPlace?.(want, live) === false ? 'replace' : 'update';
  const secret = name === 'secret';
  if (own?.same) return [toChange([field], live, want, forces, secret)];
  return differences(want, live, [field], secret || name === 'whole').map(([path, before, after]) =>
    toChange(path, before, after, forces, secret),
  );
}

type Difference = readonly [path: Path, before: unknown, after: unknown];

function differences(want: unknown, live: unknown, path: Path, exact: boolean): Difference[] {
  if (isDeepStrictEqual(want, live)) return [];
  if (isObject(want) && isObject(live)) {
    const keys = exact ? new Set([...Object.keys(want), ...Object.keys(live)]) : Object.keys(want);
    return [...keys].flatMap((key) => differences(want[key], live[key], [...path, key], exact));
  }
  const [wantByKey, liveByKey] = [keyed(want), keyed(live)];
  if (wantByKey && liveByKey) return differences(wantByKey, liveByKey, path, true);
  return [[path, live, want]];
}

/** A list whose items have distinct names, as an object by name, so that one changed item reads as one change. */
function keyed(value: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const names = value.map((item: unknown) =>
    isObject(item) && typeof item['name'] === 'string' ? item['name'] : undefined,
  );
  if (names.includes(undefined) || new Set(names).size !== names.length) return undefined;
  return Object.fromEntries(value.map((item: unknown, index) => [`${names[index]}`, item]));
}

function leaves(value: unknown, path: Path): [Path, unknown][] {
  if (isObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, member]) =>
      member === undefined ? [] : leaves(member, [...path, key]),
    );
  }
  const named = keyed(value);
  return named ? leaves(named, path) : [[path, value]];
}

function toChange(
  path: Path,
  before: unknown,
  after: unknown,
  forces: 'update' | 'replace',
  secret: boolean,
): FieldChange {
  const shown = (value: unknown): Json =>
    secret && value !== knownAfterApply ? '(secret)' : ((value ?? null) as Json);
  return {
    path: formatPath(path),
    ...(before !== undefined && { before: shown(before) }),
    ...(after !== undefined && { after: shown(after) }),
    forces,
    ...(secret && { secret: true as const }),
  };
}

function ruleName(rule: Rule<unknown>): 'mutable' | 'immutable' | 'secret' | 'whole' {
  return typeof rule === 'object' ? rule.rule : rule;
}
