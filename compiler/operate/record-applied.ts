import { warning } from '../base/diagnostic.ts';
import type { Cluster } from '../cloud/kubernetes/cluster.ts';
import type { Applied } from '../engine/apply.ts';
import { desiredFrom } from '../engine/observe.ts';
import type { Prepared } from '../engine/plan.ts';
import type { Run } from '../engine/run.ts';
import type { Manifest } from '../kinds/kubernetes/manifest.ts';
import { configMapId } from '../kinds/kubernetes/config-map.ts';
import { deploymentId } from '../kinds/kubernetes/deployment.ts';
import { member } from '../kinds/kubernetes/kube-json.ts';
import type { ReleaseContents, ServiceContents } from '../model/release.ts';
import { hasUnknown, type ResourceId } from '../model/resource.ts';
import type { Service, Spec } from '../spec/spec.ts';
import { recordRelease, specHash } from './releases.ts';

/** Remembers an apply that succeeded. One that could not be remembered has still succeeded: that is told, no more. */
export async function recordApplied(
  spec: Spec,
  prepared: Prepared,
  applied: Applied,
  { run, cluster }: { readonly run: Run; cluster(): Promise<Cluster> },
): Promise<void> {
  const contents = contentsFrom(spec, prepared, applied);
  if (Object.keys(contents.services).length === 0) return;
  try {
    await recordRelease(await cluster(), spec, { spec_hash: specHash(spec) }, contents);
  } catch (error) {
    if (run.signal.aborted) return;
    const why = error instanceof Error ? error.message : String(error);
    const fix = 'Nothing else is missing: `hello releases` and `hello rollback` will not know of this apply.';
    run.emit({ type: 'diagnostic', diagnostic: warning('HELLO3007', `the release was not recorded: ${why}`, { fix }) });
  }
}

/** What was sent, which is what runs now. */
function contentsFrom(spec: Spec, prepared: Prepared, applied: Applied): ReleaseContents {
  const sent = (id: ResourceId | undefined): Manifest | undefined => {
    const resource = id && prepared.graph.resources.get(id);
    return resource && (desiredFrom(resource, (each) => applied.outputs.get(each)) as Manifest);
  };
  const of = (service: Service): ServiceContents | undefined => {
    const template = member(sent(deploymentId(service))?.spec, 'template');
    const config = sent(configMapId(spec, service))?.data;
    if (template === undefined || hasUnknown(template)) return undefined;
    return { template, ...(config && { config }) };
  };
  const all = spec.services.map((service) => [service.name, of(service)] as const);
  return { services: Object.fromEntries(all.flatMap(([name, each]) => (each ? [[name, each]] : []))) };
}
