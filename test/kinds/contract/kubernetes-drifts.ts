import { jobNameOf } from '../../../compiler/kinds/kubernetes/job.ts';
import { systemSpec } from './system.ts';
import type { Json } from '../../support/stack-world.ts';
import type { Drift, DriftTable } from './drift.ts';

const once = systemSpec.jobs.find(({ name }) => name === 'once');
const onceName = once && jobNameOf(systemSpec, once);

/** Where each object of the stack is. */
export const objectPaths: Readonly<Record<string, string>> = {
  'kubernetes.namespace': '/api/v1/namespaces/hello-world',
  'kubernetes.service-account': '/api/v1/namespaces/hello-world/serviceaccounts/hello-world',
  'kubernetes.config-map': '/api/v1/namespaces/hello-world/configmaps/hello-world',
  'kubernetes.secret': '/api/v1/namespaces/hello-world/secrets/hello-world-db',
  'kubernetes.service': '/api/v1/namespaces/hello-world/services/hello-world',
  'kubernetes.deployment': '/apis/apps/v1/namespaces/hello-world/deployments/hello-world',
  'kubernetes.job': `/apis/batch/v1/namespaces/hello-world/jobs/${onceName}`,
  'kubernetes.cron-job': '/apis/batch/v1/namespaces/hello-world/cronjobs/nightly',
  'kubernetes.network-policy': '/apis/networking.k8s.io/v1/namespaces/hello-world/networkpolicies/hello-world',
  'kubernetes.pod-monitoring': '/apis/monitoring.googleapis.com/v1/namespaces/hello-world/podmonitorings/hello-world',
  'kubernetes.disruption-budget': '/apis/policy/v1/namespaces/hello-world/poddisruptionbudgets/scaled',
  'kubernetes.autoscaler': '/apis/autoscaling/v2/namespaces/hello-world/horizontalpodautoscalers/scaled',
};

/** Someone else sets a field: it is theirs now, and taking it back must be allowed. */
function set(kind: string, patch: Json, ...shows: string[]): Drift {
  return { ...drop(kind, patch, ...shows), refused: 'HELLO4002', allow: { forceConflicts: true } };
}

/** Someone else takes a field away: nobody holds it then. */
function drop(kind: string, patch: Json, ...shows: string[]): Drift {
  return {
    move: async (world) =>
      void (await world.kube('PATCH', objectPaths[kind] ?? '', patch, 'application/merge-patch+json')),
    shows,
  };
}

const nameLabel = 'metadata.labels["app.kubernetes.io/name"]';

/** A label that is ours and no mark: moved, and taken away. */
function labels(kind: string): readonly Drift[] {
  const patch = (value: string | null): Json => ({ metadata: { labels: { 'app.kubernetes.io/name': value } } });
  return [set(kind, patch('moved'), nameLabel), drop(kind, patch(null), nameLabel)];
}

/** A password that does not fit its hash has yet to be set: the user gets it, and the pods roll. */
const hash = 'metadata.annotations["hello/secret-hash"]';
const record = ['data.PGPASSWORD', hash];
const renewed = {
  'google.sql-user/hello-world-db/hello': 'update passwordRecorded',
  'kubernetes.deployment/hello-world': 'update spec.template.metadata.annotations["hello/secret-hash"]',
};

const secret = 'kubernetes.secret';
const config = 'kubernetes.config-map';
const account = 'kubernetes.service-account';
const service = 'kubernetes.service';
const deployment = 'kubernetes.deployment';
const annotation = 'iam.gke.io/gcp-service-account';

const job = 'kubernetes.job';
const cronJob = 'kubernetes.cron-job';
const autoscaler = 'kubernetes.autoscaler';
const budget = 'kubernetes.disruption-budget';
const policy = 'kubernetes.network-policy';
const monitoring = 'kubernetes.pod-monitoring';

export const kubernetesDrifts: DriftTable = {
  [job]: { metadata: labels(job), spec: [set(job, { spec: { backoffLimit: 5 } }, 'spec.backoffLimit')] },
  [cronJob]: {
    metadata: labels(cronJob),
    spec: [
      set(cronJob, { spec: { schedule: '0 4 * * *' } }, 'spec.schedule'),
      set(cronJob, { spec: { concurrencyPolicy: 'Allow' } }, 'spec.concurrencyPolicy'),
    ],
  },
  [policy]: {
    metadata: labels(policy),
    spec: [
      set(policy, { spec: { ingress: [{}] } }, 'spec.ingress'),
      set(policy, { spec: { podSelector: { matchLabels: { team: 'theirs' } } } }, 'spec.podSelector.matchLabels.team'),
    ],
  },
  [monitoring]: {
    metadata: labels(monitoring),
    spec: [set(monitoring, { spec: { endpoints: [{ port: 1, interval: '1m' }] } }, 'spec.endpoints')],
  },
  [budget]: {
    metadata: labels(budget),
    spec: [set(budget, { spec: { maxUnavailable: 2 } }, 'spec.maxUnavailable')],
  },
  [autoscaler]: {
    metadata: labels(autoscaler),
    spec: [
      set(autoscaler, { spec: { maxReplicas: 5 } }, 'spec.maxReplicas'),
      set(
        autoscaler,
        { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 1 } } } },
        'spec.behavior.scaleDown.stabilizationWindowSeconds',
      ),
    ],
  },
  'kubernetes.namespace': {
    metadata: [
      ...labels('kubernetes.namespace'),
      set(
        'kubernetes.namespace',
        { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } },
        'metadata.labels["pod-security.kubernetes.io/enforce"]',
      ),
    ],
  },
  [account]: {
    metadata: [
      ...labels(account),
      set(account, { metadata: { annotations: { [annotation]: 'moved' } } }, `metadata.annotations["${annotation}"]`),
    ],
    automountServiceAccountToken: [
      set(account, { automountServiceAccountToken: true }, 'automountServiceAccountToken'),
    ],
  },
  [config]: {
    metadata: labels(config),
    data: [
      set(config, { data: { GREETING: 'moved' } }, 'data.GREETING'),
      drop(config, { data: { GREETING: null } }, 'data.GREETING'),
    ],
  },
  // Generated as a whole: it is taken back without asking.
  [secret]: {
    metadata: [drop(secret, { metadata: { labels: { 'app.kubernetes.io/name': 'moved' } } }, nameLabel)],
    data: [
      { ...drop(secret, { data: { PGPASSWORD: 'bW92ZWQ=' } }, ...record), elsewhere: renewed },
      { ...drop(secret, { data: { PGPASSWORD: null } }, 'data', hash), elsewhere: renewed },
      {
        ...drop(secret, { metadata: { annotations: { 'hello/secret-hash': 'moved' } } }, ...record),
        elsewhere: renewed,
      },
    ],
  },
  [service]: {
    metadata: labels(service),
    spec: [
      set(
        service,
        { spec: { ports: [{ name: 'port-80', port: 80, protocol: 'TCP', targetPort: 5001 }] } },
        'spec.ports["80/TCP"].targetPort',
      ),
    ],
  },
  [deployment]: {
    metadata: labels(deployment),
    spec: [
      set(deployment, { spec: { replicas: 2 } }, 'spec.replicas'),
      set(
        deployment,
        { spec: { template: { spec: { terminationGracePeriodSeconds: 44 } } } },
        'spec.template.spec.terminationGracePeriodSeconds',
      ),
    ],
  },
};
