import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { CloudError } from '../../compiler/base/errors.ts';
import { googleApi } from '../../compiler/cloud/google/client.ts';
import type { GoogleApi } from '../../compiler/model/ports.ts';
import { serve, type Reply, type Seen } from './http-server.ts';
import { quickHost } from './quick-host.ts';

const apis = ['CONTAINER', 'SQL', 'IAM', 'SERVICEUSAGE', 'CLOUDRESOURCEMANAGER', 'SERVICENETWORKING'];
/** The cluster that the calls below are about. */
export const cluster = 'projects/p/locations/r/clusters/c1';

/** Points every API at one address. */
export const overrides = (url: string): Record<string, string> => ({
  ...Object.fromEntries(apis.map((api) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, `${url}/`])),
  CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: `${url}/compute/v1/`,
});

/** Opens Google Cloud against a server that answers as told. */
export async function openGoogle(
  t: TestContext,
  answer: (seen: Seen, count: number) => Reply,
  env: Record<string, string> = {},
) {
  const { url, seen } = await serve(t, answer);
  const host = quickHost({ ...overrides(url), CLOUDSDK_AUTH_ACCESS_TOKEN: 'token', ...env });
  return { api: googleApi(host, { project: 'p' }), seen, host };
}

/** A refusal as the newer APIs word it. */
export const failure = (code: number, status: string, message: string, more: object = {}): Reply => ({
  status: code,
  body: { error: { code, status, message, ...more } },
});
/** The detail that carries a machine-readable reason. */
export const errorInfo = (reason: string): object => ({
  details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' }],
});
/** A refusal as Cloud SQL and compute word it. */
export const older = (code: number, reason: string, message: string): Reply => ({
  status: code,
  body: { error: { code, message, errors: [{ domain: 'global', reason, message }] } },
});

/** What a call failed with. */
export async function failureOf(promise: Promise<unknown>): Promise<CloudError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof CloudError, `not a CloudError: ${String(error)}`);
  return error;
}

/** Reads through gax. */
export const getCluster = async (api: GoogleApi): Promise<unknown> => (await api.container()).getCluster(cluster);
/** Writes through gax. */
export const updateCluster = async (api: GoogleApi): Promise<unknown> =>
  (await api.container()).updateCluster(cluster, {});
/** Reads through the other gax client. */
export const getInstance = async (api: GoogleApi): Promise<unknown> => (await api.sql()).getInstance('p', 'db');
/** Writes through the other gax client. */
export const insertInstance = async (api: GoogleApi): Promise<unknown> =>
  (await api.sql()).insertInstance('p', { name: 'db' });
/** Reads through the auth library. */
export const getAccount = async (api: GoogleApi): Promise<unknown> =>
  api.rest({ service: 'iam', method: 'GET', path: '/v1/projects/p/serviceAccounts/a' });
/** Writes through the auth library. */
export const setPolicy = async (api: GoogleApi): Promise<unknown> =>
  api.rest({ service: 'cloudresourcemanager', method: 'POST', path: '/v3/projects/p:setIamPolicy', body: {} });
