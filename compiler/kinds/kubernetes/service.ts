import type { KubeObject } from '../../model/ports.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/schema.ts';
import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import { objectLabels, selectorLabels } from './labels.ts';
import { namespaceId, serviceType } from './types.ts';

export function serviceId(spec: Spec): ResourceId {
  return address('kubernetes.service', spec.name);
}

/** The load balancer in front of the pods. */
export const service = appliedKind({
  name: 'kubernetes.service',
  docs: 'https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer',
  type: serviceType,
  title: (manifest) => `load balancer ${manifest.metadata.name}`,
  readyWithinMs: 10 * 60_000,
  typicalSeconds: 45,
  watched: true,
  *declare(spec) {
    const metadata = { name: spec.name, namespace: namespaceOf(spec), labels: objectLabels(spec.name) };
    const ports = spec.ports.map(({ port, target }) => ({
      name: `port-${port}`,
      port,
      protocol: 'TCP',
      targetPort: target,
    }));
    const body = { type: 'LoadBalancer', selector: selectorLabels(spec.name), ports };
    yield {
      key: spec.name,
      desired: { apiVersion: 'v1', kind: 'Service', metadata, spec: body },
      after: [namespaceId(spec)],
      path: ['ports'],
    };
  },
  outputs: (live) => ({ address: addressOf(live) ?? '', port: String(firstPort(live) ?? '') }),
});

/** The public address, once the platform has given one. */
export function addressOf(live: KubeObject): string | undefined {
  const status = live.status as
    | { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] } }
    | undefined;
  const first = status?.loadBalancer?.ingress?.[0];
  return first?.ip ?? first?.hostname;
}

function firstPort(live: KubeObject): number | undefined {
  return (live.spec as { readonly ports?: readonly { readonly port: number }[] } | undefined)?.ports?.[0]?.port;
}
