import { readFile, writeFile } from 'node:fs/promises';
import { generateReadme } from './readme/generate.ts';

// Writes the tables of the README that are made from code. A test compares them with a fresh generation.
const target = new URL('../README.md', import.meta.url);
await writeFile(target, await generateReadme(await readFile(target, 'utf8')));
