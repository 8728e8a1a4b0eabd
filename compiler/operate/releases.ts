import { isCloudError } from '../base/errors.ts';
import { digest } from '../base/digest.ts';
import { packageVersion } from '../base/version.ts';
import type { Cluster } from '../cloud/kubernetes/cluster.ts';
import { imagesOf } from '../kinds/kubernetes/roll-back.ts';
import { listReleases, recordOf, type Recorded } from '../kinds/kubernetes/release.ts';
import { configMapType } from '../kinds/kubernetes/types.ts';
import { namespaceOf } from '../kinds/names.ts';
import type { Release, ReleaseContents } from '../model/release.ts';
import type { Spec } from '../spec/spec.ts';
import { imageDigests } from './image-digests.ts';

/** How many releases the cluster remembers. */
export const releasesMax = 10;

/** The releases of an app, the newest first. */
export async function readReleases(cluster: Pick<Cluster, 'api'>, spec: Spec): Promise<readonly Recorded[]> {
  return listReleases(cluster.api, spec.name, namespaceOf(spec));
}

/** What a record says beside what runs. */
export type ReleaseFacts = Pick<Release, 'spec_hash' | 'rolled_back_to'>;

/** What the config came to: two that differ are two releases. */
export function specHash(spec: Spec): string {
  return digest(spec);
}

/**
 * Records what runs as a release, unless the newest one says the same, and forgets the oldest. The release that is the
 * newest now. Throws CloudError.
 */
export async function recordRelease(
  cluster: Cluster,
  spec: Spec,
  facts: ReleaseFacts,
  contents: ReleaseContents,
): Promise<Release> {
  const known = await readReleases(cluster, spec);
  const newest = known[0]?.release;
  const contentsHash = digest(contents);
  if (newest?.contents_hash === contentsHash && newest.spec_hash === facts.spec_hash) return newest;
  const [by, digests] = await Promise.all([cluster.whoAmI(), imageDigests(cluster.api, spec)]);
  const services = Object.entries(contents.services).map(([name, { template }]) => {
    const [image = ''] = imagesOf(template);
    const found = digests.get(`${name} ${image}`);
    return { name, image, ...(found && { digest: found }) };
  });
  const release: Omit<Release, 'number'> = {
    at: new Date().toISOString(),
    ...(by !== undefined && { by }),
    hello: packageVersion(),
    ...(spec.stage && { stage: spec.stage.name }),
    ...facts,
    contents_hash: contentsHash,
    services,
  };
  const made = await write(cluster, spec, release, contents, (newest?.number ?? 0) + 1);
  for (const { object } of known.slice(releasesMax - 1)) await cluster.api.remove(configMapType, object);
  return made;
}

/** Whoever comes second when two record at once takes the next number. */
async function write(
  cluster: Cluster,
  spec: Spec,
  release: Omit<Release, 'number'>,
  contents: ReleaseContents,
  first: number,
): Promise<Release> {
  for (let number = first; ; number += 1) {
    const whole = { number, ...release };
    try {
      await cluster.api.create(configMapType, await recordOf(spec.name, namespaceOf(spec), whole, contents));
      return whole;
    } catch (error) {
      if (!isCloudError(error, 'exists') || number - first >= releasesMax) throw error;
    }
  }
}
