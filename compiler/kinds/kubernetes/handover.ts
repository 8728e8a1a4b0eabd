import { isObject } from '../../base/json.ts';
import type { KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import { leftToAutoscaler } from '../../model/resource.ts';
import { fieldManager } from './managed-fields.ts';
import type { Manifest } from './manifest.ts';
import { autoscalerType } from './types.ts';

/** Holds a field between us, who give it up, and the controller that takes it. */
export const handoverManager = 'hello-handover';

/** How a kind gives a field into other hands, and takes it back, without a moment in which nobody holds it. */
export interface Handover {
  /** What live has of a field that we hold and no longer want; undefined when there is none. */
  left(want: Manifest, live: KubeObject): Left | undefined;
  /** Leaves it to others with the value that it has. Done before the apply that drops it. */
  give(api: KubernetesApi, want: Manifest, live: KubeObject): Promise<void>;
  /** Whether whoever holds the field gives way to us, without anybody being asked. */
  takes(
    api: KubernetesApi,
    live: KubeObject,
    conflict: { readonly manager: string; readonly field: string },
  ): Promise<boolean>;
}

/** A field that stays as it is, in other hands. */
export interface Left {
  /** Want, with the value that stays. */
  readonly asIs: Manifest;
  /** The same for people: what becomes of the field. */
  shown(want: Manifest): Manifest;
}

/**
 * Replicas, between a fixed number and an autoscaler. Dropping the field as its only holder would put it back to its
 * default, one pod; so another manager of ours holds the live number first, and the autoscaler takes it from that one by
 * its first write. The way back is a conflict with a manager that is going: that one, or the autoscaler that was ours.
 */
export function replicasHandover(type: KubeType): Handover {
  return {
    left(want, live) {
      const replicas = heldReplicas(want, live);
      if (replicas === undefined) return undefined;
      const withReplicas = (manifest: Manifest, value: unknown): Manifest => ({
        ...manifest,
        spec: { ...manifest.spec, replicas: value },
      });
      return {
        asIs: withReplicas(want, replicas),
        shown: (manifest) => withReplicas(manifest, leftToAutoscaler),
      };
    },
    async give(api, want, live) {
      const replicas = heldReplicas(want, live);
      // An autoscaler leaves what stands at 0 alone; the default lets it begin.
      if (replicas === undefined || replicas === 0) return;
      const { name, namespace } = want.metadata;
      const metadata = { name, ...(namespace !== undefined && { namespace }) };
      const least = { apiVersion: want.apiVersion, kind: want.kind, metadata, spec: { replicas } };
      await api.apply(type, least, { manager: handoverManager });
    },
    async takes(api, live, { manager, field }) {
      if (field !== 'spec.replicas') return false;
      if (manager === handoverManager) return true;
      return isAutoscaler.test(manager) && scales(live, manager) && !(await hasForeignAutoscaler(api, live));
    },
  };
}

/** Who writes for a HorizontalPodAutoscaler, as managed fields name it. */
const isAutoscaler = /^(kube-controller-manager|horizontal-pod-autoscaler)$/;

/** An autoscaler writes by the scale subresource, which nothing else of the controller manager does. */
function scales(live: KubeObject, manager: string): boolean {
  const entries = live.metadata.managedFields ?? [];
  return entries.some((entry) => entry.manager === manager && entry.subresource === 'scale');
}

/** One that somebody else has set on this object goes on for ever: the number is theirs then. */
async function hasForeignAutoscaler(api: KubernetesApi, live: KubeObject): Promise<boolean> {
  const { name, namespace, labels = {} } = live.metadata;
  const all = await api.list(autoscalerType, namespace === undefined ? {} : { namespace });
  return all.some(({ spec, metadata }) => {
    const target = isObject(spec) && isObject(spec['scaleTargetRef']) ? spec['scaleTargetRef'] : {};
    const mark = 'app.kubernetes.io/managed-by';
    return target['kind'] === live.kind && target['name'] === name && metadata.labels?.[mark] !== labels[mark];
  });
}

function heldReplicas(want: Manifest, live: KubeObject): number | undefined {
  if (want.spec && 'replicas' in want.spec) return undefined;
  const ours = live.metadata.managedFields?.find(
    (entry) => entry.manager === fieldManager && entry.operation === 'Apply' && !entry.subresource,
  );
  const held = ours?.fieldsV1?.['f:spec'];
  if (!isObject(held) || !('f:replicas' in held)) return undefined;
  const replicas = isObject(live.spec) ? live.spec['replicas'] : undefined;
  return typeof replicas === 'number' ? replicas : undefined;
}
