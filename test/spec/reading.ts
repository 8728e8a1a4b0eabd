import assert from 'node:assert/strict';
import type { Diagnostic } from '../../compiler/base/diagnostic.ts';
import { readConfig, type Config } from '../../compiler/spec/read.ts';
import type { ReadOptions } from '../../compiler/spec/reading.ts';
import type { Service, Spec } from '../../compiler/spec/spec.ts';
import type { FileAnswer, Sources } from '../../compiler/spec/sources.ts';

/** What a config is read in: a project, and a few variables. */
export const surroundings = { GOOGLE_CLOUD_PROJECT: 'my-project', TIER: 'db-custom-1-3840', COUNT: '5', EMPTY: '' };

/** Files by their path, a Dockerfile that every build finds, and a git that knows a commit and a branch. */
export function sourcesOf(files: Readonly<Record<string, string | FileAnswer>> = {}): Sources {
  return {
    readFile(path) {
      if (path === './Dockerfile') return { is: 'text', text: 'FROM scratch' };
      const found = Object.hasOwn(files, path) ? files[path] : undefined;
      if (typeof found === 'object') return found;
      return found === undefined ? { is: 'missing', near: Object.keys(files) } : { is: 'text', text: found };
    },
    git: (what) => (what === 'sha' ? 'c0ffee' : 'main'),
  };
}

/** A config that must be understood. */
export function configOf(text: string, options: ReadOptions = {}, env: Record<string, string> = surroundings): Config {
  const result = readConfig(text, 'hello.config.yaml', env, [], options);
  assert.ok(result.ok, result.ok ? '' : result.problems.map(shown).join('\n'));
  return result.value;
}

/** Its spec. */
export function specIn(text: string, options: ReadOptions = {}, env: Record<string, string> = surroundings): Spec {
  return configOf(text, options, env).spec;
}

/** The one service of a config in the short form. */
export function appOf({ services: [app] }: Spec): Service {
  assert.ok(app);
  return app;
}

/** The same of a text. */
export function appIn(text: string, options: ReadOptions = {}, env: Record<string, string> = surroundings): Service {
  return appOf(specIn(text, options, env));
}

/** What is wrong with a config. */
export function wrongIn(
  text: string,
  options: ReadOptions = {},
  env: Record<string, string> = surroundings,
): readonly Diagnostic[] {
  const result = readConfig(text, 'hello.config.yaml', env, [], options);
  assert.ok(!result.ok, 'the config was accepted');
  return result.problems;
}

/** `HELLO1012 2:9 what is underlined | message`, or with the flag in place of the position. */
export function shown({ code, at, flag, message }: Diagnostic): string {
  const place = at
    ? `${at.line}:${at.column} ${at.text.slice(at.column - 1, at.column - 1 + at.length)}`
    : (flag ?? 'nowhere');
  return `${code} ${place} | ${message}`;
}

/** Every problem of a config as {@link shown} has it. */
export function problemsIn(text: string, options: ReadOptions = {}, env?: Record<string, string>): string[] {
  return wrongIn(text, options, env).map(shown);
}
