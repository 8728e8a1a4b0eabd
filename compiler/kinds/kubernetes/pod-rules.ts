import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { Spec, Workload } from '../../spec/spec.ts';
import { parseQuantity } from './quantity.ts';

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

/** CPU and memory that are set aside, as Kubernetes spells amounts. */
export interface Requests {
  readonly cpu: string;
  readonly memory: string;
}

/**
 * No container is without requests, as an autoscaler counts in them; memory is limited to what is set aside, CPU may
 * burst. Ephemeral storage is said, as Autopilot would.
 */
export function resourcesOf({ cpu, memory }: Requests): NonNullable<Container['resources']> {
  const storage = '1Gi';
  return { requests: { cpu, memory, 'ephemeral-storage': storage }, limits: { memory, 'ephemeral-storage': storage } };
}

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

/**
 * General-purpose pods of Autopilot: the least of a container, and how much memory a pod has for each CPU.
 * https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests
 */
const autopilot = { cpu: 0.05, memory: 52 * mebibyte, memoryPerCpu: { least: gibibyte, most: 6.5 * gibibyte } };

/**
 * What the container of a user gets beside those in `others`: on Autopilot the nearest that is legal, by raising, so
 * that Autopilot changes nothing and the plan says what will be paid. Elsewhere what was asked for.
 */
export function legalRequests(spec: Spec, { resources }: Workload, others: readonly Requests[]): Requests {
  const asked = { cpu: parseQuantity(resources.cpu) ?? 0, memory: parseQuantity(resources.memory) ?? 0 };
  if ('existing' in spec.cluster) return resources;
  const beside = (name: keyof Requests): number =>
    others.reduce((sum, each) => sum + (parseQuantity(each[name]) ?? 0), 0);
  const [besideCpu, besideMemory] = [beside('cpu'), beside('memory')];
  const { least, most } = autopilot.memoryPerCpu;
  const cpuMin = Math.max(autopilot.cpu, asked.cpu);
  const memory = Math.max(autopilot.memory, asked.memory, (cpuMin + besideCpu) * least - besideMemory);
  const cpu = Math.max(cpuMin, (memory + besideMemory) / most - besideCpu);
  return {
    cpu: cpu > asked.cpu ? `${roundUp(cpu * 1000)}m` : resources.cpu,
    memory: memory > asked.memory ? `${roundUp(memory / mebibyte)}Mi` : resources.memory,
  };
}

/** The next whole number, but for what floating point has added. */
function roundUp(amount: number): number {
  return Math.ceil(amount - 1e-6);
}
