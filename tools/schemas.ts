import { writeFile } from 'node:fs/promises';
import { configJsonSchema } from '../compiler/spec/json-schema.ts';

// Writes the JSON Schemas that editors read. A test compares them with a fresh generation.
const target = new URL('../schemas/hello.config.schema.json', import.meta.url);
await writeFile(target, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
