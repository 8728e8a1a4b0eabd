import { isDeepStrictEqual } from 'node:util';
import { formatPath, isObject, type Json, type Path } from '../base/json.ts';
import type { FieldChange } from '../model/change.ts';
import type { Inside, Rule, Rules } from '../model/kind.ts';
import { knownAfterApply } from '../model/resource.ts';

type Values = Readonly<Record<string, unknown>>;

/** Each field in which live is not as wanted, by the kind's rules. Fields that `want` leaves out are not compared. */
export function compare<D extends object>(want: D, live: D, rules: Rules<D>): FieldChange[] {
  const [wanted, found] = [want as Values, live as Values];
  return Object.entries(rules as Record<string, Rule<unknown>>).flatMap(([field, rule]) => {
    if (wanted[field] === undefined && !['whole', 'secret'].includes(ruleName(rule))) return [];
    return compareField(field, rule, wanted[field], found[field]);
  });
}

/** Every field of a thing that is to be made, for showing. Secrets are masked. */
export function wholeValue<D extends object>(want: D, rules: Rules<D>): FieldChange[] {
  return Object.entries(rules as Record<string, Rule<unknown>>).flatMap(([field, rule]) => {
    const value = (want as Values)[field];
    if (value === undefined) return [];
    const secret = ruleName(rule) === 'secret';
    return leaves(value, [field], insideOf(rule)).map(([path, leaf]) =>
      toChange(path, undefined, leaf, 'update', secret),
    );
  });
}

function compareField(field: string, rule: Rule<unknown>, want: unknown, live: unknown): FieldChange[] {
  const name = ruleName(rule);
  const own = typeof rule === 'object' ? rule : undefined;
  if (own?.same?.(want, live)) return [];
  const whole = name === 'immutable' || own?.inPlace?.(want, live) === false ? 'replace' : 'update';
  const secret = name === 'secret';
  if (own?.same) return [toChange([field], live, want, whole, secret)];
  const how = { ...insideOf(rule), exact: secret || name === 'whole' };
  const found = differences(want, live, [field], how).map(([path, before, after]) =>
    toChange(path, before, after, isFixed(own?.fixed, path) ? 'replace' : whole, secret),
  );
  return secret && found.length > 0 ? [...found, ...unchangedKeys(field, want, live)] : found;
}

/** Of a secret thing that changes, the keys that do not: nobody could tell from masked values. */
function unchangedKeys(field: string, want: unknown, live: unknown): FieldChange[] {
  if (!isObject(want) || !isObject(live)) return [];
  return Object.keys(want)
    .filter((key) => isDeepStrictEqual(want[key], live[key]))
    .map((key) => ({ ...toChange([field, key], live[key], want[key], 'update', true), same: true as const }));
}

function isFixed(fixed: readonly string[] = [], path: Path): boolean {
  const text = formatPath(path);
  return fixed.some((each) => text === each || text.startsWith(`${each}.`) || text.startsWith(`${each}[`));
}

type Difference = readonly [path: Path, before: unknown, after: unknown];

/** `exact`: what only live has is a difference, too. */
interface How extends Inside {
  readonly exact: boolean;
}

function differences(want: unknown, live: unknown, path: Path, how: How): Difference[] {
  if (isDeepStrictEqual(want, live)) return [];
  if (isObject(want) && isObject(live)) {
    const keys = how.exact ? new Set([...Object.keys(want), ...Object.keys(live)]) : Object.keys(want);
    return [...keys].flatMap((key) => differences(want[key], live[key], [...path, key], how));
  }
  const name = String(path.at(-1));
  const members = membersOf([want, live], name, how);
  if (members) {
    const [wanted, found] = [byItem(want, members), byItem(live, members)];
    return differences(wanted, found, path, { ...how, exact: true });
  }
  return how.sameLeaf?.(want, live, name) ? [] : [[path, live, want]];
}

const named: readonly (readonly string[])[] = [['name']];

/** The members that tell the items of these lists apart; undefined for lists that are one value each. */
function membersOf(lists: readonly unknown[], name: string, { itemKeys }: Inside): readonly string[] | undefined {
  const candidates = itemKeys && Object.hasOwn(itemKeys, name) ? (itemKeys[name] ?? named) : named;
  return candidates.find((members) =>
    lists.every((list) => {
      if (!Array.isArray(list) || list.length === 0) return false;
      const labels = list.map((item: unknown) => labelOf(item, members));
      return !labels.includes(undefined) && new Set(labels).size === labels.length;
    }),
  );
}

/** `80/TCP`. Undefined for an item without the first of its members; the others may be left to their default. */
function labelOf(item: unknown, members: readonly string[]): string | undefined {
  if (!isObject(item) || !isLabel(item[members[0] ?? ''])) return undefined;
  return members.flatMap((member) => (isLabel(item[member]) ? [String(item[member])] : [])).join('/');
}

function isLabel(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** A list as an object by item, so that one changed item reads as one change. */
function byItem(list: unknown, members: readonly string[]): Record<string, unknown> {
  const items = Array.isArray(list) ? list : [];
  return Object.fromEntries(items.map((item: unknown) => [labelOf(item, members) ?? '', item]));
}

function leaves(value: unknown, path: Path, how: Inside): [Path, unknown][] {
  if (isObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, member]) =>
      member === undefined ? [] : leaves(member, [...path, key], how),
    );
  }
  const members = membersOf([value], String(path.at(-1)), how);
  return members ? leaves(byItem(value, members), path, how) : [[path, value]];
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

function insideOf(rule: Rule<unknown>): Inside {
  return typeof rule === 'object' ? rule : {};
}
