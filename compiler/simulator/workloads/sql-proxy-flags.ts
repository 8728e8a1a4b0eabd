import { parseArgs } from 'node:util';
import type { ContainerSpec } from './pod-types.ts';

/** What the Cloud SQL Auth Proxy was told. */
export interface ProxyFlags {
  /** Connection names `P:R:I`, each with its port inside the pod. */
  readonly instances: readonly { readonly id: string; readonly port: number }[];
  readonly healthCheck: boolean;
  readonly httpPort: number;
  readonly structuredLogs: boolean;
  readonly exitZeroOnSigterm: boolean;
  readonly quiet: boolean;
  /** It connects to every instance before it says that it has started, and ends when it cannot. */
  readonly connectionTest: boolean;
  /** How long connections may live after SIGTERM. */
  readonly sigtermDelaySeconds: number;
}

/** Flags of version 2.25 (its docs/cmd/cloud-sql-proxy.md). Those that mean nothing to a stand-in are taken and ignored. */
const BOOLEANS = [
  'auto-iam-authn',
  'private-ip',
  'psc',
  'auto-ip',
  'health-check',
  'structured-logs',
  'exit-zero-on-sigterm',
  'prometheus',
  'quitquitquit',
  'lazy-refresh',
  'run-connection-test',
  'debug',
  'debug-logs',
  'quiet',
  'gcloud-auth',
  'disable-metrics',
  'disable-traces',
  'login-token',
  'skip-failed-instance-config',
  'sql-data',
];
const STRINGS = [
  'address',
  'port',
  'http-address',
  'http-port',
  'admin-port',
  'max-connections',
  'max-sigterm-delay',
  'min-sigterm-delay',
  'credentials-file',
  'json-credentials',
  'token',
  'unix-socket',
  'unix-socket-path',
  'fuse',
  'fuse-tmp-dir',
  'impersonate-service-account',
  'sqladmin-api-endpoint',
  'quota-project',
  'telemetry-project',
  'telemetry-prefix',
  'telemetry-sample-rate',
  'user-agent',
  'universe-domain',
  'config-file',
  'static-connection-info',
];
const SHORTS: Readonly<Record<string, string>> = {
  'auto-iam-authn': 'i',
  'structured-logs': 'l',
  address: 'a',
  port: 'p',
  token: 't',
};

const OPTIONS = Object.fromEntries([
  ...BOOLEANS.map((name) => [name, option(name, 'boolean')] as const),
  ...STRINGS.map((name) => [name, option(name, 'string')] as const),
]);

function option(name: string, type: 'boolean' | 'string'): { type: 'boolean' | 'string'; short?: string } {
  const short = SHORTS[name];
  return short === undefined ? { type } : { type, short };
}

const POSTGRES_PORT = 5432;
const HTTP_PORT = 9090;

export function isSqlProxy(image: string): boolean {
  const repository = (image.split('@')[0] ?? '').replace(/:[^/]*$/, '');
  return repository.endsWith('cloud-sql-connectors/cloud-sql-proxy');
}

/** Reads the arguments, then CSQL_PROXY_* variables for what they leave open. Returns a message when they are wrong. */
export function readProxyFlags(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ProxyFlags | string {
  try {
    const { values, positionals } = parseArgs({
      args: normal(args),
      options: OPTIONS,
      allowPositionals: true,
      strict: true,
    });
    const flag = (name: string): string | undefined => {
      const value = values[name] ?? env[`CSQL_PROXY_${name.toUpperCase().replaceAll('-', '_')}`];
      return value === undefined ? undefined : String(value);
    };
    const named = Object.entries(env).filter(([name]) => /^CSQL_PROXY_INSTANCE_CONNECTION_NAME(_\d+)?$/.test(name));
    const names = positionals.length > 0 ? positionals : named.map(([, value]) => value);
    return checked(names, flag);
  } catch (error) {
    const unknown = /'(-[^']*)'/.exec(String(error))?.[1];
    const isUnknown = (error as { code?: unknown }).code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
    return isUnknown && unknown ? `unknown flag: ${unknown}` : (error as Error).message;
  }
}

function checked(names: readonly string[], flag: (name: string) => string | undefined): ProxyFlags | string {
  if (names.length === 0) return 'missing instance_connection_name (e.g., project:region:instance)';
  const numbers = { port: Number(flag('port') ?? POSTGRES_PORT), http: Number(flag('http-port') ?? HTTP_PORT) };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isInteger(value) || value < 1 || value > 65_535)
      return `invalid value for the flag of the ${name} port`;
  }
  const instances: { id: string; port: number }[] = [];
  for (const [index, name] of names.entries()) {
    const [id = '', query = ''] = name.split('?');
    if (!/^([^:]+(:[^:]+)?):([^:]+):([^:]+)$/.test(id))
      return `invalid instance connection name: ${id}, want project:region:instance`;
    instances.push({ id, port: Number(new URLSearchParams(query).get('port') ?? numbers.port + index) });
  }
  const on = (name: string): boolean => flag(name) === 'true';
  return {
    instances,
    healthCheck: on('health-check') || on('prometheus'),
    httpPort: numbers.http,
    structuredLogs: on('structured-logs'),
    exitZeroOnSigterm: on('exit-zero-on-sigterm'),
    quiet: on('quiet'),
    connectionTest: on('run-connection-test'),
    sigtermDelaySeconds: duration(flag('max-sigterm-delay')),
  };
}

/** The ports that the proxy of a container would listen on. */
export function proxyPorts(container: ContainerSpec): number[] {
  const env = Object.fromEntries((container.env ?? []).map((each) => [each.name, each.value ?? '']));
  const flags = readProxyFlags(container.args ?? [], env);
  if (typeof flags === 'string') return [];
  return [...flags.instances.map((each) => each.port), ...(flags.healthCheck ? [flags.httpPort] : [])];
}

/** Go's flags take `--on=true` and `--on=false` for booleans; parseArgs does not. */
function normal(args: readonly string[]): string[] {
  return args.flatMap((arg) => {
    const [, name = '', value = ''] = /^--([\w-]+)=(true|false)$/.exec(arg) ?? [];
    if (!BOOLEANS.includes(name)) return [arg];
    return value === 'true' ? [`--${name}`] : [];
  });
}

/** Go's durations, as far as anyone writes them here: `20s`, `1m30s`. */
function duration(text: string | undefined): number {
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  const parts = [...(text ?? '').matchAll(/([\d.]+)(ms|h|m|s)/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0), 0);
}
