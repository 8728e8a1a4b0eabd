import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { languageServer, type LanguageServer } from '../support/language-server.ts';

/** The editor as users have it: yaml-language-server, our schema where the package puts it, and the modeline of `init`. */

const schema = fileURLToPath(new URL('../../schemas/hello.config.schema.json', import.meta.url));
const modeline = '# yaml-language-server: $schema=node_modules/hello-gke/schemas/hello.config.schema.json\n';
let folder = '';
let server: LanguageServer;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hello-editor-'));
  const installed = join(folder, 'node_modules/hello-gke/schemas');
  mkdirSync(installed, { recursive: true });
  copyFileSync(schema, join(installed, 'hello.config.schema.json'));
  server = await languageServer(folder);
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Completions {
  readonly items: readonly { readonly label: string; readonly documentation?: unknown }[];
}

async function completionsAt(name: string, text: string, line: number, character: number): Promise<string[]> {
  const path = join(folder, name);
  await server.open(path, modeline + text);
  const { items } = await server.ask<Completions>('textDocument/completion', path, line, character);
  return items.map(({ label }) => label);
}

test('says nothing of a right config', async () => {
  const text = `${modeline}name: shop\ndb:\n  tier: db-f1-micro\nreplicas: 3\nports: ['80:5000']\n`;
  assert.deepEqual(await server.open(join(folder, 'good.yaml'), text), []);
});

test('marks an unknown key and a wrong value where they stand', async () => {
  const text = `${modeline}name: shop\nreplica: 3\ndb:\n  version: POSTGRES_9\n`;
  const problems = await server.open(join(folder, 'wrong.yaml'), text);
  const lines = problems.map(({ range }) => (range as { start: { line: number } }).start.line);
  assert.deepEqual(
    lines.toSorted((a, b) => a - b),
    [2, 4],
    JSON.stringify(problems),
  );
  assert.match(JSON.stringify(problems), /replica/);
});

test('completes keys, also inside of others', async () => {
  const top = await completionsAt('keys.yaml', 'name: shop\nre\n', 2, 2);
  assert.ok(top.includes('replicas') && top.includes('region'), top.join(' '));
  const inner = await completionsAt('inner.yaml', 'name: shop\ndb:\n  ti\n', 3, 4);
  assert.ok(inner.includes('tier'), inner.join(' '));
});

test('completes the values that a key takes', async () => {
  const values = await completionsAt('values.yaml', 'name: shop\ndb:\n  version: \n', 3, 11);
  assert.ok(values.includes('POSTGRES_18') && values.includes('POSTGRES_14'), values.join(' '));
});

test('tells what a key is for when the pointer rests on it', async () => {
  const path = join(folder, 'hover.yaml');
  await server.open(path, `${modeline}name: shop\ndb:\n  tier: db-f1-micro\n`);
  const hover = await server.ask('textDocument/hover', path, 3, 4);
  assert.match(JSON.stringify(hover), /Machine type/);
});
