import type { Host } from '../base/host.ts';
import type { Path } from '../base/json.ts';
import type { Document } from './document.ts';
import type { Layers } from './layers.ts';
import { specSchema } from './schema.ts';
import type { Sources } from './sources.ts';
import { keysAt } from './suggest.ts';
import { makeResolver, type Resolver, type Scope } from './variables.ts';

/** What a config is read with, beside the environment. */
export interface ReadOptions {
  /** Which of its stages. Default: HELLO_STAGE, then `dev` if there is one. */
  readonly stage?: string;
  /** What `${opt:name}` stands for. */
  readonly vars?: Readonly<Record<string, string>>;
  /** `path=value`, as after `--set`: overrides, applied after the stage. */
  readonly set?: readonly string[];
  /** Where `${file:…}` and `${git:…}` are looked up; without it they are mistakes. */
  readonly sources?: Sources;
  /** The text as it was parsed already, for whoever reads it more than once. */
  readonly document?: Document;
}

/** One config in the middle of being read: the text, its layers for the chosen stage, and what variables stand for. */
export interface Reading {
  readonly document: Document;
  readonly root: Path;
  readonly raw: unknown;
  readonly layers: Layers;
  readonly env: Host['env'];
  readonly options: ReadOptions;
  readonly resolver: Resolver;
}

/** What the variables of these layers stand for. */
export function resolverOf(layers: Layers, env: Host['env'], { vars = {}, sources }: ReadOptions): Resolver {
  const { value, stage } = layers;
  const at: Scope['at'] = (path, ordinal, length) => layers.locateReference(path, ordinal, length);
  return makeResolver({ value, stage, env, vars, sources, at, written: (path) => layers.written(path), mayHave });
}

function mayHave(path: Path): boolean {
  return keysAt(specSchema, path.slice(0, -1)).includes(String(path.at(-1)));
}
