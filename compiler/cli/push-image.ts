import { resolve } from 'node:path';
import type { OpenRun } from './open-run.ts';

/** An image that is made of a folder of the user's has to be where the cluster pulls from before anything is rolled out. */
export async function pushImage({ spec, folder, target }: OpenRun): Promise<void> {
  const { image, build } = spec.app;
  if (build !== undefined) await target.pushImage(image, resolve(folder, build));
}
