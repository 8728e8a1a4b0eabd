/**
 * Which texts a field takes, by model and field, where it takes only these. The generated models say it in prose alone.
 * https://kubernetes.io/docs/reference/kubernetes-api/
 */
export const allowedValues: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  V1Container: {
    imagePullPolicy: ['Always', 'IfNotPresent', 'Never'],
    restartPolicy: ['Always', 'Never', 'OnFailure'],
    terminationMessagePolicy: ['FallbackToLogsOnError', 'File'],
  },
  V1ContainerPort: { protocol: ['SCTP', 'TCP', 'UDP'] },
  V1CronJobSpec: { concurrencyPolicy: ['Allow', 'Forbid', 'Replace'] },
  V1DeploymentStrategy: { type: ['Recreate', 'RollingUpdate'] },
  V1HTTPGetAction: { scheme: ['HTTP', 'HTTPS'] },
  V1JobSpec: { completionMode: ['Indexed', 'NonIndexed'], podReplacementPolicy: ['Failed', 'TerminatingOrFailed'] },
  V1LabelSelectorRequirement: { operator: ['DoesNotExist', 'Exists', 'In', 'NotIn'] },
  V1NetworkPolicyPort: { protocol: ['SCTP', 'TCP', 'UDP'] },
  V1NetworkPolicySpec: { policyTypes: ['Egress', 'Ingress'] },
  V1PodDisruptionBudgetSpec: { unhealthyPodEvictionPolicy: ['AlwaysAllow', 'IfHealthyBudget'] },
  V1PodSpec: {
    dnsPolicy: ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
    preemptionPolicy: ['Never', 'PreemptLowerPriority'],
    restartPolicy: ['Always', 'Never', 'OnFailure'],
  },
  V1SeccompProfile: { type: ['Localhost', 'RuntimeDefault', 'Unconfined'] },
  V1ServicePort: { protocol: ['SCTP', 'TCP', 'UDP'] },
  V1ServiceSpec: {
    externalTrafficPolicy: ['Cluster', 'Local'],
    internalTrafficPolicy: ['Cluster', 'Local'],
    ipFamilyPolicy: ['PreferDualStack', 'RequireDualStack', 'SingleStack'],
    sessionAffinity: ['ClientIP', 'None'],
    type: ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'],
  },
  V1Toleration: {
    effect: ['NoExecute', 'NoSchedule', 'PreferNoSchedule'],
    operator: ['Equal', 'Exists'],
  },
  V1TopologySpreadConstraint: {
    nodeAffinityPolicy: ['Honor', 'Ignore'],
    nodeTaintsPolicy: ['Honor', 'Ignore'],
    whenUnsatisfiable: ['DoNotSchedule', 'ScheduleAnyway'],
  },
  V2HPAScalingPolicy: { type: ['Percent', 'Pods'] },
  V2HPAScalingRules: { selectPolicy: ['Disabled', 'Max', 'Min'] },
  V2MetricSpec: { type: ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'] },
  V2MetricTarget: { type: ['AverageValue', 'Utilization', 'Value'] },
};
