/**
 * What the generated models don't say about fields: how lists merge, what is atomic, which strings are quantities, which
 * values are allowed, and which zero values the server leaves out. Facts of the Kubernetes API's own schema
 * (x-kubernetes-list-type, -list-map-keys, -map-type, -patch-merge-key). What isn't listed is a scalar, a granular
 * struct, a granular map or an atomic list.
 */
export interface FieldRule {
  /** An associative list: items are known by these fields. */
  readonly keys?: readonly string[];
  /** A list of distinct scalars. */
  readonly set?: true;
  /** A struct, a map, or the items of an associative list are owned as one. */
  readonly atomic?: true;
  /** The one key that a strategic merge patch goes by; lists with `keys` of one field need none. */
  readonly patchKey?: string;
  readonly type?: 'quantity';
  readonly values?: readonly string[];
}

type Rules = Readonly<Record<string, Readonly<Record<string, FieldRule>>>>;

const atomic: FieldRule = { atomic: true };
const byName: FieldRule = { keys: ['name'] };
const byType: FieldRule = { keys: ['type'] };
const quantity: FieldRule = { type: 'quantity' };
const set: FieldRule = { set: true };
const oneOf = (...values: readonly string[]): FieldRule => ({ values });

const container: Readonly<Record<string, FieldRule>> = {
  env: byName,
  ports: { keys: ['containerPort', 'protocol'], patchKey: 'containerPort' },
  volumeMounts: { keys: ['mountPath'] },
  volumeDevices: { keys: ['devicePath'] },
  imagePullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
  terminationMessagePolicy: oneOf('FallbackToLogsOnError', 'File'),
};
const protocol = oneOf('SCTP', 'TCP', 'UDP');
const selector: Readonly<Record<string, FieldRule>> = { selector: atomic };
const conditions: Readonly<Record<string, FieldRule>> = { conditions: byType };

export const schemaRules: Rules = {
  V1ObjectMeta: {
    finalizers: set,
    ownerReferences: { keys: ['uid'], atomic: true },
  },
  V1DeploymentSpec: selector,
  V1ReplicaSetSpec: selector,
  V1JobSpec: { ...selector, completionMode: oneOf('Indexed', 'NonIndexed') },
  V1CronJobSpec: { concurrencyPolicy: oneOf('Allow', 'Forbid', 'Replace') },
  V1PodDisruptionBudgetSpec: selector,
  V1DeploymentStatus: conditions,
  V1ReplicaSetStatus: conditions,
  V1PodDisruptionBudgetStatus: conditions,
  V2HorizontalPodAutoscalerStatus: conditions,
  V1NodeStatus: { ...conditions, capacity: quantity, allocatable: quantity },
  V1PodStatus: conditions,
  V1NamespaceStatus: conditions,
  V1ServiceStatus: conditions,
  V1PersistentVolumeClaimStatus: { ...conditions, capacity: quantity, allocatedResources: quantity },
  V1DeploymentStrategy: { type: oneOf('Recreate', 'RollingUpdate') },
  V1PodSpec: {
    containers: byName,
    initContainers: byName,
    ephemeralContainers: byName,
    volumes: byName,
    resourceClaims: byName,
    schedulingGates: byName,
    imagePullSecrets: { keys: ['name'], atomic: true },
    hostAliases: { keys: ['ip'] },
    topologySpreadConstraints: { keys: ['topologyKey', 'whenUnsatisfiable'], patchKey: 'topologyKey' },
    nodeSelector: atomic,
    overhead: quantity,
    restartPolicy: oneOf('Always', 'Never', 'OnFailure'),
    dnsPolicy: oneOf('ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'),
  },
  V1TopologySpreadConstraint: {
    labelSelector: atomic,
    whenUnsatisfiable: oneOf('DoNotSchedule', 'ScheduleAnyway'),
  },
  V1PodAffinityTerm: { labelSelector: atomic, namespaceSelector: atomic },
  V1NodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: atomic },
  V1Container: container,
  V1EphemeralContainer: container,
  V1ContainerPort: { protocol },
  V1HTTPGetAction: { scheme: oneOf('HTTP', 'HTTPS') },
  V1ResourceRequirements: { requests: quantity, limits: quantity, claims: byName },
  V1VolumeResourceRequirements: { requests: quantity, limits: quantity },
  V1EmptyDirVolumeSource: { sizeLimit: quantity },
  V1ResourceFieldSelector: { divisor: quantity },
  V1EnvVarSource: { configMapKeyRef: atomic, secretKeyRef: atomic, fieldRef: atomic, resourceFieldRef: atomic },
  V1SeccompProfile: { type: oneOf('Localhost', 'RuntimeDefault', 'Unconfined') },
  V1CSIVolumeSource: { nodePublishSecretRef: atomic },
  V1DownwardAPIVolumeFile: { fieldRef: atomic, resourceFieldRef: atomic },
  V1ServiceSpec: {
    ports: { keys: ['port', 'protocol'], patchKey: 'port' },
    selector: atomic,
    type: oneOf('ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'),
    sessionAffinity: oneOf('ClientIP', 'None'),
    externalTrafficPolicy: oneOf('Cluster', 'Local'),
    internalTrafficPolicy: oneOf('Cluster', 'Local'),
    ipFamilyPolicy: oneOf('PreferDualStack', 'RequireDualStack', 'SingleStack'),
  },
  V1ServicePort: { protocol },
  V1ServiceAccount: { secrets: { keys: ['name'], atomic: true } },
  V1PersistentVolumeClaimSpec: { dataSource: atomic, selector: atomic },
  V1IngressServiceBackend: { port: atomic },
  V1IngressBackend: { resource: atomic },
  V1HTTPIngressPath: { pathType: oneOf('Exact', 'ImplementationSpecific', 'Prefix') },
  V1NetworkPolicySpec: { podSelector: atomic },
  V1NetworkPolicyPort: { protocol },
  V2MetricTarget: { averageValue: quantity, value: quantity },
  V2MetricValueStatus: { averageValue: quantity, value: quantity },
  V1RoleBinding: { roleRef: atomic },
  V1ClusterRoleBinding: { roleRef: atomic },
  V1ResourceQuotaSpec: { hard: quantity, scopeSelector: atomic },
  V1ResourceQuotaStatus: { hard: quantity, used: quantity },
  V1LimitRangeItem: {
    default: quantity,
    defaultRequest: quantity,
    max: quantity,
    min: quantity,
    maxLimitRequestRatio: quantity,
  },
  V1CustomResourceDefinitionStatus: conditions,
  V1CustomResourceDefinitionSpec: { scope: oneOf('Cluster', 'Namespaced') },
  CoreV1Event: { involvedObject: atomic, related: atomic },
};

/**
 * Fields without a pointer in the server's own types: their zero value (0, false) is the same as their absence, and is
 * not kept. Empty strings, lists and maps of optional fields are left out everywhere, but for `keptEmpty`.
 */
export const droppedZero: Readonly<Record<string, readonly string[]>> = {
  V1PodSpec: ['hostNetwork', 'hostPID', 'hostIPC'],
  V1Container: ['stdin', 'stdinOnce', 'tty'],
  V1EphemeralContainer: ['stdin', 'stdinOnce', 'tty'],
  V1VolumeMount: ['readOnly'],
  V1DeploymentSpec: ['paused', 'minReadySeconds'],
  V1ReplicaSetSpec: ['minReadySeconds'],
  V1ContainerPort: ['hostPort'],
  V1Probe: ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'],
  V1ServicePort: ['nodePort'],
  V1ServiceSpec: ['publishNotReadyAddresses', 'healthCheckNodePort'],
  V1PersistentVolumeClaimVolumeSource: ['readOnly'],
};

/** Optional fields whose empty string means something. */
export const keptEmpty: Readonly<Record<string, readonly string[]>> = {
  V1PersistentVolumeClaimSpec: ['storageClassName'],
  V1TypedLocalObjectReference: ['apiGroup'],
  DiscoveryV1EndpointPort: ['name'],
};

/** Default values, which also complete the keys of associative lists. */
export const keyDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  V1ContainerPort: { protocol: 'TCP' },
  V1ServicePort: { protocol: 'TCP' },
};
