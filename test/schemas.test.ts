import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isObject } from '../compiler/base/json.ts';
import { eventJsonSchema, planJsonSchema } from '../compiler/render/output-schemas.ts';
import { configJsonSchema } from '../compiler/spec/json-schema.ts';

for (const [name, make] of Object.entries({
  'hello.config': configJsonSchema,
  plan: planJsonSchema,
  event: eventJsonSchema,
})) {
  test(`the JSON Schema ${name} is the one that the code makes`, async () => {
    const committed = await readFile(new URL(`../schemas/${name}.schema.json`, import.meta.url), 'utf8');
    assert.equal(committed, `${JSON.stringify(make(), null, 2)}\n`, 'run: npm run schemas');
  });
}

test('every key of the config says what it is for', () => {
  const bare: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    if (Array.isArray(schema)) for (const each of schema) visit(each, path);
    if (!isObject(schema)) return;
    const properties = isObject(schema['properties']) ? schema['properties'] : {};
    for (const [key, each] of Object.entries(properties)) {
      if (isObject(each) && typeof each['description'] !== 'string') bare.push(`${path}.${key}`);
      visit(each, `${path}.${key}`);
    }
    for (const inner of ['anyOf', 'items']) visit(schema[inner], path);
  };
  visit(configJsonSchema(), '');
  assert.deepEqual(bare, []);
});
