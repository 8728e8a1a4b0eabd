import { resolveVersion } from './cluster-versions.ts';
import { aborted, invalid } from './errors.ts';
import { at, type Fields, nest } from './merge.ts';
import { sameBytes } from './world.ts';

/** Where each updatable field of `ClusterUpdate` lands in the cluster. What is missing here cannot be changed on Autopilot. */
const lands: Readonly<Record<string, readonly string[]>> = {
  desiredAddonsConfig: ['addonsConfig'],
  desiredAnonymousAuthenticationConfig: ['anonymousAuthenticationConfig'],
  desiredAuthenticatorGroupsConfig: ['authenticatorGroupsConfig'],
  desiredBinaryAuthorization: ['binaryAuthorization'],
  desiredClusterAutoscaling: ['autoscaling'],
  desiredControlPlaneEndpointsConfig: ['controlPlaneEndpointsConfig'],
  desiredCostManagementConfig: ['costManagementConfig'],
  desiredDatabaseEncryption: ['databaseEncryption'],
  desiredDefaultEnablePrivateNodes: ['networkConfig', 'defaultEnablePrivateNodes'],
  desiredDnsConfig: ['networkConfig', 'dnsConfig'],
  desiredEnterpriseConfig: ['enterpriseConfig'],
  desiredFleet: ['fleet'],
  desiredGatewayApiConfig: ['networkConfig', 'gatewayApiConfig'],
  desiredLoggingConfig: ['loggingConfig'],
  desiredLoggingService: ['loggingService'],
  desiredMasterAuthorizedNetworksConfig: ['masterAuthorizedNetworksConfig'],
  desiredMonitoringConfig: ['monitoringConfig'],
  desiredMonitoringService: ['monitoringService'],
  desiredNodePoolAutoConfigKubeletConfig: ['nodePoolAutoConfig', 'nodeKubeletConfig'],
  desiredNodePoolAutoConfigNetworkTags: ['nodePoolAutoConfig', 'networkTags'],
  desiredNodePoolAutoConfigResourceManagerTags: ['nodePoolAutoConfig', 'resourceManagerTags'],
  desiredNotificationConfig: ['notificationConfig'],
  desiredPodAutoscaling: ['podAutoscaling'],
  desiredRbacBindingConfig: ['rbacBindingConfig'],
  desiredReleaseChannel: ['releaseChannel'],
  desiredResourceUsageExportConfig: ['resourceUsageExportConfig'],
  desiredSecretManagerConfig: ['secretManagerConfig'],
  desiredSecretSyncConfig: ['secretSyncConfig'],
  desiredSecurityPostureConfig: ['securityPostureConfig'],
  desiredServiceExternalIpsConfig: ['networkConfig', 'serviceExternalIpsConfig'],
  gkeAutoUpgradeConfig: ['gkeAutoUpgradeConfig'],
};

/** What an update changes, as a merge patch of the cluster. */
export interface ClusterPatch {
  readonly patch: Fields;
  readonly upgrade: boolean;
}

/** Reads a `ClusterUpdate`: exactly one change, of a field that can change, on the version that the caller read. */
export function readUpdate(cluster: Fields, etag: string, update: Fields): ClusterPatch {
  if (typeof update['etag'] === 'string' && update['etag'] !== '' && !sameBytes(update['etag'], etag)) {
    throw aborted(
      `The etag '${update['etag']}' does not match the cluster's current etag '${etag}'. Read the cluster again.`,
    );
  }
  const fields = Object.keys(update).filter((key) => key !== 'etag');
  const [field] = fields;
  if (!field) throw invalid('Must specify a field to update.');
  if (fields.length > 1)
    throw invalid(
      `Exactly one update can be applied to a cluster with each request; there are ${fields.length}: ${fields.join(', ')}.`,
    );
  if (field === 'desiredMasterVersion') return upgradeTo(cluster, String(update[field]));
  const path = lands[field];
  if (!path) throw invalid(`Autopilot clusters do not support ${field}.`);
  return { patch: nest(path, update[field]), upgrade: false };
}

/** The control plane moves to a version that exists and is not older. */
export function upgradeTo(cluster: Fields, asked: string): ClusterPatch {
  const version = resolveVersion(asked, String(at(cluster, 'releaseChannel', 'channel')));
  if (!version) throw invalid(`Master version "${asked}" is unsupported.`);
  const live = String(cluster['currentMasterVersion']);
  if (version.localeCompare(live, undefined, { numeric: true }) < 0)
    throw invalid(`Master cannot be downgraded from ${live} to ${version}.`);
  return { patch: { currentMasterVersion: version }, upgrade: true };
}
