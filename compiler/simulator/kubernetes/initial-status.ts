import type { Draft } from './json-object.ts';

const byKind: Readonly<Record<string, Draft>> = {
  Namespace: { phase: 'Active' },
  Pod: { phase: 'Pending' },
  Service: { loadBalancer: {} },
  Ingress: { loadBalancer: {} },
  PersistentVolumeClaim: { phase: 'Pending' },
  HorizontalPodAutoscaler: { desiredReplicas: 0 },
  PodDisruptionBudget: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
  ReplicaSet: { replicas: 0 },
};

/** The status of an object that was just made. A node that registers itself brings its own. */
export function initialStatus(kind: string, draft: Readonly<Draft>): unknown {
  return kind === 'Node' ? (draft['status'] ?? {}) : structuredClone(byKind[kind] ?? {});
}
