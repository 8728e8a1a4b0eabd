import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isObject } from '../base/json.ts';
import type { Io } from './io.ts';

/** What a folder tells about the app in it. */
export interface Detected {
  readonly name: string;
  readonly dockerfile: boolean;
  readonly port?: { readonly number: number; readonly from: string };
  readonly project?: string;
  /** It depends on a driver of PostgreSQL. */
  readonly database: boolean;
}

/** Looks at files alone; runs nothing. */
export async function detect(folder: string, env: Io['env']): Promise<Detected> {
  const dockerfile = await textOf(join(folder, 'Dockerfile'));
  const [port, name, project, database] = await Promise.all([
    portOf(folder, dockerfile),
    nameOf(folder),
    projectOf(env),
    usesPostgres(folder),
  ]);
  const given = env['GOOGLE_CLOUD_PROJECT'] || env['GCLOUD_PROJECT'] || env['CLOUDSDK_CORE_PROJECT'];
  const known = given ?? project;
  return {
    name,
    dockerfile: dockerfile !== undefined,
    database,
    ...(port && { port }),
    ...(known !== undefined && { project: known }),
  };
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** EXPOSE of the last stage that has one, else PORT of the Dockerfile's environment, else of a .env file. */
async function portOf(folder: string, dockerfile: string | undefined): Promise<Detected['port']> {
  if (dockerfile !== undefined) {
    const { DockerfileParser } = await import('dockerfile-ast');
    const instructions = DockerfileParser.parse(dockerfile).getInstructions();
    const exposed = instructions.findLast((each) => each.getKeyword() === 'EXPOSE')?.getArgumentsContent();
    const number = portNumber(/^\d+/.exec(exposed ?? '')?.[0]);
    if (number !== undefined) return { number, from: 'EXPOSE of the Dockerfile' };
    const set = instructions
      .filter((each) => each.getKeyword() === 'ENV')
      .map((each) => each.getArgumentsContent() ?? '');
    const inDockerfile = portNumber(set.map((each) => /\bPORT[= ]"?(\d+)/.exec(each)?.[1]).findLast(Boolean));
    if (inDockerfile !== undefined) return { number: inDockerfile, from: 'PORT of the Dockerfile' };
  }
  const number = portNumber(/^PORT="?(\d+)/m.exec((await textOf(join(folder, '.env'))) ?? '')?.[1]);
  return number === undefined ? undefined : { number, from: 'PORT of .env' };
}

function portNumber(text: string | undefined): number | undefined {
  const number = Number(text ?? 0);
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : undefined;
}

/** The repository's name, else the package's, else the folder's: made into a name that every API takes. */
async function nameOf(folder: string): Promise<string> {
  const git = (await textOf(join(folder, '.git', 'config'))) ?? '';
  const remote = /^\s*url\s*=\s*(?:.*[/:])?(.+?)(?:\.git)?\/?\s*$/m.exec(git)?.[1];
  return [remote, basename(folder)].map(asName).find((each) => each !== '') ?? 'my-app';
}

function asName(text: string | undefined): string {
  const plain = (text ?? '').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return plain
    .replace(/^[^a-z]+/, '')
    .slice(0, 30)
    .replace(/-+$/, '');
}

/** The project of gcloud's active configuration, read from its files: https://cloud.google.com/sdk/docs/configurations */
async function projectOf(env: Io['env']): Promise<string | undefined> {
  const folder =
    env['CLOUDSDK_CONFIG'] ?? join(env['HOME'] ?? env['APPDATA'] ?? '', env['HOME'] ? '.config/gcloud' : 'gcloud');
  const active =
    env['CLOUDSDK_ACTIVE_CONFIG_NAME'] ?? (await textOf(join(folder, 'active_config')))?.trim() ?? 'default';
  const config = (await textOf(join(folder, 'configurations', `config_${active}`))) ?? '';
  const core = /^\[core\]([^[]*)/m.exec(config)?.[1] ?? '';
  return /^\s*project\s*=\s*(\S+)\s*$/m.exec(core)?.[1];
}

async function usesPostgres(folder: string): Promise<boolean> {
  const [manifest, requirements] = await Promise.all([
    textOf(join(folder, 'package.json')),
    textOf(join(folder, 'requirements.txt')),
  ]);
  if (/^(psycopg|asyncpg|pg8000)/m.test(requirements ?? '')) return true;
  try {
    const parsed: unknown = JSON.parse(manifest ?? '{}');
    const dependencies =
      isObject(parsed) && isObject(parsed['dependencies']) ? Object.keys(parsed['dependencies']) : [];
    return dependencies.some((each) => ['pg', 'pg-promise', 'postgres', 'slonik'].includes(each));
  } catch {
    return false; // a broken package.json is for npm to report
  }
}
