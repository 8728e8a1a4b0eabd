import type { KubeObject } from '../../model/ports.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Port, Service, Spec } from '../../spec/spec.ts';
import { namespaceOf } from '../names.ts';
import { appliedKind, type Manifest } from './applied.ts';
import { selectorLabels, workloadLabels } from './labels.ts';
import { addressOf } from './readiness.ts';
import { namespaceId, serviceType } from './types.ts';

export function serviceId(name: string): ResourceId {
  return address('kubernetes.service', name);
}

/** The name of the Service of a service's public ports, or of those for the cluster alone. */
export function serviceNameOf(service: Service, reach: 'public' | 'internal'): string {
  const both = service.ports.some((port) => port.public) && service.ports.some((port) => !port.public);
  return both && reach === 'internal' ? `${service.name}-internal` : service.name;
}

/** What is in front of the pods: a load balancer for public ports, an address inside the cluster for the others. */
export const service = appliedKind({
  name: 'kubernetes.service',
  docs: 'https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer',
  type: serviceType,
  title: ({ metadata, spec }) =>
    `${spec && 'type' in spec && spec.type === 'LoadBalancer' ? 'load balancer' : 'Service'} ${metadata.name}`,
  readyWithinMs: 10 * 60_000,
  typicalSeconds: 45,
  watched: true,
  *declare(spec) {
    for (const each of spec.services) {
      for (const reach of ['public', 'internal'] as const) {
        const ports = each.ports.filter((port) => port.public === (reach === 'public'));
        if (ports.length === 0) continue;
        const name = serviceNameOf(each, reach);
        const desired = manifestOf(spec, each, name, reach, ports);
        yield { key: name, desired, after: [namespaceId(spec)], path: [...each.path, 'ports'] };
      }
    }
  },
  outputs: (live) => ({ address: addressOf(live) ?? '', port: String(firstPort(live) ?? '') }),
});

function manifestOf(
  spec: Spec,
  { name, allow }: Service,
  objectName: string,
  reach: 'public' | 'internal',
  ports: readonly Port[],
): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: objectName, namespace: namespaceOf(spec), labels: workloadLabels(spec, name) },
    spec: {
      type: reach === 'public' ? 'LoadBalancer' : 'ClusterIP',
      ...(reach === 'public' && allow && { loadBalancerSourceRanges: [...allow] }),
      selector: selectorLabels(spec, name),
      ports: ports.map((port) => ({ name: port.name, port: port.port, protocol: 'TCP', targetPort: port.target })),
    },
  };
}

/** Where the first public port of the app is served: which Service, and which port. */
export function mainEntrance(spec: Spec): { readonly service: string; readonly port: number } | undefined {
  for (const each of spec.services) {
    const port = each.ports.find((one) => one.public);
    if (port) return { service: serviceNameOf(each, 'public'), port: port.port };
  }
  return undefined;
}

function firstPort(live: KubeObject): number | undefined {
  return (live.spec as { readonly ports?: readonly { readonly port: number }[] } | undefined)?.ports?.[0]?.port;
}
