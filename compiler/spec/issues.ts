import type * as z from 'zod/mini';
import { problem, type Diagnostic } from '../base/diagnostic.ts';
import { formatPath, isObject, type Path } from '../base/json.ts';
import { credentialIn } from './credentials.ts';
import type { Document } from './document.ts';
import { didYouMean, keysAt } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** What the words need to know beside the issue. `root` is where the config stands in the file. */
export interface IssueContext {
  readonly schema: z.core.$ZodType;
  readonly document: Document;
  readonly root: Path;
}

/** Keys whose text becomes the name of something in Google Cloud or Kubernetes. */
const namePaths = new Set([
  'name',
  'project',
  'region',
  'cluster',
  'cluster.name',
  'db.instance',
  'db.database',
  'db.user',
]);

/** Everything that the schema found wrong, each where it stands and in words. */
export function explainIssues(issues: readonly Issue[], context: IssueContext): Diagnostic[] {
  return issues.flatMap((issue) => explain(issue, [], context));
}

function explain(issue: Issue, parent: Path, context: IssueContext): Diagnostic[] {
  const path = [...parent, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, context));
  if (issue.code === 'invalid_union') return explainUnion(issue, path, context);
  if (issue.code === 'invalid_key') return [badKey(issue, path, context)];
  if (issue.code === 'invalid_type' && issue.input === undefined) return [missing(path, context)];
  return [badValue(issue, path, context)];
}

function unknownKey(path: Path, key: string, context: IssueContext): Diagnostic {
  const known = keysAt(context.schema, path);
  const meant = didYouMean(key, known);
  return problem('HELLO1004', `unknown key \`${formatPath([...path, key])}\``, {
    at: context.document.locate([...context.root, ...path], key),
    fix: meant ? `Did you mean \`${meant}\`?` : `Known here: ${known.join(', ')}.`,
  });
}

function badKey(issue: z.core.$ZodIssueInvalidKey, path: Path, context: IssueContext): Diagnostic {
  const why = issue.issues[0]?.message ?? 'another form';
  const key = String(path.at(-1));
  return problem('HELLO1005', `\`${key}\` cannot be a key of \`${formatPath(path.slice(0, -1))}\`: it must be ${why}`, {
    at: context.document.locate([...context.root, ...path.slice(0, -1)], key),
  });
}

function missing(path: Path, context: IssueContext): Diagnostic {
  return problem('HELLO1006', `\`${formatPath(path)}\` is missing`, {
    at: context.document.locate([...context.root, ...path]),
    fix: `Add \`${String(path.at(-1))}: …\`.`,
  });
}

function badValue(issue: Issue, path: Path, context: IssueContext): Diagnostic {
  const what = path.length === 0 ? 'the file' : `\`${formatPath(path)}\``;
  const at = context.document.locate([...context.root, ...path]);
  const message = `${what} must be ${expectation(issue)}, not ${describe(issue.input)}`;
  const isName = namePaths.has(formatPath(path)) && typeof issue.input === 'string';
  const meant = suggestValue(issue);
  const fix = meant === undefined ? whereToRead(path) : `Did you mean \`${meant}\`?`;
  return problem(isName ? 'HELLO1007' : 'HELLO1005', message, { at, ...(fix !== undefined && { fix }) });
}

/** The documentation of the key; of an entry of a list, that of the list. */
function whereToRead(path: Path): string | undefined {
  const key = path.filter((part) => typeof part === 'string');
  return key.length === 0 ? undefined : `\`hello explain ${formatPath(key)}\` tells what it takes.`;
}

function suggestValue(issue: Issue): string | undefined {
  if (issue.code !== 'invalid_value') return undefined;
  const values = issue.values.map(String);
  // 18 is the natural way to write POSTGRES_18.
  if (typeof issue.input === 'number') return values.find((value) => value.endsWith(`_${String(issue.input)}`));
  return typeof issue.input === 'string' ? didYouMean(issue.input, values) : undefined;
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_type') return typeWords[issue.expected] ?? `a ${issue.expected}`;
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') return atLeast(issue.origin, Number(issue.minimum));
  if (issue.code === 'too_big') return atMost(issue.origin, Number(issue.maximum));
  return issue.message;
}

function atLeast(origin: string, minimum: number): string {
  if (origin === 'string') return minimum === 1 ? 'a text that is not empty' : `at least ${minimum} characters long`;
  return origin === 'array' ? `a list of at least ${minimum}` : `at least ${minimum}`;
}

function atMost(origin: string, maximum: number): string {
  if (origin === 'string') return `at most ${maximum} characters long`;
  return origin === 'array' ? `a list of at most ${maximum}` : `at most ${maximum}`;
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a group of keys',
  record: 'a group of keys',
  array: 'a list',
};

/** What was written, short: a value may be long, and a list says nothing by its items. */
function describe(input: unknown): string {
  if (input === null) return 'empty';
  if (typeof input === 'string' && credentialIn(input)) return 'what looks like a credential';
  if (typeof input === 'string')
    return input === '' ? 'an empty text' : `"${input.length > 60 ? `${input.slice(0, 60)}…` : input}"`;
  if (typeof input === 'number' || typeof input === 'boolean') return String(input);
  return Array.isArray(input) ? 'a list' : 'a group of keys';
}

/**
 * Explains the branch that was meant: of the branches that take this type of value, the one with the fewest strange keys.
 * When no branch takes it, the union's own words name them all.
 */
function explainUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path, context: IssueContext): Diagnostic[] {
  const fitting = issue.errors.filter((branch) => !branch.some(isWrongType));
  if (fitting.length === 0) return [badValue({ ...issue, code: 'custom' }, path, context)];
  const exclusive = exclusiveKeys(fitting);
  if (exclusive) return [contradiction(path, exclusive, context)];
  const best = fitting.toSorted((a, b) => strangeness(a) - strangeness(b) || a.length - b.length)[0] ?? [];
  const explained = best.flatMap((each) => explain(each, path, context));
  const slips = explained.filter((each) => each.code === 'HELLO1004' && each.fix?.startsWith('Did you mean'));
  const isSlipOf = (each: Diagnostic): boolean => each.code === 'HELLO1006' && slips.length > 0;
  return explained.filter((each) => !isSlipOf(each));
}

function isWrongType(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === 'invalid_type';
}

function strangeness(branch: readonly Issue[]): number {
  return branch.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0);
}

/** Keys that are each right in one branch, and wrong together. */
function exclusiveKeys(fitting: readonly (readonly Issue[])[]): string[] | undefined {
  if (fitting.length < 2) return undefined;
  const strange = fitting.map((branch) =>
    branch.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : [])),
  );
  const inAll = strange.reduce((common, keys) => common.filter((key) => keys.includes(key)));
  return inAll.length === 0 && strange.every((keys) => keys.length > 0) ? strange.flat() : undefined;
}

function contradiction(path: Path, keys: readonly string[], context: IssueContext): Diagnostic {
  const named = keys.toReversed().map((key) => `\`${key}\``);
  return problem('HELLO1009', `${named.join(' and ')} cannot both stand in \`${formatPath(path)}\``, {
    at: context.document.locate([...context.root, ...path], keys[0]),
    fix: 'Keep one of them.',
  });
}

/** Keys that would reach into JavaScript's own objects; zod passes over them in free maps without a word. */
export function dangerousKeys(value: unknown, context: IssueContext, path: Path = []): Diagnostic[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => dangerousKeys(each, context, [...path, index]));
  if (!isObject(value)) return [];
  const inner = Object.keys(value).flatMap((key) => dangerousKeys(value[key], context, [...path, key]));
  if (!Object.hasOwn(value, '__proto__')) return inner;
  const at = context.document.locate([...context.root, ...path], '__proto__');
  const message = `unknown key \`${formatPath([...path, '__proto__'])}\``;
  return [problem('HELLO1004', message, { at, fix: 'Choose another name.' }), ...inner];
}
