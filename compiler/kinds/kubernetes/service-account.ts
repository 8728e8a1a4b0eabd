import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { emailOf, namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import { memberLabels } from './labels.ts';
import { namespaceId, serviceAccountType } from './types.ts';

export function podServiceAccountId(spec: Spec): ResourceId {
  return address('kubernetes.service-account', spec.name);
}

/** The identity of the pods inside the cluster; the annotation names the Google account that they become. */
export const podServiceAccount = appliedKind({
  name: 'kubernetes.service-account',
  docs: 'https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity',
  type: serviceAccountType,
  *declare(spec) {
    const annotations = spec.db && { 'iam.gke.io/gcp-service-account': emailOf(spec) };
    const metadata = {
      name: spec.name,
      namespace: namespaceOf(spec),
      labels: memberLabels(spec.name),
      ...(annotations && { annotations }),
    };
    // Workload identity works by the node's metadata server; no token of Kubernetes needs to be in the pods.
    const desired = { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false };
    yield { key: spec.name, desired, after: [namespaceId(spec)], path: ['name'] };
  },
});
