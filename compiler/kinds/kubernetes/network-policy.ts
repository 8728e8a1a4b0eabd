import { address, type ResourceId } from '../../model/resource.ts';
import type { Port, Service, Spec, Workload } from '../../spec/spec.ts';
import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import { selectorLabels, workloadLabels } from './labels.ts';
import { namespaceId, networkPolicyType } from './types.ts';

export function networkPolicyId({ name }: Pick<Workload, 'name'>): ResourceId {
  return address('kubernetes.network-policy', name);
}

/**
 * What may reach the pods of a service or a job: its ports, from where they are for, and its metrics from the collectors.
 * Nothing else: a worker and a job are reached by nobody. The probes of the kubelet always pass. What pods may reach is
 * left open: an app calls whatever it calls, and the database lets in the proxy of an identity alone.
 */
export const networkPolicy = appliedKind({
  name: 'kubernetes.network-policy',
  docs: 'https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy',
  type: networkPolicyType,
  title: (manifest) => `network policy of ${manifest.metadata.name}`,
  *declare(spec) {
    for (const service of spec.services) yield declaration(spec, service, ingressOf(service));
    for (const job of spec.jobs) yield declaration(spec, job, []);
  },
});

function declaration(spec: Spec, { name, path }: Workload, ingress: readonly Rule[]) {
  const desired = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: namespaceOf(spec), labels: workloadLabels(spec, name) },
    spec: {
      podSelector: { matchLabels: selectorLabels(spec, name) },
      policyTypes: ['Ingress'],
      // Without any rule nothing is let in; an empty list would say the same, and be taken for one that someone owns.
      ...(ingress.length > 0 && { ingress }),
    },
  };
  return { key: name, desired, after: [namespaceId(spec)], path };
}

interface Rule {
  readonly from?: readonly { readonly namespaceSelector: object }[];
  readonly ports: readonly { readonly port: number; readonly protocol: 'TCP' }[];
}

/** Where managed Prometheus has its collectors, in clusters of either age. */
const collectors = {
  matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['gmp-system', 'gke-gmp-system'] }],
};

function ingressOf({ ports, metrics }: Service): Rule[] {
  // A load balancer keeps the address of the client or puts that of a node there, and Google checks health from its own
  // ranges: what it serves is open, and whether the world can come is the load balancer's affair.
  const open = rule(targets(ports.filter(({ reach }) => reach !== 'cluster')));
  const inside = rule(targets(ports.filter(({ reach }) => reach === 'cluster')), {});
  return [...open, ...inside, ...(metrics ? rule([metrics.port], collectors) : [])];
}

function targets(ports: readonly Port[]): number[] {
  return [...new Set(ports.map(({ target }) => target))];
}

/** `namespaces` selects those whose pods may come; `{}` is all of the cluster, absent is everybody. */
function rule(ports: readonly number[], namespaces?: object): Rule[] {
  if (ports.length === 0) return [];
  const from = namespaces && [{ namespaceSelector: namespaces }];
  return [{ ...(from && { from }), ports: ports.map((port) => ({ port, protocol: 'TCP' })) }];
}
