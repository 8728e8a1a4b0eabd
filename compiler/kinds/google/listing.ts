import { isCloudError } from '../../base/errors.ts';
import type { Ctx } from '../../model/ports.ts';

/**
 * What carries our mark, or nothing where it cannot be told: an API that is off holds nothing, and who may not list may
 * not prune. Nothing found means that nothing is removed, so the doubt is on the safe side.
 */
export async function listOwned<T>(ctx: Ctx, list: () => Promise<readonly T[]>): Promise<readonly T[]> {
  if (!ctx.usesGoogle) return [];
  try {
    return await list();
  } catch (error) {
    if (isCloudError(error, 'api-disabled', 'forbidden')) return [];
    throw error;
  }
}
