import type { KubeType } from '../../model/ports.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { namespaceOf } from '../names.ts';

/** The types of Kubernetes objects that hello makes: what a URL is made of. */
export const namespaceType: KubeType = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
export const serviceAccountType: KubeType = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
};
export const configMapType: KubeType = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
export const secretType: KubeType = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
export const serviceType: KubeType = { apiVersion: 'v1', kind: 'Service', plural: 'services', namespaced: true };
export const deploymentType: KubeType = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};

/** The annotation that carries the fingerprint of a recorded password: on its Secret, and on the pods that it rolls. */
export const secretHash = 'hello/secret-hash';

export const jobType: KubeType = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', namespaced: true };
export const cronJobType: KubeType = { apiVersion: 'batch/v1', kind: 'CronJob', plural: 'cronjobs', namespaced: true };
export const autoscalerType: KubeType = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  namespaced: true,
};

export const disruptionBudgetType: KubeType = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  namespaced: true,
};

export const networkPolicyType: KubeType = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  namespaced: true,
};
/** A custom kind: there are clusters that do not serve it. */
export const podMonitoringType: KubeType = {
  apiVersion: 'monitoring.googleapis.com/v1',
  kind: 'PodMonitoring',
  plural: 'podmonitorings',
  namespaced: true,
};

export function namespaceId(spec: Spec): ResourceId {
  return address('kubernetes.namespace', namespaceOf(spec));
}

/** What an app may have in its namespace, on every cluster. */
export const memberTypes: readonly KubeType[] = [
  serviceAccountType,
  configMapType,
  secretType,
  serviceType,
  networkPolicyType,
  disruptionBudgetType,
  deploymentType,
  jobType,
  cronJobType,
  autoscalerType,
];
