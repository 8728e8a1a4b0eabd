import * as z from 'zod/mini';

/** The schema, with what help and editors say of it. Each schema has one description: it is not made anew for another. */
export function about<T extends z.core.$ZodType>(description: string, schema: T): T {
  z.globalRegistry.add(schema, { description });
  return schema;
}

/** A label of DNS, as most names in Google Cloud and Kubernetes are. */
export const dnsLabel = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** The name of a database in PostgreSQL. */
export const databaseName = z
  .string()
  .check(
    z.regex(/^[a-zA-Z_][\w-]*$/, 'letters, digits, underscores and dashes, starting with a letter'),
    z.maxLength(63, 'at most 63 characters'),
  );
