import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GoogleApi } from '../../../compiler/model/ports.ts';
import {
  errorInfo,
  failure,
  failureOf,
  getAccount,
  getCluster,
  getInstance,
  insertInstance,
  older,
  openGoogle,
  setPolicy,
  updateCluster,
} from '../../support/google.ts';
import type { Reply } from '../../support/http-server.ts';

const meanings: readonly [string, (api: GoogleApi) => Promise<unknown>, Reply, string][] = [
  ['a cluster that is not there', getCluster, failure(404, 'NOT_FOUND', 'Not found'), 'not-found'],
  ['a stale etag', updateCluster, failure(409, 'ABORTED', 'etag mismatch'), 'conflict'],
  [
    'a cluster that is busy',
    updateCluster,
    failure(400, 'FAILED_PRECONDITION', 'Cluster is running incompatible operation operation-1.'),
    'busy',
  ],
  [
    'a cluster that is being upgraded',
    updateCluster,
    failure(
      400,
      'FAILED_PRECONDITION',
      'Operation operation-1 is currently upgrading cluster c1. Please wait and try again once it is done.',
    ),
    'busy',
  ],
  [
    'a missing permission',
    getAccount,
    failure(403, 'PERMISSION_DENIED', "Permission 'iam.serviceAccounts.get' denied on resource (or it may not exist)."),
    'forbidden',
  ],
  [
    'an API that is off',
    getCluster,
    failure(403, 'PERMISSION_DENIED', 'has not been used', errorInfo('SERVICE_DISABLED')),
    'api-disabled',
  ],
  ['an API that is off, in the old way', getInstance, older(403, 'accessNotConfigured', 'disabled'), 'api-disabled'],
  [
    'billing that is off',
    getAccount,
    failure(400, 'FAILED_PRECONDITION', 'Billing must be enabled', errorInfo('UREQ_PROJECT_BILLING_NOT_FOUND')),
    'billing',
  ],
  ['an instance that exists', insertInstance, older(409, 'instanceAlreadyExists', 'exists'), 'exists'],
  ['an instance that is busy', insertInstance, older(409, 'operationInProgress', 'another operation'), 'busy'],
  ['a quota that is used up', insertInstance, older(403, 'quotaExceeded', 'The limit is reached'), 'quota'],
  [
    'a quota per minute',
    getAccount,
    failure(403, 'PERMISSION_DENIED', "Quota exceeded for quota metric 'Reads' and limit 'Reads per minute'"),
    'rate-limited',
  ],
  [
    'a concurrent policy change',
    setPolicy,
    failure(409, 'ABORTED', 'There were concurrent policy changes.'),
    'conflict',
  ],
  [
    'an account that is too young',
    setPolicy,
    failure(400, 'INVALID_ARGUMENT', 'Service account a@p does not exist.'),
    'not-yet',
  ],
  [
    'a bad request',
    setPolicy,
    failure(400, 'INVALID_ARGUMENT', 'Invalid JSON payload received. Unknown name "x"'),
    'invalid',
  ],
  ['a bad token', getAccount, failure(401, 'UNAUTHENTICATED', 'invalid credentials'), 'unauthenticated'],
  ['a bad token, to GKE', getCluster, failure(401, 'UNAUTHENTICATED', 'invalid credentials'), 'unauthenticated'],
];
for (const [what, call, reply, reason] of meanings) {
  test(`knows ${what}`, async (t) => {
    const { api } = await openGoogle(t, () => reply);
    assert.equal((await failureOf(call(api))).reason, reason);
  });
}

test("keeps Cloud SQL's own reason, for it says forbidden of an instance that is not there", async (t) => {
  const { api } = await openGoogle(t, () =>
    older(403, 'notAuthorized', 'The client is not authorized to make this request.'),
  );
  const error = await failureOf(getInstance(api));
  assert.equal(error.reason, 'forbidden');
  assert.deepEqual(error.parts.serviceReasons, ['notAuthorized']);
});
