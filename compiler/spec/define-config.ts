import type { SpecInput } from './schema.ts';

/** Gives a config in TypeScript or JavaScript its types: `export default defineConfig({ name: 'shop' })`. */
export function defineConfig(config: SpecInput): SpecInput {
  return config;
}
