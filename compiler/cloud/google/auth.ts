import { readFile } from 'node:fs/promises';
import type { AuthClient, GoogleAuth, OAuth2Client } from 'google-auth-library';
import { problem } from '../../base/diagnostic.ts';
import { Refusal } from '../../base/errors.ts';
import type { Host } from '../../base/host.ts';

/** cloud-platform is enough for every Google API; a cluster knows people by e-mail. */
const scopes = ['https://www.googleapis.com/auth/cloud-platform', 'https://www.googleapis.com/auth/userinfo.email'];

/** Who we are towards Google. All of it fails with a Refusal when there are no credentials. */
export interface GoogleIdentity {
  /** Signs requests; bills them to the project where the credentials are a person's. */
  client(): Promise<AuthClient>;
  /** The same without naming a project to bill: for an API that the project hasn't enabled yet. */
  clientWithoutQuotaProject(): Promise<AuthClient>;
  /**
   * For gax. Settled credentials: a missing one would kill the process from inside of a gax client.
   * `prefix` is put before the path of each request, which gax itself cannot.
   */
  auth(prefix: string): Promise<GoogleAuth>;
  /** An access token as of now; ask for each use, the library renews it. */
  token(): Promise<string>;
}

/**
 * `CLOUDSDK_AUTH_ACCESS_TOKEN`, or the file named by `CLOUDSDK_AUTH_ACCESS_TOKEN_FILE` (read for each request, as its
 * owner renews it), as gcloud takes them; else application-default credentials.
 */
export function googleIdentity(host: Host, project: string): GoogleIdentity {
  const client = lazily(async () => findClient(host, project));
  const bare = lazily(async () => clientOf(async () => tokenOf(await client())));
  return {
    client,
    clientWithoutQuotaProject: bare,
    auth: async (prefix) => {
      const { GoogleAuth } = await import('google-auth-library');
      return withPrefix(new GoogleAuth({ authClient: await client(), projectId: project }), prefix);
    },
    token: async () => tokenOf(await client()),
  };
}

async function findClient(host: Host, project: string): Promise<AuthClient> {
  const given = host.env['CLOUDSDK_AUTH_ACCESS_TOKEN'];
  if (given) return clientOf(async () => given);
  const file = host.env['CLOUDSDK_AUTH_ACCESS_TOKEN_FILE'];
  if (file) return clientOf(async () => readToken(file));
  // Without this, finding out that there are no credentials takes a network probe of up to 3 s and prints a warning.
  process.env['METADATA_SERVER_DETECTION'] ??= 'bios-only';
  const { GoogleAuth, UserRefreshClient } = await import('google-auth-library');
  try {
    // Told the project, the library does not go and ask for it: of gcloud, of the metadata server, of an API.
    const client = await new GoogleAuth({ scopes, projectId: project }).getClient();
    // A person's credentials belong to a shared project of Google's, where our APIs are not enabled.
    if (client instanceof UserRefreshClient) client.quotaProjectId ??= project;
    return client;
  } catch (error) {
    throw noCredentials(error);
  }
}

/** A client that asks `read` for the token of each request. */
async function clientOf(read: () => Promise<string>): Promise<OAuth2Client> {
  const { OAuth2Client } = await import('google-auth-library');
  const client = new OAuth2Client();
  // Counts as expired at once, so that the handler is asked each time: whoever gave the token renews it too.
  client.refreshHandler = async () => ({ access_token: await read(), expiry_date: Date.now() });
  return client;
}

function withPrefix(auth: GoogleAuth, prefix: string): GoogleAuth {
  if (prefix === '') return auth;
  const fetch = auth.fetch.bind(auth);
  auth.fetch = async (...args) => {
    const [address, init] = args;
    if (typeof address !== 'string') return Reflect.apply(fetch, undefined, args); // gax asks with texts alone
    const url = new URL(address);
    url.pathname = `${prefix}${url.pathname}`;
    return Reflect.apply(fetch, undefined, [url, init]);
  };
  return auth;
}

async function tokenOf(client: AuthClient): Promise<string> {
  const { token } = await client.getAccessToken();
  if (!token) throw noCredentials(new Error('the credentials gave no access token'));
  return token;
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    const message = `the token file ${file} cannot be read`;
    throw new Refusal(
      problem('HELLO2001', message, { fix: 'Make CLOUDSDK_AUTH_ACCESS_TOKEN_FILE name a readable file, or unset it.' }),
    );
  }
}

function noCredentials(error: unknown): Refusal {
  const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
  const isPlain = why.startsWith('Could not load the default credentials');
  return new Refusal(
    problem(
      'HELLO2001',
      isPlain || why === '' ? 'there are no Google Cloud credentials' : `no usable Google Cloud credentials: ${why}`,
      {
        fix: 'Run `gcloud auth application-default login` (`gcloud auth login` alone is not enough), or try everything on the local cloud with --local.',
      },
    ),
  );
}

/** Made when first asked for, once; a failure is not kept. */
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
