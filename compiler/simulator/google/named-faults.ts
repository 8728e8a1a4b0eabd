import type { NamedFaults } from '../faults.ts';

const retryLater = 'The service is currently unavailable.';
/** What Google's APIs answer when they fail. */
export const namedFaults: NamedFaults<undefined> = {
  unavailable: () => ({
    status: 503,
    body: {
      error: {
        code: 503,
        message: retryLater,
        status: 'UNAVAILABLE',
        errors: [{ message: retryLater, domain: 'global', reason: 'backendError' }],
      },
    },
  }),
  internal: () => ({
    status: 500,
    body: { error: { code: 500, message: 'Internal error encountered.', status: 'INTERNAL' } },
  }),
  'bad-gateway': () => ({
    status: 502,
    body: '<!DOCTYPE html><html><title>Error 502 (Server Error)!!1</title></html>',
  }),
  'rate-limited': () => ({
    status: 429,
    body: {
      error: {
        code: 429,
        message:
          "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service 'local-cloud' for consumer 'project_number:0'.",
        status: 'RESOURCE_EXHAUSTED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'RATE_LIMIT_EXCEEDED',
            domain: 'googleapis.com',
            metadata: { quota_unit: '1/min/{project}' },
          },
        ],
      },
    },
  }),
  'permission-denied': () => ({
    status: 403,
    body: { error: { code: 403, message: 'The caller does not have permission', status: 'PERMISSION_DENIED' } },
  }),
  reset: () => ({ status: 0 }),
};
