/** The Kubernetes versions that the local GKE offers, newest first, and where each release channel stands. */
export const versions: readonly string[] = [
  '1.34.1-gke.1829001',
  '1.33.5-gke.1308000',
  '1.32.9-gke.1108000',
  '1.31.13-gke.1023000',
];

const channels: Readonly<Record<string, readonly [standard: string, ...others: string[]]>> = {
  RAPID: ['1.34.1-gke.1829001', '1.33.5-gke.1308000'],
  REGULAR: ['1.33.5-gke.1308000', '1.32.9-gke.1108000'],
  STABLE: ['1.32.9-gke.1108000', '1.31.13-gke.1023000'],
  EXTENDED: ['1.33.5-gke.1308000', '1.31.13-gke.1023000'],
};

/** The version of a new cluster in a channel. */
export function defaultVersion(channel: string): string {
  return (channels[channel] ?? channels['REGULAR'])?.[0] ?? '';
}

/** The version that `latest`, `-`, `1.33` or a full name stand for; undefined when there is none. */
export function resolveVersion(asked: string, channel: string): string | undefined {
  if (asked === 'latest') return versions[0];
  if (asked === '-' || asked === '') return defaultVersion(channel);
  return versions.find(
    (version) => version === asked || version.startsWith(`${asked}.`) || version.startsWith(`${asked}-`),
  );
}

/** What `getServerConfig` answers. */
export function serverConfig(): object {
  return {
    defaultClusterVersion: defaultVersion('REGULAR'),
    validNodeVersions: versions,
    defaultImageType: 'COS_CONTAINERD',
    validImageTypes: ['COS_CONTAINERD', 'UBUNTU_CONTAINERD'],
    validMasterVersions: versions,
    channels: Object.entries(channels).map(([channel, valid]) => ({
      channel,
      defaultVersion: valid[0],
      validVersions: valid,
      upgradeTargetVersion: valid[0],
    })),
  };
}
