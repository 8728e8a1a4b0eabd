import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, posix } from 'node:path';
import type { Image } from './dockerfile.ts';
import type { ContainerSpec } from './pod-types.ts';

/** What to start, where. */
export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

/** PATH of every process of the local cloud: the Node that runs us first, so that `npm` and shell scripts find it too. */
export function searchPath(): string {
  return [dirname(process.execPath), process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter);
}

/**
 * The process that a container would be. As in Kubernetes, `command` replaces ENTRYPOINT and with it CMD, `args`
 * replaces CMD. WORKDIR of the image is the source folder, so absolute paths below it are moved there.
 */
export function commandLine(image: Image, container: ContainerSpec, expand: (text: string) => string): CommandLine {
  const own = container.command?.map(expand) ?? [];
  const args = container.args?.map(expand) ?? [];
  const entrypoint = own.length > 0 ? own : image.entrypoint;
  const command = args.length > 0 || own.length > 0 ? args : image.command;
  const words = [...entrypoint, ...command].map((word) => localPath(image, word));
  const byNode = own.length === 0 && image.nodeByDefault && !isProgram(words[0] ?? '');
  const [program = '', ...rest] = byNode ? ['node', ...words] : words;
  const cwd = container.workingDir ? localPath(image, container.workingDir) : image.source;
  return { program: isNode(program) ? process.execPath : program, args: rest, cwd };
}

/** A path of the image as a path of this machine, when it lies below WORKDIR; anything else as it is. */
export function localPath(image: Pick<Image, 'workdir' | 'source'>, word: string): string {
  if (!isAbsolute(word)) return word;
  if (image.workdir === '/')
    return existsSync(join(image.source, word)) && !existsSync(word) ? join(image.source, word) : word;
  const relative = posix.relative(image.workdir, word);
  return relative.startsWith('..') ? word : join(image.source, relative);
}

function isNode(program: string): boolean {
  return ['node', 'nodejs', '/usr/local/bin/node', '/usr/bin/node', '/nodejs/bin/node'].includes(program);
}

function isProgram(word: string): boolean {
  if (isNode(word)) return true;
  if (word.startsWith('-')) return false;
  const candidates = word.includes('/')
    ? [word]
    : searchPath()
        .split(delimiter)
        .map((folder) => join(folder, word));
  return candidates.some((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
