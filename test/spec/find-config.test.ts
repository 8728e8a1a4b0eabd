import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { findConfig, loadConfig } from '../../compiler/spec/find-config.ts';

async function folder(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'hello-config-')));
  t.after(async () => rm(root, { recursive: true }));
  for (const [path, text] of Object.entries({ 'package.json': '{}', ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

test('finds the config from a folder below, up to the root of the project', async (t) => {
  const root = await folder(t, { 'hello.config.yaml': 'name: outer', 'a/b/file': '', 'inner/package.json': '{}' });
  assert.deepEqual(await findConfig(join(root, 'a/b')), {
    ok: true,
    value: { file: join(root, 'hello.config.yaml'), text: 'name: outer', root: [] },
    warnings: [],
  });
  const inner = await findConfig(join(root, 'inner'));
  assert.equal(!inner.ok && inner.problems[0]?.code, 'HELLO1001');
});

test('reads JSON, .config and a property of package.json', async (t) => {
  const names: string[] = [];
  for (const files of [
    { 'hello.config.json': '{"name":"a"}' },
    { '.config/hello.yaml': 'name: b' },
    { 'package.json': '{"hello":{"name":"c"}}' },
  ]) {
    const found = await findConfig(await folder(t, files));
    assert.ok(found.ok);
    names.push(`${found.value.text} ${found.value.root.join('.')}`.trim());
  }
  assert.deepEqual(names, ['{"name":"a"}', 'name: b', '{"hello":{"name":"c"}} hello']);
});

test('an empty config is found; the broken package.json of somebody else is not ours', async (t) => {
  const empty = await findConfig(await folder(t, { 'hello.config.yaml': '' }));
  assert.ok(empty.ok && empty.value.text === '');
  const broken = await findConfig(await folder(t, { 'package.json': '{ nope' }));
  assert.equal(!broken.ok && broken.problems[0]?.code, 'HELLO1001');
});

test('takes what a program of the project exports, and runs none outside of it', async (t) => {
  for (const [name, text] of [
    ['hello.config.ts', 'const name: string = "typed";\nexport default { name };\n'],
    ['hello.config.mjs', 'export const config = Promise.resolve({ name: "typed" });\n'],
    ['.hellorc', 'name: typed\n'],
  ] as const) {
    const found = await findConfig(await folder(t, { [name]: text }));
    assert.ok(found.ok, name);
    assert.deepEqual(parse(found.value.text), { name: 'typed' });
  }
  const root = await folder(t, { 'hello.config.mjs': 'process.exit(9)', 'inner/package.json': '{}' });
  assert.equal((await findConfig(join(root, 'inner'))).ok, false);
});

test('a program that fails, or exports nothing, is said to be unreadable', async (t) => {
  for (const text of ['throw new Error("its own reason")', 'export default 5', 'export default {']) {
    const found = await loadConfig(join(await folder(t, { 'hello.config.mjs': text }), 'hello.config.mjs'));
    assert.equal(!found.ok && found.problems[0]?.code, 'HELLO1002', text);
  }
});

test('takes the file that is named, or the folder that holds one', async (t) => {
  const root = await folder(t, { 'other.yaml': 'name: other', 'sub/hello.config.yaml': 'name: sub' });
  const named = await loadConfig(join(root, 'other.yaml'));
  assert.ok(named.ok && named.value.text === 'name: other');
  const held = await loadConfig(join(root, 'sub'));
  assert.ok(held.ok && held.value.text === 'name: sub');
  const missing = await loadConfig(join(root, 'nope.yaml'));
  assert.equal(!missing.ok && missing.problems[0]?.code, 'HELLO1001');
});

test('says that a file cannot be read', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root may read everything');
  const root = await folder(t, { 'locked.yaml': 'name: x' });
  await chmod(join(root, 'locked.yaml'), 0);
  const locked = await loadConfig(join(root, 'locked.yaml'));
  assert.equal(!locked.ok && locked.problems[0]?.code, 'HELLO1002');
  await writeFile(join(root, 'hello.config.yaml'), 'name: x', { mode: 0 });
  const found = await findConfig(root);
  assert.equal(!found.ok && found.problems[0]?.code, 'HELLO1002');
});
