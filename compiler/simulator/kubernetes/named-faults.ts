import { createFaults, type Answer, type Faults, type NamedFaults } from '../faults.ts';
import type { Target } from './request.ts';
import { user } from './reviews.ts';
import { ApiError, details, forbidden } from './status-error.ts';

/** What a fault may know of the request that it strikes. */
export interface Struck {
  readonly method: string;
  /** Undefined for discovery and the like. */
  readonly target?: Target;
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const answer = ({ body }: ApiError, headers: Record<string, string> = {}): Answer => ({
  status: body.code,
  body,
  headers,
});

/** What an API server, and what stands before it, answers when it fails or refuses. */
const named: NamedFaults<Struck> = {
  unauthorized: () => answer(new ApiError(401, 'Unauthorized', 'Unauthorized')),
  forbidden: ({ method, target }) => answer(denied(method, target)),
  'webhook-denied': () =>
    answer(
      new ApiError(403, 'Forbidden', 'admission webhook "policy.example.com" denied the request: not on a Friday'),
    ),
  'webhook-gone': () =>
    answer(
      new ApiError(
        500,
        'InternalError',
        'Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post "https://policy.policy-system.svc:443/validate?timeout=10s": context deadline exceeded',
        {
          causes: [
            {
              message:
                'failed calling webhook "policy.example.com": failed to call webhook: Post "https://policy.policy-system.svc:443/validate?timeout=10s": context deadline exceeded',
            },
          ],
        },
      ),
    ),
  'rate-limited': () => {
    const message = 'the server has received too many requests and has asked us to try again later';
    return answer(new ApiError(429, 'TooManyRequests', message, { retryAfterSeconds: 1 }), { 'Retry-After': '1' });
  },
  unavailable: () =>
    answer(new ApiError(503, 'ServiceUnavailable', 'the server is currently unable to handle the request')),
  internal: () => answer(new ApiError(500, undefined, 'etcdserver: request timed out')),
  html: () => ({
    status: 502,
    body: '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
  }),
  reset: () => ({ status: 0 }),
};

export type ClusterFaults = Faults<Struck>;

/** Faults of the API servers of all clusters; none is armed at first. */
export function clusterFaults(): ClusterFaults {
  return createFaults(named);
}

/** As GKE words it when neither RBAC nor IAM allows something. */
function denied(method: string, target: Target | undefined): ApiError {
  if (!target) return new ApiError(403, 'Forbidden', `forbidden: User "${user.username}" cannot get path`);
  const { resource, namespace, name } = target;
  const verb = verbs[method] ?? (name === '' ? 'list' : 'get');
  const where = namespace === '' ? ' at the cluster scope' : ` in the namespace "${namespace}"`;
  const permission = `container.${resource.plural}.${verb === 'patch' ? 'update' : verb}`;
  const why = `User "${user.username}" cannot ${verb} resource "${resource.plural}" in API group "${resource.group}"${where}: requires one of ["${permission}"] permission(s).`;
  if (name !== '') return forbidden(resource, name, why);
  const what = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
  return new ApiError(403, 'Forbidden', `${what} is forbidden: ${why}`, details(resource, ''));
}
