import { dirname } from 'node:path';
import type { Result } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import { findConfig, loadConfig, type ConfigText } from '../spec/find-config.ts';
import { read } from '../spec/read.ts';
import type { Spec } from '../spec/schema.ts';
import { text, type Values } from './command.ts';
import type { Io } from './io.ts';

export async function findConfigText(values: Values, io: Io): Promise<Result<ConfigText>> {
  const file = text(values, 'config') ?? io.env['HELLO_CONFIG'];
  return file === undefined ? findConfig(io.cwd) : loadConfig(file);
}

/** The folder that the config stands in: builds and the local cloud's state are relative to it. */
export function folderOf(config: ConfigText): string {
  return dirname(config.file);
}

export function readSpec(config: ConfigText, values: Values, env: Io['env']): Result<Spec> {
  const project = text(values, 'project');
  return read(
    config.text,
    config.file,
    project === undefined ? env : { ...env, GOOGLE_CLOUD_PROJECT: project },
    config.root,
  );
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
