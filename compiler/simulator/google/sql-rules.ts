import { refuse } from './errors.ts';
import { checkLabels } from './labels.ts';
import { at, type Fields, merge } from './merge.ts';
import { createNetworks, networkName } from './networks.ts';
import { type Project, text, type World } from './world.ts';

/** The PostgreSQL versions of Cloud SQL, and the minor release that each stands at. */
export const postgresVersions: Readonly<Record<string, string>> = {
  POSTGRES_9_6: '24',
  POSTGRES_10: '23',
  POSTGRES_11: '22',
  POSTGRES_12: '22',
  POSTGRES_13: '22',
  POSTGRES_14: '19',
  POSTGRES_15: '14',
  POSTGRES_16: '10',
  POSTGRES_17: '6',
  POSTGRES_18: '1',
};

const tiers: Readonly<Record<string, RegExp>> = {
  ENTERPRISE: /^db-(f1-micro|g1-small|custom-\d+-\d+)$/,
  ENTERPRISE_PLUS: /^db-(perf-optimized-N-\d+|c4a-highmem-\d+(-lssd)?)$/,
};
const logDaysMax: Readonly<Record<string, number>> = { ENTERPRISE: 7, ENTERPRISE_PLUS: 35 };

/** Cloud SQL's 400 for a request that it understood and won't do. */
export function invalidRequest(message: string): Error {
  return refuse({ code: 400, reason: 'invalid', message: `Invalid request: ${message}` });
}

/** The edition that the service picks when none is asked for. */
export function defaultEdition(databaseVersion: string): string {
  return majorOf(databaseVersion) >= 16 ? 'ENTERPRISE_PLUS' : 'ENTERPRISE';
}

export function majorOf(databaseVersion: string): number {
  return Number(/^POSTGRES_(\d+)/.exec(databaseVersion)?.[1] ?? 0);
}

/** Settings with what the service fills in, as recorded from it. */
export function fullSettings(
  asked: Fields,
  { databaseVersion, region }: { readonly databaseVersion: string; readonly region: string },
): Fields {
  const edition = asked['edition'] ?? defaultEdition(databaseVersion);
  const backups = {
    kind: 'sql#backupConfiguration',
    enabled: false,
    startTime: '12:00',
    transactionLogRetentionDays: edition === 'ENTERPRISE_PLUS' ? 14 : 7,
    backupRetentionSettings: { retainedBackups: edition === 'ENTERPRISE_PLUS' ? 15 : 7, retentionUnit: 'COUNT' },
    transactionalLogStorageState: 'TRANSACTIONAL_LOG_STORAGE_STATE_UNSPECIFIED',
  };
  const defaults = {
    kind: 'sql#settings',
    activationPolicy: 'ALWAYS',
    availabilityType: 'ZONAL',
    backupConfiguration: backups,
    connectorEnforcement: 'NOT_REQUIRED',
    dataDiskSizeGb: '10',
    dataDiskType: 'PD_SSD',
    deletionProtectionEnabled: false,
    edition,
    ipConfiguration: { ipv4Enabled: true, requireSsl: false, sslMode: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED' },
    locationPreference: { kind: 'sql#locationPreference', zone: `${region}-a` },
    pricingPlan: 'PER_USE',
    replicationType: 'SYNCHRONOUS',
    storageAutoResize: true,
    storageAutoResizeLimit: '0',
  };
  const { settingsVersion: _version, ...wanted } = asked;
  return normalNetwork(merge(defaults, wanted));
}

/** `privateNetwork` is kept as `projects/P/global/networks/N`, however it was written. */
function normalNetwork(settings: Fields): Fields {
  const link = at(settings, 'ipConfiguration', 'privateNetwork');
  if (typeof link !== 'string' || link === '') return settings;
  return merge(settings, { ipConfiguration: { privateNetwork: link.replace(/^https:\/\/[^/]+\/compute\/v1\//, '') } });
}

/** Refuses settings that no instance can have, whether new or changed. */
export function checkSettings(world: World, project: Project, name: string, settings: Fields): void {
  checkLabels('settings.user_labels', settings['userLabels']);
  const [tier, edition] = [text(settings['tier']), String(settings['edition'])];
  if (tier === '') throw refuse({ code: 400, reason: 'required', message: 'Missing parameter: tier.' });
  checkTier(tier, edition);
  const days = Number(at(settings, 'backupConfiguration', 'transactionLogRetentionDays'));
  const max = logDaysMax[edition] ?? 7;
  if (days < 1 || days > max)
    throw invalidRequest(`Transaction log retention days must be between 1 and ${max} for ${edition} edition.`);
  checkAddresses(world, project, name, settings);
}

function checkTier(tier: string, edition: string): void {
  if (tiers[edition]?.test(tier)) return;
  const belongs = Object.values(tiers).some((pattern) => pattern.test(tier));
  if (edition === 'ENTERPRISE' && !belongs)
    throw invalidRequest('Only custom or shared-core instance Billing Tier type allowed for PostgreSQL database.');
  const advice = edition === 'ENTERPRISE_PLUS' ? ' Use a predefined Tier like db-perf-optimized-N-* instead.' : '';
  throw refuse({
    code: 400,
    bare: true,
    message: `Invalid request: Invalid Tier (${tier}) for (${edition}) Edition.${advice}`,
  });
}

function checkAddresses(world: World, project: Project, name: string, settings: Fields): void {
  const link = at(settings, 'ipConfiguration', 'privateNetwork');
  const psc = at(settings, 'ipConfiguration', 'pscConfig', 'pscEnabled');
  if (!link) {
    if (at(settings, 'ipConfiguration', 'ipv4Enabled') === false && psc !== true) {
      throw invalidRequest('At least one of Public IP or Private IP or PSC connectivity must be enabled.');
    }
    return;
  }
  const network = networkName(text(link));
  const networks = createNetworks(world);
  if (!network || !networks.find(project, network))
    throw invalidRequest(`Incorrect Service Networking config for instance: ${project.id}:${name}:NETWORK_NOT_FOUND.`);
  const peering = networks.peering(project.id, network);
  if (!peering)
    throw invalidRequest(`Incorrect Service Networking config for instance: ${project.id}:${name}:NETWORK_NOT_PEERED.`);
  const range = at(settings, 'ipConfiguration', 'allocatedIpRange');
  if (typeof range === 'string' && range !== '' && !peering.ranges.includes(range)) {
    throw invalidRequest(`Incorrect Service Networking config for instance: ${project.id}:${name}:RANGE_NOT_FOUND.`);
  }
}

/** Refuses changes that no instance can make. */
export function checkChange(
  live: { readonly databaseVersion: string; readonly region: string; readonly settings: Fields },
  wanted: Fields,
  settings: Fields,
): void {
  if (wanted['region'] && wanted['region'] !== live.region)
    throw invalidRequest('The region of an instance cannot be changed.');
  const version = wanted['databaseVersion'];
  if (typeof version === 'string' && majorOf(version) < majorOf(live.databaseVersion)) {
    throw invalidRequest(`Database version cannot be downgraded from ${live.databaseVersion} to ${version}.`);
  }
  if (Number(settings['dataDiskSizeGb']) < Number(live.settings['dataDiskSizeGb']))
    throw invalidRequest('Disk size cannot be decreased.');
  if (at(live.settings, 'ipConfiguration', 'privateNetwork') && !at(settings, 'ipConfiguration', 'privateNetwork')) {
    throw invalidRequest('Private network cannot be disabled once it is enabled.');
  }
}

/** Whether the change takes the database down for a while. */
export function needsRestart(live: Fields, settings: Fields): boolean {
  const paths = [
    ['tier'],
    ['edition'],
    ['availabilityType'],
    ['databaseFlags'],
    ['ipConfiguration', 'privateNetwork'],
    ['insightsConfig', 'queryStringLength'],
  ];
  return paths.some((path) => JSON.stringify(at(live, ...path)) !== JSON.stringify(at(settings, ...path)));
}
