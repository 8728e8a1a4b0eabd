import { isObject } from '../../base/json.ts';
import { textAt, type Draft } from './json-object.ts';
import { memberShape, type Shape } from './schema.ts';
import { keyDefaults } from './schema-rules.ts';

/** A value, or how it follows from the struct that it belongs to; undefined leaves the field out. */
type Default = unknown;
type Computed = (self: Readonly<Draft>) => unknown;

const pullPolicy: Computed = (self) => {
  const image = typeof self['image'] === 'string' ? self['image'] : '';
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
};

const container: Readonly<Record<string, Default>> = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: pullPolicy,
  resources: {},
};

const onLoadBalancer =
  (value: unknown): Computed =>
  (self) =>
    self['type'] === 'LoadBalancer' ? value : undefined;
const onExternal: Computed = (self) =>
  self['type'] === 'LoadBalancer' || self['type'] === 'NodePort' ? 'Cluster' : undefined;
const unlessExternalName =
  (value: unknown): Computed =>
  (self) =>
    self['type'] === 'ExternalName' ? undefined : value;
const scalePolicy = (type: string, value: number): Draft => ({ type, value, periodSeconds: 15 });

/** What the server fills in, by model and field. Facts of Kubernetes' own defaulting. */
export const defaults: Readonly<Record<string, Readonly<Record<string, Default>>>> = {
  ...keyDefaults,
  V1DeploymentSpec: { replicas: 1, strategy: {}, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
  V1DeploymentStrategy: {
    type: 'RollingUpdate',
    rollingUpdate: (self: Readonly<Draft>) => (self['type'] === 'Recreate' ? undefined : {}),
  },
  V1RollingUpdateDeployment: { maxSurge: '25%', maxUnavailable: '25%' },
  V1ReplicaSetSpec: { replicas: 1 },
  V1PodSpec: {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    serviceAccount: (self: Readonly<Draft>) => self['serviceAccountName'],
  },
  V1Container: container,
  V1EphemeralContainer: container,
  V1Probe: { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  V1HTTPGetAction: { scheme: 'HTTP', path: '/' },
  V1ObjectFieldSelector: { apiVersion: 'v1' },
  V1ResourceFieldSelector: { divisor: '0' },
  V1ConfigMapVolumeSource: { defaultMode: 420 },
  V1SecretVolumeSource: { defaultMode: 420 },
  V1ProjectedVolumeSource: { defaultMode: 420 },
  V1DownwardAPIVolumeSource: { defaultMode: 420 },
  V1ServiceAccountTokenProjection: { expirationSeconds: 3600 },
  V1HostPathVolumeSource: { type: '' },
  V1Volume: {
    emptyDir: (self: Readonly<Draft>) => (Object.keys(self).every((name) => name === 'name') ? {} : undefined),
  },
  V1ServiceSpec: {
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: unlessExternalName('Cluster'),
    externalTrafficPolicy: onExternal,
    allocateLoadBalancerNodePorts: onLoadBalancer(true),
    ipFamilies: unlessExternalName(['IPv4']),
    ipFamilyPolicy: unlessExternalName('SingleStack'),
  },
  V1ServicePort: { protocol: 'TCP', targetPort: (self: Readonly<Draft>) => self['port'] },
  V1ServiceStatus: { loadBalancer: {} },
  // Clients read the name of a port without asking whether it has one.
  DiscoveryV1EndpointPort: { name: '', protocol: 'TCP' },
  V1IngressStatus: { loadBalancer: {} },
  V1JobSpec: {
    completions: (self: Readonly<Draft>) => (self['parallelism'] === undefined ? 1 : undefined),
    parallelism: 1,
    backoffLimit: 6,
    suspend: false,
    completionMode: 'NonIndexed',
    manualSelector: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  },
  V1CronJobSpec: {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  },
  V2HorizontalPodAutoscalerSpec: {
    minReplicas: 1,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
  },
  V2HorizontalPodAutoscalerBehavior: {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [scalePolicy('Pods', 4), scalePolicy('Percent', 100)],
    },
    scaleDown: { selectPolicy: 'Max', policies: [scalePolicy('Percent', 100)] },
  },
  V2HPAScalingRules: { selectPolicy: 'Max' },
  V1NetworkPolicySpec: {
    podSelector: {},
    policyTypes: (self: Readonly<Draft>) => (self['egress'] === undefined ? ['Ingress'] : ['Ingress', 'Egress']),
  },
  V1NetworkPolicyPort: { protocol: 'TCP' },
  V1PersistentVolumeClaimSpec: { volumeMode: 'Filesystem' },
  V1Secret: { type: 'Opaque' },
  RbacV1Subject: {
    apiGroup: (self: Readonly<Draft>) => (self['kind'] === 'ServiceAccount' ? undefined : 'rbac.authorization.k8s.io'),
  },
  V1CustomResourceDefinitionSpec: { conversion: { strategy: 'None' } },
  V1CustomResourceDefinitionNames: {
    singular: (self: Readonly<Draft>) => textAt(self, 'kind').toLowerCase(),
    listKind: (self: Readonly<Draft>) => `${textAt(self, 'kind')}List`,
  },
  V1RoleRef: { apiGroup: 'rbac.authorization.k8s.io' },
};

/** The value with the server's defaults filled in, all the way down. */
export function withDefaults(shape: Shape, value: unknown): unknown {
  if (Array.isArray(value)) return shape.is === 'list' ? value.map((item) => withDefaults(shape.of, item)) : value;
  if (!isObject(value) || shape.is === 'scalar' || shape.is === 'list') return value;
  const filled: Draft = { ...value };
  if (shape.is === 'struct') {
    fill(shape.model, filled);
    for (const [name, row] of shape.custom?.defaults ?? []) filled[name] ??= structuredClone(row);
  }
  for (const [name, member] of Object.entries(filled)) {
    const inner = memberShape(shape, name);
    if (inner) filled[name] = withDefaults(inner, member);
  }
  return filled;
}

function fill(model: string, draft: Draft): void {
  for (const [name, row] of Object.entries(defaults[model] ?? {})) {
    const given = draft[name];
    if (isObject(given) && isObject(row)) draft[name] = { ...structuredClone(row), ...given };
    if (given !== undefined) continue;
    const value: unknown = typeof row === 'function' ? (row as Computed)(draft) : structuredClone(row);
    if (value !== undefined) draft[name] = value;
  }
}

/** `stringData` is for writing only: it ends up in `data`, in base64. */
export function foldStringData(draft: Draft): void {
  const plain = draft['stringData'];
  if (!isObject(plain)) return;
  const encoded = Object.entries(plain).map(([name, text]) => [name, Buffer.from(String(text)).toString('base64')]);
  const data = isObject(draft['data']) ? draft['data'] : {};
  draft['data'] = { ...data, ...Object.fromEntries(encoded) };
  delete draft['stringData'];
}
