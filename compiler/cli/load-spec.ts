import { basename, dirname } from 'node:path';
import { fail, ok, problem, type Diagnostic, type Result } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import { diskSources } from '../spec/disk-sources.ts';
import { findConfig, loadConfig, type ConfigText } from '../spec/find-config.ts';
import { readConfig, type Config } from '../spec/read.ts';
import type { ReadOptions } from '../spec/reading.ts';
import type { Spec } from '../spec/spec.ts';
import { flag, list, text, type Values } from './command.ts';
import type { Io } from './io.ts';

export async function findConfigText(values: Values, io: Io): Promise<Result<ConfigText>> {
  const file = text(values, 'config') ?? io.env['HELLO_CONFIG'];
  return file === undefined ? findConfig(io.cwd) : loadConfig(file);
}

/** The folder that the config stands in: builds and the local cloud's state are relative to it. */
export function folderOf(config: ConfigText): string {
  return dirname(config.file);
}

/** The config as the flags mean it: its stage, its variables, what they override. */
export function readWhole(config: ConfigText, values: Values, env: Io['env']): Result<Config> {
  const options = readOptions(config, values);
  if (!options.ok) return options;
  const project = text(values, 'project');
  const read = readConfig(
    config.text,
    config.file,
    project === undefined ? env : { ...env, GOOGLE_CLOUD_PROJECT: project },
    config.root,
    options.value,
  );
  return config.program ? withoutPlaces(read, config.file) : read;
}

/** What a program exports has no lines: the file is named, and the message names the path. */
function withoutPlaces(read: Result<Config>, file: string): Result<Config> {
  const strip = ({ code, severity, message, fix, flag: from }: Diagnostic): Diagnostic => {
    return { code, severity, message, ...(fix !== undefined && { fix }), flag: from ?? basename(file) };
  };
  if (!read.ok) return fail(read.problems.map(strip));
  const { originOf } = read.value;
  const originIn: Config['originOf'] = (path) => {
    const origin = originOf(path);
    return origin.from === 'file' ? { ...origin, at: { file, line: 1, column: 1, length: 1, text: '' } } : origin;
  };
  return ok({ ...read.value, originOf: originIn }, read.warnings.map(strip));
}

export function readSpec(config: ConfigText, values: Values, env: Io['env']): Result<Spec> {
  const read = readWhole(config, values, env);
  return read.ok ? ok(read.value.spec, read.warnings) : read;
}

function readOptions(config: ConfigText, values: Values): Result<ReadOptions> {
  const given = list(values, 'var').map((each) => [each, each.indexOf('=')] as const);
  const wrong = given.filter(([, equals]) => equals < 1);
  if (wrong.length > 0) {
    const fix = 'Write it like --var size=small.';
    return fail(
      wrong.map(([each]) => problem('HELLO1010', '`--var` takes a name and a value', { flag: `--var ${each}`, fix })),
    );
  }
  const stage = text(values, 'stage');
  return ok({
    ...(stage !== undefined && { stage }),
    ...(config.document && { document: config.document }),
    vars: Object.fromEntries(given.map(([each, equals]) => [each.slice(0, equals), each.slice(equals + 1)])),
    set: list(values, 'set'),
    sources: diskSources(folderOf(config), { allowOutside: flag(values, 'allowOutside') }),
  });
}

export interface LoadedSpec {
  readonly spec: Spec;
  readonly folder: string;
}

/** The spec, or a Refusal with everything that is wrong with it. Warnings are told. */
export async function requireSpec(values: Values, io: Io, env: Io['env']): Promise<LoadedSpec> {
  const config = await findConfigText(values, io);
  if (!config.ok) throw new Refusal(...config.problems);
  const spec = readSpec(config.value, values, env);
  if (!spec.ok) throw new Refusal(...spec.problems);
  io.diagnose(spec.warnings);
  return { spec: spec.value, folder: folderOf(config.value) };
}
