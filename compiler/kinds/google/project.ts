import type { Ctx } from '../../model/ports.ts';
import { lastPart } from './marks.ts';

/**
 * The project's number, which some APIs want where others want the id. Read once in a look.
 * https://cloud.google.com/resource-manager/reference/rest/v3/projects/get
 */
export async function projectNumber(ctx: Ctx): Promise<string> {
  return ctx.once(`project ${ctx.project}`, async () => {
    const path = `/v3/projects/${ctx.project}`;
    const project = await ctx.google.rest<{ readonly name?: string }>({
      service: 'cloudresourcemanager',
      method: 'GET',
      path,
    });
    return lastPart(project.name);
  });
}
