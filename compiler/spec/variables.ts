import { problem, warning, type Diagnostic, type SourceSpan } from '../base/diagnostic.ts';
import { formatPath, isObject, type Path } from '../base/json.ts';
import { namesCredential } from './credentials.ts';
import { candidates, lookUp, plainScalar, type Outcome, type Surroundings } from './lookup.ts';
import { hasReference, isProblem, parseTemplate, type Reference, type Template } from './template.ts';
import { memberOf, objectOf, parsePath } from './value-path.ts';

/** What references are looked up in, and where they stand. */
export interface Scope extends Omit<Surroundings, 'self'> {
  /** The config with its overlays, nothing looked up yet. */
  readonly value: unknown;
  /** Where the `${` of this number stands in the text at `path`. */
  at(path: Path, ordinal: number, length: number): SourceSpan;
  /** How a number or boolean at `path` was spelled. */
  written(path: Path): string | undefined;
  /** Whether a config may have a value at `path`: it has a default then, which variables don't see. */
  mayHave(path: Path): boolean;
}

/** A config with everything looked up. */
export interface Resolved {
  readonly value: unknown;
  /** How numbers and booleans that came through a variable were spelled, by {@link pathKey}. */
  readonly texts: ReadonlyMap<string, string>;
  readonly problems: readonly Diagnostic[];
  /** The texts that hold a reference which failed; they stand in the value as they were written. */
  readonly failed: readonly Path[];
  /** What came from a variable whose name says that it holds a credential. */
  readonly secret: readonly Path[];
}

/** Looks up references on demand; each text once. */
export interface Resolver {
  /** Everything. */
  all(): Resolved;
  /** One value: a miss when it is not there, failed when a reference in it is. */
  at(path: Path): Outcome;
}

/** What variables may grow a config to: characters of text, and values. */
const sizeMax = 1_000_000;
/** How many references may lead to one another. */
const chainMax = 50;

/** A path as the key of a map. */
export function pathKey(path: Path): string {
  return path.join('\u0000');
}

interface State {
  readonly scope: Scope;
  readonly known: Map<string, Outcome>;
  /** Where the texts stand that are being looked up, outermost first. */
  readonly running: Path[];
  readonly texts: Map<string, string>;
  readonly problems: Diagnostic[];
  readonly failed: Path[];
  readonly secret: Path[];
  size: number;
}

/** A resolver of one config. */
export function makeResolver(scope: Scope): Resolver {
  const collected = { texts: new Map(), problems: [], failed: [], secret: [] };
  const state: State = { scope, known: new Map(), running: [], ...collected, size: 0 };
  return {
    all() {
      const { value } = resolveTree(state, scope.value, []);
      const { texts, problems, failed, secret } = state;
      return { value, texts, problems, failed, secret };
    },
    at: (path) => lookUpSelf(state, path),
  };
}

interface Tree {
  readonly value: unknown;
  readonly whole: boolean;
}

/** A value with everything in it looked up. The same object when there was nothing to look up. */
function resolveTree(state: State, value: unknown, path: Path): Tree {
  if (typeof value === 'string') {
    if (!hasReference(value)) return { value, whole: true };
    const outcome = resolveText(state, value, path);
    return outcome.is === 'value' ? { value: outcome.value, whole: true } : { value, whole: false };
  }
  if (Array.isArray(value)) {
    const items = value.map((item, index) => resolveTree(state, item, [...path, index]));
    const same = items.every((item, index) => item.value === value[index]);
    return { value: same ? value : items.map((item) => item.value), whole: items.every((item) => item.whole) };
  }
  if (!isObject(value)) return { value, whole: true };
  const members = Object.keys(value).map((key) => [key, resolveTree(state, value[key], [...path, key])] as const);
  const same = members.every(([key, member]) => member.value === value[key]);
  const whole = members.every(([, member]) => member.whole);
  return { value: same ? value : objectOf(members.map(([key, member]) => [key, member.value])), whole };
}

function resolveText(state: State, text: string, path: Path): Outcome {
  const key = pathKey(path);
  const known = state.known.get(key);
  if (known) return known;
  const outcome = lookUpText(state, text, path);
  state.known.set(key, outcome);
  if (outcome.is !== 'value') state.failed.push(path);
  else if (outcome.text !== undefined && typeof outcome.value !== 'string') state.texts.set(key, outcome.text);
  return outcome;
}

function lookUpText(state: State, text: string, path: Path): Outcome {
  const template = parseTemplate(text);
  if (isProblem(template)) {
    const { why, ordinal, written } = template;
    return told(state, 'HELLO1013', { path, ordinal, written }, malformed[why]);
  }
  state.running.push(path);
  const outcome = evaluate(state, template, path);
  state.running.pop();
  if (outcome.is !== 'value') return outcome;
  state.size += sizeOf(outcome.value, sizeMax);
  if (state.size <= sizeMax) return outcome;
  const first = template.find((part) => typeof part !== 'string');
  return told(state, 'HELLO1012', { path, ordinal: first?.ordinal ?? 0, written: first?.written ?? '' }, tooLarge);
}

/** A text that is one reference is what it refers to; anything else becomes a text. */
function evaluate(state: State, template: Template, path: Path): Outcome {
  const [only] = template;
  if (template.length === 1 && typeof only === 'object') return follow(state, only, path);
  let text = '';
  for (const part of template) {
    if (typeof part === 'string') text += part;
    else {
      const outcome = follow(state, part, path);
      if (outcome.is !== 'value') return outcome;
      const written = asText(outcome);
      if (written === undefined) {
        return told(state, 'HELLO1012', { path, ...part }, notText(part, outcome.value));
      }
      text += written;
    }
    if (text.length > sizeMax) return told(state, 'HELLO1012', { path, ordinal: 0, written: '${' }, tooLarge);
  }
  return { is: 'value', value: text };
}

function follow(state: State, reference: Reference, path: Path): Outcome {
  const target = evaluate(state, reference.target, path);
  if (target.is !== 'value') return target;
  const name = String(target.value);
  const outcome = lookUp(name, { ...state.scope, self: (text) => followSelf(state, text) });
  if (outcome.is === 'value') warnOfCredential(state, name, reference, path);
  if (outcome.is === 'miss' && reference.fallback) return fallBack(state, reference.fallback, path);
  if (outcome.is === 'miss' || outcome.is === 'wrong') {
    const code = outcome.is === 'miss' ? 'HELLO1012' : 'HELLO1013';
    return told(state, code, { path, ...reference }, outcome);
  }
  return outcome;
}

function fallBack(state: State, fallback: Template, path: Path): Outcome {
  const [only = ''] = fallback;
  if (fallback.length > 1 || typeof only !== 'string') return evaluate(state, fallback, path);
  const quoted = /^(['"])(.*)\1$/s.exec(only);
  return quoted ? { is: 'value', value: quoted[2] ?? '' } : plainScalar(only);
}

function followSelf(state: State, text: string): Outcome {
  const path = parsePath(text);
  if (!path)
    return { is: 'wrong', message: `\`${text}\` is no path to a key`, fix: 'Write it like db.tier or ports[0].' };
  if (state.running.length > chainMax) {
    return { is: 'wrong', message: `more than ${chainMax} variables lead to one another` };
  }
  return lookUpSelf(state, path);
}

/** A value of the config. What stands on the way to it may be a reference itself. */
function lookUpSelf(state: State, path: Path): Outcome {
  let at: unknown = state.scope.value;
  for (const [index, part] of path.entries()) {
    const here = path.slice(0, index);
    if (typeof at === 'string' && hasReference(at)) {
      const outcome = lookUpOnce(state, at, here);
      if (outcome.is !== 'value') return outcome;
      at = outcome.value;
    }
    const next = memberOf(at, part);
    if (next === undefined) {
      return notThere(state, path, path.slice(0, index + 1), at);
    }
    at = next;
  }
  if (typeof at === 'string') return hasReference(at) ? lookUpOnce(state, at, path) : { is: 'value', value: at };
  if (typeof at !== 'object') {
    const text = state.scope.written(path);
    return { is: 'value', value: at, ...(text !== undefined && { text }) };
  }
  const cycle = state.running.find((each) => path.every((part, index) => String(part) === String(each[index])));
  if (cycle) return inCircle(state, cycle);
  const tree = resolveTree(state, at, path);
  return tree.whole ? { is: 'value', value: tree.value } : { is: 'failed' };
}

function notThere({ scope }: State, path: Path, missing: Path, parent: unknown): Outcome {
  const shown = formatPath(missing);
  if (!scope.mayHave(path)) {
    return { is: 'miss', message: `the config has no \`${shown}\``, ...candidates(missing.at(-1) ?? '', parent) };
  }
  const message = `\`${shown}\` is not written in the config, and variables see no defaults`;
  return { is: 'miss', message, fix: 'Write it out, or give a fallback.' };
}

function lookUpOnce(state: State, text: string, path: Path): Outcome {
  const key = pathKey(path);
  if (state.running.some((each) => pathKey(each) === key)) return inCircle(state, path);
  return resolveText(state, text, path);
}

/** Told at the reference that closes the circle. */
function inCircle(state: State, path: Path): Outcome {
  const from = state.running.findIndex((each) => pathKey(each) === pathKey(path));
  const names = [...state.running.slice(from), path].map((each) => `\`${formatPath(each)}\``);
  return { is: 'wrong', message: `variables lead in a circle: ${names.join(' -> ')}`, fix: 'Write one of them out.' };
}

function warnOfCredential(state: State, target: string, { ordinal, written }: Reference, path: Path): void {
  const name = /^(?:env|opt):(.+)$/s.exec(target)?.[1];
  if (name === undefined || !namesCredential(name)) return;
  state.secret.push(path);
  if (namesCredential(String(path.at(-1)))) return; // its key tells as much
  const message = `\`${name}\` looks like a credential, and would be written into \`${formatPath(path)}\``;
  const at = state.scope.at(path, ordinal, written.length);
  state.problems.push(warning('HELLO1016', message, { at, fix: 'Let the app fetch it when it runs.' }));
}

interface Words {
  readonly message: string;
  readonly fix?: string;
}

const tooLarge: Words = { message: 'the variables make the config larger than 1 MB', fix: 'Write less with them.' };

const malformed = {
  'no end': { message: '`${` has no `}`', fix: 'Close it, or write $${ for the text itself.' },
  'too deep': { message: 'more than 10 variables stand inside one another' },
  empty: { message: '`${}` names nothing', fix: 'Write what it stands for, or $${} for the text itself.' },
} as const satisfies Record<string, Words>;

function notText(reference: Reference, value: unknown): Words {
  const what = value === null ? 'empty' : Array.isArray(value) ? 'a list' : 'a group of keys';
  return {
    message: `\`${reference.written}\` is ${what}, and cannot stand inside a text`,
    fix: 'Let it stand alone, or name a value in it.',
  };
}

function told(
  state: State,
  code: 'HELLO1012' | 'HELLO1013',
  { path, ordinal, written }: { readonly path: Path } & Pick<Reference, 'ordinal' | 'written'>,
  { message, fix }: Words,
): Outcome {
  const at = state.scope.at(path, ordinal, written.length);
  state.problems.push(problem(code, message, { at, ...(fix !== undefined && { fix }) }));
  return { is: 'failed' };
}

function asText({ value, text }: Outcome & { is: 'value' }): string | undefined {
  if (text !== undefined) return text;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** Characters and values; stops counting at the limit, as shared parts count every time. */
function sizeOf(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  let size = 1;
  for (const member of Object.values(value)) {
    size += sizeOf(member, limit - size);
    if (size > limit) break;
  }
  return size;
}
