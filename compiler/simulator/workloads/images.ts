import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { digest } from '../../base/digest.ts';
import type { Store, Table } from '../store.ts';
import { localPath } from './command-line.ts';
import { readDockerfile, type Image } from './dockerfile.ts';

export interface Images {
  find(reference: string): Image | undefined;
  /** Reads the Dockerfile of a folder. Throws, with what to do, when it cannot be read or runs nothing. */
  register(
    reference: string,
    source: string,
    dockerfile?: string,
  ): { readonly image: Image; readonly warnings: readonly string[] };
  /** Called after each registration. Returns a function that ends it. */
  onChange(listener: () => void): () => void;
}

/** The image references that the local cloud can run, kept in the store. */
export function createImages(store: Store): Images {
  const table: Table<Image> = store.table('images');
  const listeners = new Set<() => void>();
  return {
    find: (reference) => table.get(normal(reference)),
    register(reference, source, dockerfile = 'Dockerfile') {
      const made = read(source, dockerfile);
      table.set(normal(reference), made.image);
      for (const listener of listeners) listener();
      return made;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** A reference without tag or digest means `latest`. */
function normal(reference: string): string {
  if (reference.includes('@')) return reference;
  return /:[^/]+$/.test(reference) ? reference : `${reference}:latest`;
}

function read(source: string, dockerfile: string): { image: Image; warnings: string[] } {
  if (!isAbsolute(source)) throw new Error(`source must be an absolute path, not "${source}"`);
  if (!existsSync(source) || !statSync(source).isDirectory()) throw new Error(`there is no folder ${source}`);
  const file = isAbsolute(dockerfile) ? dockerfile : join(source, dockerfile);
  if (!existsSync(file))
    throw new Error(`there is no ${file}: write one, or set app.image to an image that is already built`);
  const config = readDockerfile(readFileSync(file, 'utf8'));
  if (config.entrypoint.length + config.command.length === 0) {
    throw new Error(`${file} has no ENTRYPOINT and no CMD: the local cloud cannot know what to run`);
  }
  const image = { ...config, source, id: `sha256:${digest({ ...config, source })}` };
  return { image, warnings: missingFiles(image) };
}

/** The usual surprise: the Dockerfile builds the file that it runs, and the local cloud builds nothing. */
function missingFiles(image: Image): string[] {
  return [...image.entrypoint, ...image.command]
    .filter((word) => /^[\w./-]+\.[cm]?[jt]s$/.test(word))
    .map((word) => ({ word, path: localPath(image, word) }))
    .filter(({ path }) => !existsSync(isAbsolute(path) ? path : join(image.source, path)))
    .map(({ word }) => `the image runs ${word}, which is not in ${image.source}: build it there first`);
}
