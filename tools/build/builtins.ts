import { isBuiltin } from 'node:module';
import type { Plugin } from 'rolldown';

const statement = /^import (?:(\w[\w$]*)(?:, )?)?(?:\{([^}]*)\}|\* as (\w[\w$]*))? from "([\w:/]+)";$/gm;

/**
 * Takes the modules of Node.js without the wrapper that `import` puts round them. It reads every one of their exports when
 * it is made, and those of node:fs load the streams, those of node:http all of fetch: milliseconds, for a program that runs
 * for some tens of them. Packages name these modules with their scheme or without.
 * What is imported whole is taken when it is first used: commander starts processes for nobody here, and node:child_process
 * brings the network with it.
 */
export function builtinsUnwrapped(): Plugin {
  return {
    name: 'builtins-unwrapped',
    renderChunk: (code) => code.replaceAll(statement, rewrite),
  };
}

function rewrite(all: string, byDefault = '', named = '', whole = '', from = ''): string {
  if (!isBuiltin(from)) return all;
  const names = named.split(',').map((each) => each.trim().replace(' as ', ': '));
  if (names.some((name) => name.startsWith('default'))) return all;
  const module = `process.getBuiltinModule(${JSON.stringify(from)})`;
  const lazily = `new Proxy({}, { get: (_, name) => ${module}[name] })`;
  return [byDefault, whole]
    .filter(Boolean)
    .map((name) => `const ${name} = ${/^(node:)?child_process$/.test(from) ? lazily : module};`)
    .concat(named === '' ? [] : [`const { ${names.join(', ')} } = ${module};`])
    .join('\n');
}
