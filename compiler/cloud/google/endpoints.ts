import { problem } from '../../base/diagnostic.ts';
import { Refusal } from '../../base/errors.ts';
import type { Host } from '../../base/host.ts';
import type { RestService } from '../../model/ports.ts';

/** The Google APIs that hello calls. */
export type GoogleService = RestService | 'container' | 'sql';

/** Host of each API, and the name under which gcloud (and so hello) lets it be redirected. */
const services: Readonly<Record<GoogleService, { readonly host: string; readonly variable: string }>> = {
  container: { host: 'container.googleapis.com', variable: 'CONTAINER' },
  sql: { host: 'sqladmin.googleapis.com', variable: 'SQL' },
  iam: { host: 'iam.googleapis.com', variable: 'IAM' },
  serviceusage: { host: 'serviceusage.googleapis.com', variable: 'SERVICEUSAGE' },
  cloudresourcemanager: { host: 'cloudresourcemanager.googleapis.com', variable: 'CLOUDRESOURCEMANAGER' },
  compute: { host: 'compute.googleapis.com', variable: 'COMPUTE' },
  servicenetworking: { host: 'servicenetworking.googleapis.com', variable: 'SERVICENETWORKING' },
};

/** Where an API is reached. gax takes host and port apart; everything else takes the root. */
export interface Endpoint {
  /** Origin and path prefix, without a slash at the end. */
  readonly root: string;
  readonly protocol: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** A path before the API's own, as `/container.googleapis.com`; mostly empty. */
  readonly prefix: string;
}

/** The API's own name, as errors and enablement use it: `sqladmin.googleapis.com`. */
export function serviceName(service: GoogleService): string {
  return services[service].host;
}

/**
 * Where the API is reached: at Google, or where `CLOUDSDK_API_ENDPOINT_OVERRIDES_<API>` points, as for gcloud.
 * gcloud's override of compute carries `/compute/v1/`, which our paths carry too: it is taken off here.
 */
export function endpointOf(service: GoogleService, env: Host['env']): Endpoint {
  const { host, variable } = services[service];
  const name = `CLOUDSDK_API_ENDPOINT_OVERRIDES_${variable}`;
  const override = env[name];
  const url = URL.parse(override === undefined || override === '' ? `https://${host}/` : override);
  const protocol = url?.protocol === 'http:' ? 'http' : url?.protocol === 'https:' ? 'https' : undefined;
  if (!url || !protocol) {
    throw new Refusal(
      problem('HELLO1010', `${name} is not an http or https address`, {
        fix: `Set it like https://${host}/, or unset it.`,
      }),
    );
  }
  const prefix = url.pathname.replace(/\/$/, '').replace(/\/compute\/v1$/, '');
  const port = url.port === '' ? { http: 80, https: 443 }[protocol] : Number(url.port);
  return { root: `${url.origin}${prefix}`, protocol, host: url.hostname, port, prefix };
}
