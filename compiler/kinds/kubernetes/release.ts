import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { KubeObject, KubernetesApi } from '../../model/ports.ts';
import type { Release, ReleaseContents } from '../../model/release.ts';
import { member, textOf } from './kube-json.ts';
import { configMapType } from './types.ts';

/** The label of a release's record, with its number. */
const releaseLabel = 'hello/release';
const partOf = 'app.kubernetes.io/part-of';

/** A release, and the object that it was read from. */
export interface Recorded {
  readonly release: Release;
  readonly object: KubeObject;
}

/**
 * Whether an object is the record of a release of the app. It carries no mark of ours, so that no plan takes it for a
 * resource of the config; it is nobody else's either, and goes with the namespace.
 */
export function isReleaseRecord({ kind, metadata }: KubeObject, app: string): boolean {
  return kind === 'ConfigMap' && metadata.labels?.[releaseLabel] !== undefined && metadata.labels[partOf] === app;
}

/** The releases that are recorded, the newest first. What cannot be read is passed over. */
export async function listReleases(api: KubernetesApi, app: string, namespace: string): Promise<readonly Recorded[]> {
  const found = await api.list(configMapType, { namespace, labelSelector: `${partOf}=${app},${releaseLabel}` });
  return found.flatMap(recorded).toSorted((one, other) => other.release.number - one.release.number);
}

function recorded(object: KubeObject): Recorded[] {
  try {
    const release = JSON.parse(object.data?.['release'] ?? '') as Release;
    return Number.isInteger(release.number) && Array.isArray(release.services) ? [{ release, object }] : [];
  } catch {
    return [];
  }
}

/** What ran with it; undefined when that cannot be read any more. */
export async function contentsOf({ object }: Recorded): Promise<ReleaseContents | undefined> {
  try {
    const packed = Buffer.from(textOf(member(object, 'binaryData', 'contents')), 'base64');
    return JSON.parse((await promisify(gunzip)(packed)).toString()) as ReleaseContents;
  } catch {
    return undefined;
  }
}

/** The object that records a release. Packed, a thousand services stay below the megabyte that an object may have. */
export async function recordOf(
  app: string,
  namespace: string,
  release: Release,
  contents: ReleaseContents,
): Promise<KubeObject> {
  const packed = await promisify(gzip)(JSON.stringify(contents));
  const labels = { [partOf]: app, [releaseLabel]: String(release.number) };
  const record = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    // With dots, as no service has: its ConfigMap has its name.
    metadata: { name: `hello.release.${release.number}`, namespace, labels },
    data: { release: JSON.stringify(release) },
    binaryData: { contents: packed.toString('base64') },
  };
  return record;
}
