import { warning } from '../base/diagnostic.ts';
import type { Io } from './io.ts';
import { localFolder, type Target } from './target.ts';

/** The cloud that the flags mean. The local one is loaded only when it is meant. */
export async function openTarget(local: boolean, folder: string, io: Io): Promise<Target> {
  if (!local) return googleTarget(io);
  const { openLocalTarget } = await import('./local-target.ts');
  return openLocalTarget(localFolder(folder, io.env), io);
}

function googleTarget(io: Io): Target {
  return {
    env: io.env,
    publicUrl: async ({ host, port }) => `http://${host}${port === 80 ? '' : `:${port}`}/`,
    pushImage: async (image, folder) => {
      io.diagnose([
        warning('HELLO3006', `hello deploys ${image}, and does not build it yet`, {
          fix: `build and push it first: docker build -t ${image} ${folder} && docker push ${image}`,
        }),
      ]);
    },
    knowProject: async () => undefined,
  };
}
