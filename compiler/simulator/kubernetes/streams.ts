import type { PodRuntime } from '../parts.ts';
import type { Cluster } from './cluster.ts';
import { serveExec } from './exec.ts';
import { servePortForward } from './port-forward.ts';
import { targetOf } from './request.ts';
import { badRequest, notFound, unknownResource } from './status-error.ts';
import type { Upgrade } from './upgrade.ts';

/** Serves `pods/NAME/exec` and `pods/NAME/portforward`. Throws an ApiError as long as nothing has been answered. */
export async function serveStream(cluster: Cluster, runtime: PodRuntime, upgrade: Upgrade): Promise<void> {
  const url = new URL(upgrade.request.url ?? '/', 'https://127.0.0.1');
  const target = targetOf(cluster.catalogue, url.pathname);
  if (target?.resource.kind !== 'Pod') throw unknownResource();
  const serve = { exec: serveExec, portforward: servePortForward }[target.subresource];
  if (!serve) throw badRequest('this resource is not a stream');
  const pod = cluster.storage.get(target.resource, target.namespace, target.name);
  if (!pod) throw notFound(target.resource, target.name);
  await serve(runtime, pod, url.searchParams, upgrade);
}
