import type { CallOptions, ClientOptions } from 'google-gax';
import type { Host } from '../../base/host.ts';
import { carefulWrite, patientRead, retry } from '../../base/retry.ts';
import { endpointOf, type GoogleService } from './endpoints.ts';
import { toCloudError } from './errors.ts';
import type { GoogleIdentity } from './auth.ts';

/** What every call to Google needs. */
export interface GoogleContext {
  readonly host: Host;
  readonly identity: GoogleIdentity;
  readonly signal: AbortSignal | undefined;
}

/** Whether a request may have changed something when its answer is lost. */
export type Manner = 'read' | 'write';

/** Milliseconds that one request may take; a longer silence is a network failure. */
export const timeoutMs = { read: 20_000, write: 60_000 } as const satisfies Record<Manner, number>;

/** One intent: tried again as its manner allows, aborted by the signal, and failing with a CloudError. */
export async function attempt<T>(
  context: GoogleContext,
  service: GoogleService,
  manner: Manner,
  send: () => Promise<T>,
): Promise<T> {
  const policy = manner === 'read' ? patientRead : carefulWrite;
  return retry(context.host, policy, context.signal, async () => {
    context.signal?.throwIfAborted();
    try {
      return await send();
    } catch (error) {
      context.signal?.throwIfAborted();
      throw toCloudError(error, service);
    }
  });
}

/**
 * The signal, for what may be dropped half way. A write is let come back: only its answer tells what is in flight then.
 * Nor may anything that carries a body be given one: node-fetch breaks the process when it finds it aborted already.
 */
export function abortsWith({ signal }: GoogleContext, manner: Manner): { readonly signal?: AbortSignal } {
  return signal && manner === 'read' ? { signal } : {};
}

/** Options of a gax call: one try (the retrying is ours), a timeout, the signal. */
export function gaxOptions(context: GoogleContext, manner: Manner): CallOptions {
  return {
    timeout: timeoutMs[manner],
    retry: { retryCodes: [], backoffSettings: noBackoff },
    ...abortsWith(context, manner),
  };
}

// gax demands a full set of settings even where there is nothing to retry.
const noBackoff = {
  initialRetryDelayMillis: 0,
  retryDelayMultiplier: 1,
  maxRetryDelayMillis: 0,
  initialRpcTimeoutMillis: null,
  maxRpcTimeoutMillis: null,
  totalTimeoutMillis: null,
};

/** How a gax client is built: over REST, at the service's endpoint, with credentials that are known to be there. */
export async function gaxClientOptions(context: GoogleContext, service: GoogleService): Promise<ClientOptions> {
  const { protocol, host, port, prefix } = endpointOf(service, context.host.env);
  return { fallback: true, protocol, apiEndpoint: host, port, auth: await context.identity.auth(prefix) };
}
