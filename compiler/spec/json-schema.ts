import * as z from 'zod';
import { specSchema } from './schema.ts';

/** The JSON Schema of hello.config.yaml, for editors: what may be written, before defaults. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(specSchema, { io: 'input', target: 'draft-2020-12' });
  return { $schema, title: 'hello.config.yaml', description: 'One app on Google Cloud, for hello.', ...rest };
}
