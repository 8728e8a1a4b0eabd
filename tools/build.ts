/**
 * Makes dist/: the program and the library as a few bundled files that load what they need and no more, and what is not
 * code but lies beside the code that reads it (SQL, templates, the definitions of the local cloud). The types are tsc's.
 */
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown, type InputOptions, type OutputOptions } from 'rolldown';
import { builtinsUnwrapped } from './build/builtins.ts';
import { licensesOf } from './build/licenses.ts';
import { modulePlaces } from './build/module-places.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = join(root, 'dist');
const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: object;
  readonly optionalDependencies: object;
};

/**
 * What is both installed and in the bundle. zod: its types are part of ours, and the app in runtime/ needs it. The client of
 * Kubernetes: its kubeconfig is all that we run of it, and to import that alone loads a thousand generated models first.
 */
const inBundle = ['zod', '@kubernetes/client-node'];
/** What users install beside the bundle. */
const installed = Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !inBundle.includes(name));
const isInstalled = (id: string): boolean => installed.some((name) => id === name || id.startsWith(`${name}/`));

/** What the program needs before it knows its command. */
const base =
  /compiler\/(base\/(?!digest|host|retry|explanations)[\w-]+|render\/(style|diagnostic-text)|cli\/(io|command|spec-flags))\.ts$/;

const small: OutputOptions = {
  chunkFileNames: 'compiler/chunks/[name]-[hash].js',
  // What is read costs time. Names stay, for the traces of stacks: they hardly cost any.
  minify: { compress: true, mangle: false, codegen: { asciiOnly: true } },
};

/** Writes one bundle; the modules that are in it. */
async function bundle(input: InputOptions, output: OutputOptions): Promise<string[]> {
  const made = await rolldown({
    cwd: root,
    platform: 'node',
    resolve: {
      alias: {
        // Of its two builds the one that is made of modules, of which parts can be left out.
        yaml: join(root, 'node_modules/yaml/browser/dist/index.js'),
        undici: join(root, 'tools/build/no-undici.ts'),
      },
    },
    plugins: [modulePlaces(root), builtinsUnwrapped()],
    // Its modules only declare, and its package does not say so.
    treeshake: { moduleSideEffects: (id) => !id.includes('/node_modules/@kubernetes/client-node/') },
    // Commands import lazily what other commands, or the library, import at once.
    checks: { ineffectiveDynamicImport: false },
    ...input,
  });
  const { output: chunks } = await made.write({ dir: dist, format: 'esm', hashCharacters: 'hex', ...output });
  await made.close();
  return chunks.flatMap((each) => (each.type === 'chunk' ? each.moduleIds : []));
}

function copyData(): void {
  const exclude = ['**/node_modules/**'];
  for (const file of globSync('{compiler,runtime}/**/*', { cwd: root, withFileTypes: true, exclude })) {
    if (!file.isFile() || /\.(ts|js)$/.test(file.name)) continue;
    const source = join(file.parentPath, file.name);
    const target = join(dist, source.slice(root.length));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(source, target);
  }
}

rmSync(dist, { recursive: true, force: true });
copyData();
const modules = [
  ...(await bundle(
    {
      external: isInstalled,
      input: { 'compiler/cli/main': 'compiler/cli/main.ts', 'compiler/index': 'compiler/index.ts' },
    },
    {
      ...small,
      // To find and open a file takes longer than to read it: what is loaded together lies together.
      codeSplitting: {
        groups: [
          { name: 'base', test: base, priority: 2 },
          { name: 'config', test: /compiler\/cli\/commands\/validate\.ts$/, priority: 1 },
        ],
      },
    },
  )),
  // A process of its own, which has nothing in common with the program but what it imports of base.
  ...(await bundle(
    { external: isInstalled, input: { 'compiler/simulator/main': 'compiler/simulator/main.ts' } },
    small,
  )),
  // The app keeps its packages outside: it is installed with them in its image, and here, too.
  ...(await bundle({ external: /^[^./]/, input: { 'runtime/main': 'runtime/main.ts' } }, {})),
];
writeFileSync(join(dist, 'licenses.txt'), licensesOf(modules));
