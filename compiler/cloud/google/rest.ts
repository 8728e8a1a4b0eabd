import type { AuthClient } from 'google-auth-library';
import { CloudError, isCloudError } from '../../base/errors.ts';
import type { RestRequest } from '../../model/ports.ts';
import { endpointOf, serviceName } from './endpoints.ts';
import { abortsWith, attempt, timeoutMs, type GoogleContext } from './requests.ts';

/**
 * One request to an API that has no client of its own here.
 * Naming a project to bill fails while the API is not enabled in it, and enabling is what `serviceusage` is for:
 * there a second try goes without.
 */
export async function rest<T>(context: GoogleContext, request: RestRequest): Promise<T> {
  const manner = request.method === 'GET' || request.reads ? 'read' : 'write';
  const client = await context.identity.client();
  const sendWith = async (signer: AuthClient): Promise<T> =>
    attempt(context, request.service, manner, async () => send<T>(context, signer, request, manner));
  try {
    return await sendWith(client);
  } catch (error) {
    const again =
      request.service === 'serviceusage' && client.quotaProjectId !== undefined && isCloudError(error, 'api-disabled');
    if (!again) throw error;
    return await sendWith(await context.identity.clientWithoutQuotaProject());
  }
}

async function send<T>(
  context: GoogleContext,
  client: AuthClient,
  request: RestRequest,
  manner: 'read' | 'write',
): Promise<T> {
  const { root } = endpointOf(request.service, context.host.env);
  const answer = await client.request<T>({
    url: `${root}${request.path}${queryText(request.query)}`,
    method: request.method,
    ...(request.body !== undefined && { data: request.body }),
    timeout: timeoutMs[manner],
    retry: false,
    ...(request.body === undefined && abortsWith(context, manner)),
  });
  // A proxy's sign-in page comes with status 200.
  if (typeof answer.data === 'string' && answer.data !== '') {
    const parts = { reason: 'unexpected', service: serviceName(request.service), http: answer.status } as const;
    throw new CloudError('the answer was not JSON: is there a proxy in between?', parts);
  }
  return answer.data;
}

function queryText(query: RestRequest['query']): string {
  if (!query) return '';
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    (typeof value === 'string' ? [value] : value).map((each): [string, string] => [key, each]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}
