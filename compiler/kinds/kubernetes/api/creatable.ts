import { CloudError, isCloudError } from '../../../base/errors.ts';
import type { KubernetesApi, KubeType } from '../../../model/ports.ts';
import { hasUnknown } from '../../../model/resource.ts';
import type { Manifest } from '../manifest.ts';

/**
 * A plan that promises to make an object has asked whether it can be made: by the schema of the API, and by the server as
 * soon as there is one. Who may only read is told so by apply, not by plan. Throws CloudError.
 */
export async function requireCreatable(api: KubernetesApi | undefined, type: KubeType, want: Manifest): Promise<void> {
  const { checkManifest } = await import('./check-manifest.ts');
  const wrong = checkManifest(want);
  if (wrong.length > 0) throw new CloudError(wrong.join('; '), { reason: 'invalid', service: 'kubernetes' });
  if (!api || hasUnknown(want)) return;
  try {
    await api.apply(type, want, { dryRun: true });
  } catch (error) {
    // Its namespace, or the type itself, may be made by the same plan, or go before it is made again.
    if (!isCloudError(error, 'not-found', 'busy', 'forbidden')) throw error;
  }
}
