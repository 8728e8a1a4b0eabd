import * as z from 'zod';

const stageName = z
  .string()
  .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, 'lower-case letters, digits and dashes, starting with a letter')
  .max(20, 'at most 20 characters');

/** Any keys of the config may stand in a stage: they are checked when they have been laid over it. */
const overlaySchema = z.looseObject({
  protected: z
    .boolean()
    .optional()
    .describe('Whether losing anything of it needs --allow-protected. Default: true for prod and production.'),
});

/** `stages:`. A stage that changes nothing may be left empty. */
export const stagesSchema = z.record(stageName, z.union([overlaySchema, z.null()], { error: 'a group of keys' }));
