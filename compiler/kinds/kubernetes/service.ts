import type { KubeObject } from '../../model/ports.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import { reachesOf, serviceObjectName } from '../../spec/reach.ts';
import type { Reach, Service, Spec } from '../../spec/spec.ts';
import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import type { Manifest } from './manifest.ts';
import { selectorLabels, workloadLabels } from './labels.ts';
import { addressOf } from './readiness.ts';
import { namespaceId, serviceType } from './types.ts';

export function serviceId(name: string): ResourceId {
  return address('kubernetes.service', name);
}

/** The Service that pods reach by its name; undefined for a service with load balancers alone. */
export function clusterServiceId(of: Service): ResourceId | undefined {
  const has = reachesOf(of).includes('cluster');
  return has ? serviceId(serviceObjectName(of, 'cluster')) : undefined;
}

/** https://cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balancing */
const loadBalancerKind = 'networking.gke.io/load-balancer-type';

/**
 * What is in front of the pods: a load balancer for public ports, one inside the network for those of the VPC, and an
 * address inside the cluster for the others.
 */
export const service = appliedKind({
  name: 'kubernetes.service',
  docs: 'https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer',
  type: serviceType,
  title: ({ metadata, spec }) => `${titleOf(spec, metadata.annotations)} ${metadata.name}`,
  readyWithinMs: 10 * 60_000,
  typicalSeconds: 45,
  watched: true,
  *declare(spec) {
    for (const each of spec.services) {
      for (const reach of reachesOf(each)) {
        const desired = manifestOf(spec, each, reach);
        yield { key: desired.metadata.name, desired, after: [namespaceId(spec)], path: [...each.path, 'ports'] };
      }
    }
  },
  outputs: (live) => ({ address: addressOf(live) ?? '', port: String(firstPort(live) ?? '') }),
});

function titleOf(spec: object | undefined, annotations: Manifest['metadata']['annotations']): string {
  if (!spec || !('type' in spec) || spec.type !== 'LoadBalancer') return 'Service';
  return annotations?.[loadBalancerKind] === 'Internal' ? 'internal load balancer' : 'load balancer';
}

function manifestOf(spec: Spec, of: Service, reach: Reach): Manifest {
  const { name, allow } = of;
  const ports = of.ports.filter((port) => port.reach === reach);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: serviceObjectName(of, reach),
      namespace: namespaceOf(spec),
      labels: workloadLabels(spec, name),
      ...(reach === 'vpc' && { annotations: { [loadBalancerKind]: 'Internal' } }),
    },
    spec: {
      type: reach === 'cluster' ? 'ClusterIP' : 'LoadBalancer',
      ...(reach === 'public' && allow && { loadBalancerSourceRanges: [...allow] }),
      selector: selectorLabels(spec, name),
      ports: ports.map((port) => ({ name: port.name, port: port.port, protocol: 'TCP', targetPort: port.target })),
    },
  };
}

/** Where the app is served: the Service and the port of its first public port, or else of its first in the VPC. */
export function mainEntrance(spec: Spec): { readonly service: string; readonly port: number } | undefined {
  const all = spec.services.flatMap((each) => each.ports.map((port) => ({ each, ...port })));
  const main = all.find(({ reach }) => reach === 'public') ?? all.find(({ reach }) => reach === 'vpc');
  return main && { service: serviceObjectName(main.each, main.reach), port: main.port };
}

function firstPort(live: KubeObject): number | undefined {
  return (live.spec as { readonly ports?: readonly { readonly port: number }[] } | undefined)?.ports?.[0]?.port;
}
