import { invalid, notFound } from './errors.ts';
import { defaultVersion, resolveVersion } from './cluster-versions.ts';
import { at, type Fields, merge } from './merge.ts';
import { createNetworks, networkName } from './networks.ts';
import { digits, fingerprint, type Project, text, type World } from './world.ts';

const scopes = [
  'devstorage.read_only',
  'logging.write',
  'monitoring',
  'service.management.readonly',
  'servicecontrol',
  'trace.append',
].map((scope) => `https://www.googleapis.com/auth/${scope}`);

/** What a request may not say of an Autopilot cluster: the path, and the only value that it may have there. */
const preset: readonly (readonly [path: readonly string[], value: unknown])[] = [
  [['ipAllocationPolicy', 'useIpAliases'], true],
  [['shieldedNodes', 'enabled'], true],
  [['verticalPodAutoscaling', 'enabled'], true],
  [['legacyAbac', 'enabled'], false],
  [['enableKubernetesAlpha'], false],
  [['networkConfig', 'datapathProvider'], 'ADVANCED_DATAPATH'],
  [['networkConfig', 'enableIntraNodeVisibility'], true],
  [['autoscaling', 'enableNodeAutoprovisioning'], true],
  [['networkPolicy', 'enabled'], false],
];

/** The cluster as the service keeps it, from what was asked for. Refuses what Autopilot forbids. */
export function newCluster(
  world: World,
  { project, location, asked }: { project: Project; location: string; asked: Fields },
): Fields {
  checkPreset(project, asked);
  const network = networkName(text(asked['network'] ?? at(asked, 'networkConfig', 'network'), 'default'));
  if (!network || !createNetworks(world).find(project, network)) {
    throw notFound(`Network "${text(asked['network'])}" does not exist in project "${project.id}".`);
  }
  const channel = text(at(asked, 'releaseChannel', 'channel'), 'REGULAR');
  const version = resolveVersion(text(asked['initialClusterVersion']), channel) ?? defaultVersion(channel);
  const { nodePools: _pools, network: _network, subnetwork: _subnetwork, initialNodeCount: _count, ...rest } = asked;
  const defaults = {
    ...autopilotDefaults(project, { location, network }),
    ...versionFields(version, location, project),
  };
  return merge(merge(defaults, rest), {
    autopilot: { enabled: true },
    network,
    subnetwork: network,
    location,
    zone: location,
    initialNodeCount: 1,
    workloadIdentityConfig: { workloadPool: `${project.id}.svc.id.goog` },
    networkConfig: {
      network: `projects/${project.id}/global/networks/${network}`,
      subnetwork: `projects/${project.id}/regions/${location}/subnetworks/${network}`,
    },
    id: fingerprintHex(project, String(asked['name']), world.clock.now()),
    createTime: world.clock.stamp(),
  });
}

function checkPreset(project: Project, asked: Fields): void {
  for (const [path, value] of preset) {
    const said = at(asked, ...path);
    if (said !== undefined && said !== value)
      throw invalid(
        `Autopilot clusters require ${path.join('.')} to be ${String(value)}, which it is without being set.`,
      );
  }
  const pool = at(asked, 'workloadIdentityConfig', 'workloadPool');
  if (pool !== undefined && pool !== `${project.id}.svc.id.goog`)
    throw invalid(`Invalid workload pool ${JSON.stringify(pool)}: it must be ${project.id}.svc.id.goog.`);
  const pools = asked['nodePools'];
  if (Array.isArray(pools) && pools.length > 1)
    throw invalid('Autopilot clusters do not support node pools of their own.');
  if (
    at(asked, 'privateClusterConfig', 'enablePrivateNodes') !== undefined &&
    at(asked, 'networkConfig', 'defaultEnablePrivateNodes') !== undefined
  ) {
    throw invalid(
      'private_cluster_config.enable_private_nodes and network_config.default_enable_private_nodes must not both be set.',
    );
  }
}

/** 64 hex digits, as the service's own id of a cluster. */
function fingerprintHex(project: Project, name: string, now: number): string {
  return BigInt(digits(`${project.id}/${name}@${now}`, 70))
    .toString(16)
    .padStart(64, '0')
    .slice(0, 64);
}

function versionFields(version: string, location: string, project: Project): Fields {
  const config = {
    machineType: 'e2-medium',
    diskSizeGb: 100,
    diskType: 'pd-balanced',
    imageType: 'COS_CONTAINERD',
    serviceAccount: 'default',
    oauthScopes: scopes,
    metadata: { 'disable-legacy-endpoints': 'true' },
    workloadMetadataConfig: { mode: 'GKE_METADATA' },
    shieldedInstanceConfig: { enableIntegrityMonitoring: true, enableSecureBoot: true },
    windowsNodeConfig: {},
  };
  const pool = {
    name: 'default-pool',
    config,
    initialNodeCount: 1,
    version,
    status: 'RUNNING',
    locations: zonesOf(location),
    podIpv4CidrSize: 26,
    autoscaling: { enabled: true, maxNodeCount: 1000, autoprovisioned: true },
    management: { autoRepair: true, autoUpgrade: true },
    maxPodsConstraint: { maxPodsPerNode: '32' },
    upgradeSettings: { maxSurge: 1, strategy: 'SURGE' },
    selfLink: `https://container.googleapis.com/v1/projects/${project.id}/locations/${location}/clusters/-/nodePools/default-pool`,
  };
  return {
    initialClusterVersion: version,
    currentMasterVersion: version,
    currentNodeVersion: version,
    currentNodeCount: 1,
    nodePools: [pool],
  };
}

function zonesOf(region: string): readonly string[] {
  return ['a', 'b', 'c'].map((letter) => `${region}-${letter}`);
}

/** What an Autopilot cluster has without being asked. */
function autopilotDefaults(project: Project, { location, network }: { location: string; network: string }): Fields {
  const hash = digits(`${project.id}/${location}/${network}`, 12);
  return {
    ...platformDefaults(),
    autoscaling: {
      enableNodeAutoprovisioning: true,
      autoscalingProfile: 'OPTIMIZE_UTILIZATION',
      resourceLimits: ['cpu', 'memory'].map((resourceType) => ({ resourceType, maximum: '1000000000' })),
      autoprovisioningNodePoolDefaults: {
        imageType: 'COS_CONTAINERD',
        management: { autoRepair: true, autoUpgrade: true },
        oauthScopes: scopes,
        serviceAccount: 'default',
        upgradeSettings: { maxSurge: 1, strategy: 'SURGE' },
      },
    },
    clusterIpv4Cidr: '10.112.0.0/17',
    servicesIpv4Cidr: '34.118.224.0/20',
    ipAllocationPolicy: {
      useIpAliases: true,
      stackType: 'IPV4',
      podCidrOverprovisionConfig: { disable: true },
      clusterIpv4Cidr: '10.112.0.0/17',
      clusterIpv4CidrBlock: '10.112.0.0/17',
      servicesIpv4Cidr: '34.118.224.0/20',
      servicesIpv4CidrBlock: '34.118.224.0/20',
    },
    networkConfig: {
      datapathProvider: 'ADVANCED_DATAPATH',
      enableIntraNodeVisibility: true,
      serviceExternalIpsConfig: {},
      defaultEnablePrivateNodes: false,
      gatewayApiConfig: { channel: 'CHANNEL_STANDARD' },
      dnsConfig: { clusterDns: 'CLOUD_DNS', clusterDnsDomain: 'cluster.local', clusterDnsScope: 'CLUSTER_SCOPE' },
    },
    controlPlaneEndpointsConfig: {
      dnsEndpointConfig: {
        allowExternalTraffic: false,
        endpoint: `gke-${hash}-${project.number}.${location}.gke.goog`,
      },
      ipEndpointsConfig: {
        enabled: true,
        enablePublicEndpoint: true,
        globalAccess: false,
        authorizedNetworksConfig: { gcpPublicCidrsAccessEnabled: true },
      },
    },
    locations: zonesOf(location),
    maintenancePolicy: { resourceVersion: fingerprint(hash).slice(0, 8).replaceAll(/\W/g, '0').toLowerCase() },
  };
}

function platformDefaults(): Fields {
  return {
    addonsConfig: {
      dnsCacheConfig: { enabled: true },
      gcePersistentDiskCsiDriverConfig: { enabled: true },
      gcpFilestoreCsiDriverConfig: { enabled: true },
      gcsFuseCsiDriverConfig: { enabled: true },
      horizontalPodAutoscaling: {},
      httpLoadBalancing: {},
      kubernetesDashboard: { disabled: true },
      networkPolicyConfig: { disabled: true },
    },
    anonymousAuthenticationConfig: { mode: 'ENABLED' },
    binaryAuthorization: {},
    databaseEncryption: { state: 'DECRYPTED', currentState: 'CURRENT_STATE_DECRYPTED' },
    defaultMaxPodsConstraint: { maxPodsPerNode: '110' },
    enterpriseConfig: { clusterTier: 'STANDARD' },
    legacyAbac: {},
    loggingConfig: { componentConfig: { enableComponents: ['SYSTEM_COMPONENTS', 'WORKLOADS'] } },
    loggingService: 'logging.googleapis.com/kubernetes',
    masterAuth: { clientCertificateConfig: {} },
    masterAuthorizedNetworksConfig: { gcpPublicCidrsAccessEnabled: true },
    monitoringConfig: {
      advancedDatapathObservabilityConfig: { enableMetrics: true },
      managedPrometheusConfig: { enabled: true },
      componentConfig: {
        enableComponents:
          'SYSTEM_COMPONENTS DAEMONSET DEPLOYMENT STATEFULSET JOBSET STORAGE HPA POD CADVISOR KUBELET DCGM'.split(' '),
      },
    },
    monitoringService: 'monitoring.googleapis.com/kubernetes',
    nodePoolAutoConfig: { nodeKubeletConfig: { insecureKubeletReadonlyPortEnabled: false } },
    nodePoolDefaults: {
      nodeConfigDefaults: {
        loggingConfig: { variantConfig: { variant: 'DEFAULT' } },
        nodeKubeletConfig: { insecureKubeletReadonlyPortEnabled: false },
      },
    },
    notificationConfig: { pubsub: {} },
    podAutoscaling: { hpaProfile: 'PERFORMANCE' },
    privateClusterConfig: {},
    rbacBindingConfig: {
      enableInsecureBindingSystemAuthenticated: true,
      enableInsecureBindingSystemUnauthenticated: true,
    },
    releaseChannel: { channel: 'REGULAR' },
    securityPostureConfig: { mode: 'BASIC', vulnerabilityMode: 'VULNERABILITY_MODE_UNSPECIFIED' },
    shieldedNodes: { enabled: true },
    verticalPodAutoscaling: { enabled: true },
  };
}
