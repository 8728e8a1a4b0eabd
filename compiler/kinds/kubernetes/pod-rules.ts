import type { V1Container, V1PodSpec } from '@kubernetes/client-node';

/** The client's models are classes; what we make are plain objects of the same members. */
export type PodSpec = { -readonly [Key in keyof V1PodSpec]: V1PodSpec[Key] };
/** One container, as a plain object. */
export type Container = { -readonly [Key in keyof V1Container]: V1Container[Key] };

/** The user of distroless "nonroot" images, the proxy's included. */
const nonRoot = 65532;

/** Of a pod, what "restricted" asks for. https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export const podSecurity = {
  runAsNonRoot: true,
  runAsUser: nonRoot,
  runAsGroup: nonRoot,
  fsGroup: nonRoot,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Of each container, what "restricted" asks for; and a file system that nobody writes to. */
export const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/**
 * No container is without requests, as an autoscaler counts in them; memory is limited to what is set aside, CPU may
 * burst. Ephemeral storage is said, so that Autopilot need not.
 */
export function resourcesOf(cpu: string, memory: string): NonNullable<Container['resources']> {
  const storage = '1Gi';
  return { requests: { cpu, memory, 'ephemeral-storage': storage }, limits: { memory, 'ephemeral-storage': storage } };
}
