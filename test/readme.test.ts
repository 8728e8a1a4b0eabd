import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { generateReadme } from '../tools/readme/generate.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

test('the tables of the README are those that the code makes', async () => {
  assert.equal(readme, await generateReadme(readme), 'run: npm run readme');
});

test('the config that the README shows is the one of this repository', async () => {
  const config = await readFile(new URL('../hello.config.yaml', import.meta.url), 'utf8');
  assert.ok(readme.includes(config.trim()), 'README.md quotes another hello.config.yaml');
});
