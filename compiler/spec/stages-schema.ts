import * as z from 'zod/mini';
import { about } from './schema-parts.ts';

const stageName = z
  .string()
  .check(
    z.regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, 'lower-case letters, digits and dashes, starting with a letter'),
    z.maxLength(20, 'at most 20 characters'),
  );

/** Any keys of the config may stand in a stage: they are checked when they have been laid over it. */
const overlaySchema = z.looseObject({
  protected: about(
    'Whether losing anything of it needs --allow-protected. Default: true for prod and production.',
    z.optional(z.boolean()),
  ),
});

/** `stages:`. A stage that changes nothing may be left empty. */
export const stagesSchema = z.record(stageName, z.union([overlaySchema, z.null()], { error: 'a group of keys' }));
