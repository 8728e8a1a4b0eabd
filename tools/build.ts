/**
 * Prepares dist/ for the compiler: empties it, and copies what is not code but lies beside the code that reads it (SQL,
 * templates, the definitions of the local cloud). The code finds such files relative to itself, here as there.
 */
import { copyFileSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const isCode = /\.(ts|js)$/;

rmSync(join(root, 'dist'), { recursive: true, force: true });
for (const file of globSync('{compiler,runtime}/**/*', {
  cwd: root,
  withFileTypes: true,
  exclude: ['**/node_modules/**'],
})) {
  if (!file.isFile() || isCode.test(file.name)) continue;
  const source = join(file.parentPath, file.name);
  const target = join(root, 'dist', source.slice(root.length));
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(source, target);
}
