import type { Host } from '../base/host.ts';
import { formatPath } from '../base/json.ts';
import { parseText } from './document.ts';
import type { FileAnswer, Sources } from './sources.ts';
import { didYouMean } from './suggest.ts';
import { keysOf, memberOf, parsePath } from './value-path.ts';

/** What a reference came to. */
export type Outcome =
  /** `text`: how a number or a boolean was spelled, for where a text is wanted. */
  | { readonly is: 'value'; readonly value: unknown; readonly text?: string }
  /** Nothing is there; a fallback may stand in. */
  | { readonly is: 'miss'; readonly message: string; readonly fix?: string }
  /** Written wrong, or not allowed: no fallback mends it. */
  | { readonly is: 'wrong'; readonly message: string; readonly fix?: string }
  /** It has been told already. */
  | { readonly is: 'failed' };

/** What references are answered from. */
export interface Surroundings {
  readonly env: Host['env'];
  /** From `--var name=value`. */
  readonly vars: Readonly<Record<string, string>>;
  /** The stage that is chosen. */
  readonly stage: string | undefined;
  /** Absent where the caller gave no access to files and git. */
  readonly sources: Sources | undefined;
  /** Another value of the config, its own references looked up. */
  self(path: string): Outcome;
}

const forms: Readonly<Record<string, string>> = {
  env: '${env:NAME}',
  opt: '${opt:name}',
  self: '${self:path}',
  file: '${file:path} or ${file:path:key}',
  git: '${git:sha} or ${git:branch}',
  stage: '${stage}',
};

/** Answers what stands in a reference before its fallback: `env:NAME`. */
export function lookUp(target: string, around: Surroundings): Outcome {
  const colon = target.indexOf(':');
  const source = colon < 0 ? target : target.slice(0, colon);
  const argument = colon < 0 ? '' : target.slice(colon + 1);
  const form = Object.hasOwn(forms, source) ? forms[source] : undefined;
  if (form === undefined) return unknownSource(source);
  if ((argument === '') !== (source === 'stage')) {
    return { is: 'wrong', message: `\`\${${target}}\` is not written right`, fix: `Write ${form}.` };
  }
  switch (source) {
    case 'env':
      return lookUpEnv(argument, around.env);
    case 'opt':
      return lookUpOption(argument, around.vars);
    case 'self':
      return around.self(argument);
    case 'file':
      return lookUpFile(argument, around.sources);
    case 'git':
      return lookUpGit(argument, around.sources);
    default:
      return lookUpStage(around.stage);
  }
}

/** A text from outside, as YAML would take it if it stood there: a number and a boolean when it is spelled as one. */
export function plainScalar(text: string): Outcome {
  if (text === 'true' || text === 'false') return { is: 'value', value: text === 'true', text };
  const number = Number(text);
  const isNumber = text !== '' && Number.isFinite(number) && String(number) === text;
  return { is: 'value', value: isNumber ? number : text, text };
}

function unknownSource(source: string): Outcome {
  const meant = didYouMean(source, Object.keys(forms));
  const known = `Known are ${Object.values(forms).join(', ')}.`;
  const literal = `For the text itself, write $\${…}.`;
  const message = `there are no variables of the kind \`${source}\``;
  return { is: 'wrong', message, fix: `${meant ? `Did you mean \`${meant}\`?` : known} ${literal}` };
}

/** An empty variable counts as none: that is what CI systems make of those that are not there. */
function lookUpEnv(name: string, env: Host['env']): Outcome {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value !== undefined && value !== '') return plainScalar(value);
  const meant = didYouMean(
    name,
    Object.keys(env).filter((each) => each !== name && env[each] !== ''),
  );
  const what = value === '' ? 'empty' : 'not set';
  const fix = meant ? `Did you mean \`${meant}\`?` : `Set it, or give a fallback: \${env:${name}, …}.`;
  return { is: 'miss', message: `the environment variable ${name} is ${what}`, fix };
}

function lookUpOption(name: string, vars: Readonly<Record<string, string>>): Outcome {
  const value = Object.hasOwn(vars, name) ? vars[name] : undefined;
  if (value !== undefined) return plainScalar(value);
  const meant = didYouMean(name, Object.keys(vars));
  const fix = meant ? `Did you mean \`${meant}\`?` : `Give it with --var ${name}=VALUE, or give a fallback.`;
  return { is: 'miss', message: `the option ${name} is not given`, fix };
}

function lookUpStage(stage: string | undefined): Outcome {
  if (stage !== undefined) return { is: 'value', value: stage };
  const fix = 'Declare `stages:` and choose one with --stage, or give a fallback: ${stage, dev}.';
  return { is: 'miss', message: 'no stage is chosen', fix };
}

function lookUpGit(what: string, sources: Sources | undefined): Outcome {
  if (what !== 'sha' && what !== 'branch') {
    const meant = didYouMean(what, ['sha', 'branch']);
    const fix = meant ? `Did you mean \`git:${meant}\`?` : 'Write ${git:sha} or ${git:branch}.';
    return { is: 'wrong', message: `git is not asked for \`${what}\``, fix };
  }
  if (!sources) return notGiven('git');
  const value = sources.git(what);
  if (value !== undefined) return { is: 'value', value };
  const thing = what === 'sha' ? 'no commit' : 'no branch';
  const fix = what === 'sha' ? 'Commit first, or give a fallback.' : 'Check out a branch, or give a fallback.';
  return { is: 'miss', message: `git knows ${thing} here`, fix };
}

function lookUpFile(argument: string, sources: Sources | undefined): Outcome {
  const colon = argument.indexOf(':');
  const path = colon < 0 ? argument : argument.slice(0, colon);
  const key = colon < 0 ? undefined : argument.slice(colon + 1);
  if (!sources) return notGiven('files');
  const answer = sources.readFile(path);
  if (answer.is !== 'text') return noText(path, answer);
  if (!/\.(ya?ml|json)$/i.test(path)) {
    if (key === undefined) return plainScalar(answer.text.replace(/\r?\n$/, ''));
    const message = `\`${path}\` is a text: it has no key \`${key}\``;
    return { is: 'wrong', message, fix: 'Keys are looked up in .yaml, .yml and .json files.' };
  }
  const parsed = parseText(answer.text, path);
  if (parsed.ok)
    return key === undefined ? { is: 'value', value: parsed.value.value } : keyOf(parsed.value.value, key, path);
  const [first] = parsed.problems;
  const place = first?.at ? ` (line ${first.at.line})` : '';
  return {
    is: 'wrong',
    message: `\`${path}\` cannot be read: ${first?.message ?? ''}${place}`,
    fix: 'Mend that file.',
  };
}

function noText(path: string, answer: Exclude<FileAnswer, { is: 'text' }>): Outcome {
  if (answer.is === 'outside') {
    const fix = 'Move it into the folder of the config, or allow it with --allow-outside.';
    return { is: 'wrong', message: `the file \`${path}\` is outside the folder of the config`, fix };
  }
  if (answer.is === 'unusable') return { is: 'wrong', message: `the file \`${path}\` cannot be used: ${answer.why}` };
  const slash = path.lastIndexOf('/') + 1;
  const meant = didYouMean(path.slice(slash), answer.near);
  const fix = meant
    ? `Did you mean \`${path.slice(0, slash)}${meant}\`?`
    : 'Paths count from the folder of the config.';
  return { is: 'miss', message: `there is no file \`${path}\``, fix };
}

function keyOf(value: unknown, key: string, file: string): Outcome {
  const path = parsePath(key);
  if (!path) return { is: 'wrong', message: `\`${key}\` is no path to a key`, fix: 'Write it like a.b[0].' };
  let at = value;
  for (const [index, part] of path.entries()) {
    const next = memberOf(at, part);
    if (next === undefined) {
      const shown = formatPath(path.slice(0, index + 1));
      return { is: 'miss', message: `\`${file}\` has no \`${shown}\``, ...candidates(part, at) };
    }
    at = next;
  }
  return { is: 'value', value: at };
}

/** The fix for a path that leads nowhere: what is there instead. */
export function candidates(part: string | number, parent: unknown): { readonly fix?: string } {
  const keys = keysOf(parent).slice(0, 200);
  const meant = didYouMean(String(part), keys);
  if (meant) return { fix: `Did you mean \`${meant}\`?` };
  return keys.length > 0 ? { fix: `There are: ${keys.slice(0, 12).join(', ')}.` } : {};
}

function notGiven(what: string): Outcome {
  const message = `${what} cannot be looked at here`;
  return { is: 'wrong', message, fix: 'Pass `sources: diskSources(folder)` to read().' };
}
