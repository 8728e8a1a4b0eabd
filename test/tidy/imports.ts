import { posix } from 'node:path';
import type { Source } from './source.ts';

const pure = ['compiler/base', 'compiler/spec', 'compiler/model'];
const parts = [
  ...pure,
  ...['engine', 'kinds', 'cloud', 'render', 'export', 'simulator'].map((name) => `compiler/${name}`),
];

/** Whom each part of the program may import, itself aside. What is not listed may import anything. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'compiler/base': [],
  'compiler/spec': ['compiler/base'],
  'compiler/model': ['compiler/base', 'compiler/spec'],
  'compiler/engine': pure,
  'compiler/kinds': pure,
  'compiler/cloud': pure,
  'compiler/render': pure,
  'compiler/export': pure,
  'compiler/simulator': ['compiler/base'],
  // Files that lie in compiler/ itself, such as the entry of the library, join the parts; so do what is done with an app
  // that runs, and the command line.
  compiler: [...parts, 'compiler/operate'],
  'compiler/operate': [...parts, 'compiler'],
  'compiler/cli': [...parts, 'compiler', 'compiler/operate'],
  runtime: [],
};

/** `compiler/engine` of `compiler/engine/apply.ts`, and `compiler` of `compiler/index.ts`; elsewhere the first folder. */
export function partOf(path: string): string {
  const [first = '', second = '', third] = path.split('/');
  return first === 'compiler' && third !== undefined ? `${first}/${second}` : first;
}

/** Where a relative import leads, from the root of the repository; undefined for a package. */
export function targetOf(importer: string, from: string): string | undefined {
  return from.startsWith('.') ? posix.join(posix.dirname(importer), from) : undefined;
}

/** Imports that go against the layers, each as a line for people. */
export function wrongWayImports(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, imports }) => {
    const part = partOf(path);
    const allowed = mayImport[part];
    if (allowed === undefined) return [];
    return imports.flatMap(({ from, line }) => {
      const target = targetOf(path, from);
      if (target === undefined || partOf(target) === part || allowed.includes(partOf(target))) return [];
      const rule = allowed.length === 0 ? 'nothing else' : `only ${allowed.join(', ')}`;
      return [`${path}:${line}: imports ${target}, but ${part} may import ${rule}`];
    });
  });
}

/** Every ring of files that import each other, types included, named once by the chain that closes it. */
export function cycles(sources: readonly Source[]): string[] {
  const edges = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.map(({ from }) => targetOf(path, from)).filter((to) => to !== undefined),
    ]),
  );
  const done = new Set<string>();
  const rings: string[] = [];
  const walk = (path: string, chain: readonly string[]): void => {
    const at = chain.indexOf(path);
    if (at !== -1) {
      rings.push(`import cycle: ${[...chain.slice(at), path].join(' -> ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...chain, path]);
    done.add(path);
  };
  for (const { path } of sources) walk(path, []);
  return rings;
}

/** Chains of static imports that lead from a file to a module that it must not load at once. */
export function heavyImports(sources: readonly Source[], entry: string, heavy: (from: string) => boolean): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const seen = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, chain: readonly string[]): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { from, form } of byPath.get(path)?.imports ?? []) {
      if (form !== 'static') continue;
      const target = targetOf(path, from);
      if (target !== undefined) walk(target, [...chain, path]);
      else if (heavy(from)) found.push(`loaded at once: ${[...chain, path, from].join(' -> ')}`);
    }
  };
  walk(entry, []);
  return found;
}
