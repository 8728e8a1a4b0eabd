import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineConfig, type SpecInput } from '../../compiler/index.ts';

// The compiler is the test here: a config that is wrong does not fit.
type Fits<T> = T extends SpecInput ? true : false;
const right: Fits<{ name: string; replicas: number; ports: string[] }> = true;
const wrong: Fits<{ name: string; region: number }> = false;
const nameless: Fits<{ region: string }> = false;

test('defineConfig types a config, and gives it back as it is', () => {
  const config = { name: 'shop', db: { version: 'POSTGRES_18' } } as const;
  assert.equal(defineConfig(config), config);
  assert.deepEqual([right, wrong, nameless], [true, false, false]);
});
