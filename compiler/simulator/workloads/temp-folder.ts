import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerSpec, Pod } from './pod-types.ts';

/**
 * Volumes on a machine without mount namespaces.
 *
 * An emptyDir that a container has at /tmp is a real folder, the same for all containers of the pod that mount it, there
 * for as long as the pod is. A path cannot be moved under a process, so the container is told of it by TMPDIR, as
 * programs that ask for the folder for temporary files are anywhere. A program with /tmp in its own code gets that of the
 * machine. Volumes at other places are not there.
 */
export function tempFolder(nodeFolder: string, pod: Pod, container: ContainerSpec): string | undefined {
  const mount = (container.volumeMounts ?? []).find(({ mountPath }) => mountPath === '/tmp');
  const volume = (pod.spec.volumes ?? []).find(({ name }) => name === mount?.name);
  if (!volume?.emptyDir) return undefined;
  // Beside the logs of the pod, which go with it; no container can have such a name.
  const folder = join(nodeFolder, pod.metadata.uid, '.volumes', volume.name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
