import { resolve } from 'node:path';
import type { OpenRun } from './open-run.ts';

/** Images that are made of folders of the user's have to be where the cluster pulls from before anything is rolled out. */
export async function pushImages({ spec, folder, target }: OpenRun): Promise<void> {
  const images = new Map<string, string>();
  for (const { image, build } of [...spec.services, ...spec.jobs]) {
    if (build !== undefined) images.set(image, resolve(folder, build));
  }
  for (const [image, source] of images) await target.pushImage(image, source);
}
