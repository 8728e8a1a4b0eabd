import { createHash } from 'node:crypto';
import { canonical } from './json.ts';

/** SHA-256 of the canonical JSON text, in hex. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}
