import { writeFile } from 'node:fs/promises';
import { eventJsonSchema, planJsonSchema } from '../compiler/render/output-schemas.ts';
import { configJsonSchema } from '../compiler/spec/json-schema.ts';

// Writes the JSON Schemas that editors and other programs read. A test compares them with a fresh generation.
const schemas = {
  'hello.config.schema.json': configJsonSchema(),
  'plan.schema.json': planJsonSchema(),
  'event.schema.json': eventJsonSchema(),
};
for (const [name, schema] of Object.entries(schemas)) {
  await writeFile(new URL(`../schemas/${name}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
