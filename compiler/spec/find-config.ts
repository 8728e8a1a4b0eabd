import { readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, ok, problem, type Result } from '../base/diagnostic.ts';
import { isObject, type Path } from '../base/json.ts';
import type { Document } from './document.ts';

const searchPlaces = [
  'hello.config.yaml',
  'hello.config.yml',
  'hello.config.json',
  'hello.config.ts',
  'hello.config.mjs',
  'hello.config.js',
  '.config/hello.yaml',
  '.config/hello.yml',
  '.config/hello.json',
  '.hellorc',
  '.hellorc.yaml',
  '.hellorc.yml',
  '.hellorc.json',
  'package.json',
] as const;

/** A config file's text, and where in it the config stands: `['hello']` in a package.json. */
export interface ConfigText {
  readonly file: string;
  readonly text: string;
  readonly root: Path;
  /** The text is JSON of what a program exported: nothing that stands in it stands so in the file. */
  readonly program?: true;
  /** The text as it was parsed already, for whoever reads it more than once. */
  readonly document?: Document;
}

/**
 * The config of the folder: from `from` upward to the project's root (the folder that holds a package.json).
 * Code (`hello.config.ts`, `.js`, `.mjs`) is run as the project's own, as with any tool of the kind, and only from there.
 */
export async function findConfig(from: string): Promise<Result<ConfigText>> {
  const first = firstPlace(from);
  if (first) return ok(first);
  const explorer = await makeExplorer();
  try {
    const found = await explorer.search(resolve(from));
    if (found) return ok(asConfigText(found.config, found.filepath));
    // The search passes over files that it may not read, as if they were not there.
    for (const place of searchPlaces) unlessDenied(join(from, place));
  } catch (error) {
    return fail([unreadable(from, error)]);
  }
  return fail([
    problem('HELLO1001', `no hello.config.yaml in ${resolve(from)} or above it`, {
      fix: 'Write a hello.config.yaml with at least `name:`, or say where it is with --config FILE.',
    }),
  ]);
}

/** The file that the user named. */
export async function loadConfig(file: string): Promise<Result<ConfigText>> {
  const path = resolve(file);
  try {
    if (statSync(path).isDirectory()) return await findConfig(path);
    if (isProgram(path)) return ok({ file: path, ...(await runProgram(path)) });
    return ok({
      file: path,
      text: readFileSync(path, 'utf8'),
      root: basename(path) === 'package.json' ? ['hello'] : [],
    });
  } catch (error) {
    return fail([unreadable(path, error)]);
  }
}

/** Where the config nearly always is, and where the search looks first: found there, the search need not be loaded. */
function firstPlace(folder: string): ConfigText | undefined {
  const file = join(resolve(folder), searchPlaces[0]);
  try {
    return { file, text: readFileSync(file, 'utf8'), root: [] };
  } catch {
    return undefined;
  }
}

// Imported when first used, so that commands without a config don't pay for it.
async function makeExplorer(): Promise<import('cosmiconfig').PublicExplorer> {
  const { cosmiconfig } = await import('cosmiconfig');
  return cosmiconfig('hello', {
    searchPlaces: [...searchPlaces],
    searchStrategy: 'project',
    ignoreEmptySearchPlaces: false,
    loaders: {
      '.yaml': wrap,
      '.yml': wrap,
      '.json': wrap,
      noExt: wrap,
      '.ts': runProgram,
      '.js': runProgram,
      '.mjs': runProgram,
    },
  });
}

/** The text is kept as it is, for its positions; cosmiconfig takes the property `hello` of a package.json itself. */
function wrap(file: string, text: string): unknown {
  if (basename(file) !== 'package.json') return { text, root: '' };
  try {
    const parsed: unknown = JSON.parse(text);
    const declares = isObject(parsed) && Object.hasOwn(parsed, 'hello');
    return declares ? { hello: { text, root: 'hello' } } : {};
  } catch {
    return {}; // somebody else's broken file is not ours to report
  }
}

function isProgram(file: string): boolean {
  return /\.[cm]?[jt]s$/.test(file);
}

/** What a program exports by default, or as `config`, as the JSON that it would be written as. Throws when it fails. */
async function runProgram(file: string): Promise<Omit<ConfigText, 'file'>> {
  const { default: byDefault, config } = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  const exported = await (byDefault ?? config);
  if (!isObject(exported)) throw new Error('it exports no config: write `export default defineConfig({ … })`');
  return { text: JSON.stringify(exported, undefined, 2), root: [], program: true };
}

function asConfigText(config: unknown, file: string): ConfigText {
  if (!isObject(config)) return { file, text: '', root: [] }; // cosmiconfig skips the loader for an empty file
  const root = config['root'] === 'hello' ? ['hello'] : [];
  return { file, text: String(config['text']), root, ...(config['program'] === true && { program: true }) };
}

function unlessDenied(file: string): void {
  try {
    readFileSync(file);
  } catch (error) {
    if (codeOf(error) === 'EACCES') throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function unreadable(path: string, error: unknown): ReturnType<typeof problem> {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return problem('HELLO1001', `there is no file ${path}`, { fix: 'Check the path that was given with --config.' });
  }
  const why = code === 'EACCES' ? 'permission denied' : error instanceof Error ? error.message : String(error);
  return problem('HELLO1002', `${path} cannot be read: ${why}`, {
    fix: 'Make the file readable, or name another one with --config FILE.',
  });
}
