#!/usr/bin/env node
// The only file that must parse on an old Node.js: it says what is needed instead of failing on syntax.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `hello needs Node.js 22.19 or newer, and this is ${process.version}.\n` +
      'In a checkout, `npx hello` runs on the Node.js that `npm ci` brought; elsewhere install a newer one.\n',
  );
  process.exit(3);
}
// Not imported: making the namespace of node:fs alone takes milliseconds.
const { existsSync } = process.getBuiltinModule('node:fs');
process.getBuiltinModule('node:module').enableCompileCache();
const sources = new URL('../compiler/cli/main.ts', import.meta.url);
const main = existsSync(sources) ? sources : new URL('../dist/compiler/cli/main.js', import.meta.url);
const { run } = await import(main.href);
await run(process.argv.slice(2));
