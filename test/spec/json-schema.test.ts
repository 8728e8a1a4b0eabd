import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isObject } from '../../compiler/base/json.ts';
import { configJsonSchema } from '../../compiler/spec/json-schema.ts';

type Schema = Record<string, unknown>;

function at(...path: readonly string[]): Schema {
  let schema: unknown = configJsonSchema();
  for (const key of path) schema = isObject(schema) ? schema[key] : undefined;
  assert.ok(isObject(schema), path.join('.'));
  return schema;
}

function accepts(schema: Schema, text: string): boolean {
  return new RegExp(String(schema['pattern']), 'u').test(text);
}

test('an editor takes a variable wherever a value may stand', () => {
  const [replicas] = at('properties', 'replicas')['anyOf'] as [Schema];
  assert.deepEqual(replicas['type'], ['integer', 'string']);
  assert.ok(accepts(replicas, '${env:REPLICAS, 3}'));
  assert.ok(!accepts(replicas, 'three'));
  assert.deepEqual(at('properties', 'db')['type'], ['object', 'string']);
  const version = at('properties', 'db', 'properties', 'version')['anyOf'];
  assert.deepEqual(version, [
    { enum: ['POSTGRES_14', 'POSTGRES_15', 'POSTGRES_16', 'POSTGRES_17', 'POSTGRES_18'] },
    { pattern: '\\$\\{' },
  ]);
});

test('limits of length hold for what is written out, not for a variable', () => {
  const name = at('properties', 'name');
  assert.ok(accepts(name, 'a'.repeat(30)));
  assert.ok(!accepts(name, 'a'.repeat(31)));
  assert.ok(!accepts(name, 'My_App'));
  assert.ok(accepts(name, 'shop-${env:A_RATHER_LONG_NAME_OF_A_VARIABLE}'));
});

test('a stage takes every key of the config, none of them needed, and null for each', () => {
  const stage = at('$defs', 'stage');
  const keys = Object.keys(at('properties')).filter((key) => key !== 'stages');
  assert.deepEqual(Object.keys(at('$defs', 'stage', 'properties')), [...keys, 'protected']);
  assert.equal(stage['required'], undefined);
  assert.deepEqual(at('$defs', 'stage', 'properties', 'region')['type'], ['string', 'null']);
  assert.deepEqual(at('$defs', 'stage', 'properties', 'db')['type'], ['object', 'string', 'null']);
  assert.deepEqual(at('properties', 'stages', 'additionalProperties')['anyOf'], [
    { $ref: '#/$defs/stage' },
    { type: 'null' },
  ]);
});
