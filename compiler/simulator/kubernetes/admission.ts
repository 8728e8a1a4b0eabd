import type { Admission } from './admission-request.ts';
import { allocateService } from './allocate.ts';
import { autopilot } from './autopilot.ts';
import type { Cluster } from './cluster.ts';
import type { Draft } from './json-object.ts';
import { admitJob } from './job-admission.ts';
import { admitPod } from './pod-admission.ts';
import { enforcePodSecurity } from './pod-security.ts';
import { admitWithinQuota } from './quota.ts';
import type { Resource } from './resources.ts';

type Step = (cluster: Cluster, resource: Resource, draft: Draft, admission: Admission) => Draft;

/** What changes or refuses objects on their way in, by kind. */
const steps: Readonly<Record<string, readonly Step[]>> = {
  Namespace: [namespaceMarks],
  Service: [allocateService],
  Pod: [admitPod, autopilot, enforcePodSecurity],
  Deployment: [autopilot, enforcePodSecurity],
  Job: [admitJob, autopilot, enforcePodSecurity],
};

export function admit(cluster: Cluster, resource: Resource, draft: Draft, admission: Admission): Draft {
  const list = steps[resource.kind] ?? [];
  return [...list, admitWithinQuota].reduce((before, step) => step(cluster, resource, before, admission), draft);
}

/** Every namespace is found by its name as a label, and held by one finalizer until it is empty. */
function namespaceMarks(_cluster: Cluster, _resource: Resource, draft: Draft, { live }: Admission): Draft {
  const metadata = draft['metadata'] as Draft;
  const labels = { ...(metadata['labels'] as Draft | undefined), 'kubernetes.io/metadata.name': metadata['name'] };
  const spec = live ? live['spec'] : { finalizers: ['kubernetes'] };
  return { ...draft, metadata: { ...metadata, labels }, ...(spec === undefined ? {} : { spec }) };
}
