import type { Api } from './definitions.ts';

/** What a Google API says when it refuses. */
export interface Refused {
  readonly code: number;
  readonly message: string;
  /** The canonical name, such as NOT_FOUND. */
  readonly status?: string;
  /** The older `errors[0].reason`, such as notFound. */
  readonly reason?: string;
  readonly domain?: string;
  readonly location?: string;
  readonly details?: readonly object[];
  /** Only code and message, as Cloud SQL's validation answers. */
  readonly bare?: boolean;
  /** The API answers with `status` although its style has none. */
  readonly withStatus?: boolean;
}

/** A refusal on its way to the caller. */
export class GoogleRefusal extends Error {
  override readonly name = 'GoogleRefusal';
  readonly refused: Refused;
  constructor(refused: Refused) {
    super(refused.message);
    this.refused = refused;
  }
}

export function refuse(refused: Refused): GoogleRefusal {
  return new GoogleRefusal(refused);
}

/**
 * The error body in the API's own shape:
 *
 *     container, iam              errors[] and status
 *     sqladmin, compute           errors[], no status
 *     cloudresourcemanager,
 *     serviceusage,
 *     servicenetworking           status, no errors[]
 */
export function errorBody(api: Pick<Api, 'name'> | undefined, refused: Refused): { readonly error: object } {
  const { code, message, details } = refused;
  if (refused.bare) return { error: { code, message } };
  const old = api ? ['container', 'iam', 'sqladmin', 'compute'].includes(api.name) : false;
  const named = !api || !['sqladmin', 'compute'].includes(api.name) || refused.withStatus === true || !refused.reason;
  const { location } = refused;
  return {
    error: {
      code,
      message,
      ...(old && refused.reason
        ? {
            errors: [
              {
                message,
                domain: refused.domain ?? 'global',
                reason: refused.reason,
                ...(location ? { location, locationType: 'header' } : {}),
              },
            ],
          }
        : {}),
      ...(named && refused.status ? { status: refused.status } : {}),
      ...(details ? { details } : {}),
    },
  };
}

export function notFound(message: string): GoogleRefusal {
  return refuse({ code: 404, status: 'NOT_FOUND', reason: 'notFound', message });
}

export function invalid(message: string, details?: readonly object[]): GoogleRefusal {
  return refuse({
    code: 400,
    status: 'INVALID_ARGUMENT',
    reason: 'badRequest',
    message,
    ...(details ? { details } : {}),
  });
}

export function failedPrecondition(message: string, details?: readonly object[]): GoogleRefusal {
  return refuse({
    code: 400,
    status: 'FAILED_PRECONDITION',
    reason: 'failedPrecondition',
    message,
    ...(details ? { details } : {}),
  });
}

export function alreadyExists(message: string): GoogleRefusal {
  return refuse({ code: 409, status: 'ALREADY_EXISTS', reason: 'alreadyExists', message });
}

export function aborted(message: string): GoogleRefusal {
  return refuse({ code: 409, status: 'ABORTED', reason: 'aborted', message });
}

export function forbidden(message: string): GoogleRefusal {
  return refuse({ code: 403, status: 'PERMISSION_DENIED', reason: 'forbidden', message });
}

/** What the local cloud knows by name and does not do. A 400, because Google's clients repeat what is answered with 501. */
export function unserved(what: string): GoogleRefusal {
  return refuse({
    code: 400,
    status: 'UNIMPLEMENTED',
    message: `The local cloud does not serve ${what}.`,
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'UNSERVED',
        domain: 'local-cloud',
        metadata: { what },
      },
    ],
  });
}
