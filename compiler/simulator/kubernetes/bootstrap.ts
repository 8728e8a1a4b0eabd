import podMonitoring from './definitions/pod-monitoring.json' with { type: 'json' };
import { must, timestamp, type Cluster } from './cluster.ts';
import { inside } from './write-options.ts';
import { create } from './writes.ts';

/** What stands in every new cluster. */
export function bootstrap(cluster: Cluster): void {
  const ensure = (plural: string, namespace: string, name: string, body: object): void => {
    if (cluster.storage.get(must(plural), namespace, name)) return;
    create(cluster, must(plural), namespace, body, inside('kube-apiserver'));
  };
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system'])
    ensure('namespaces', '', name, { metadata: { name } });
  ensure('services', 'default', 'kubernetes', {
    metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { clusterIP: '34.118.224.1', ports: [{ name: 'https', port: 443, targetPort: 443 }] },
  });
  // Managed Prometheus is always on where Autopilot is.
  ensure('customresourcedefinitions', '', podMonitoring.metadata.name, podMonitoring);
  const node = nodeName(cluster);
  ensure('nodes', '', node, nodeBody(cluster, node));
}

/** The one node of a cluster; everything is scheduled onto it. */
export function nodeName(cluster: Cluster): string {
  return `gk3-${cluster.id.split('/').at(-1) ?? 'local'}-pool-1`.toLowerCase();
}

function nodeBody(cluster: Cluster, name: string): object {
  const region = cluster.id.split('/')[3] ?? 'local';
  const now = timestamp(cluster);
  const capacity = { cpu: '64', memory: '256Gi', pods: '256', 'ephemeral-storage': '1000Gi' };
  const condition = (type: string, status: string, reason: string, message: string): object => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  return {
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'topology.kubernetes.io/region': region,
        'topology.kubernetes.io/zone': `${region}-a`,
      },
    },
    spec: { podCIDR: '127.0.0.0/24' },
    status: {
      capacity,
      allocatable: capacity,
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: name },
      ],
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      ],
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'local://1',
        kernelVersion: process.release.name,
        kubeProxyVersion: '',
        kubeletVersion: cluster.version,
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'hello local cloud',
        systemUUID: '',
      },
    },
  };
}
