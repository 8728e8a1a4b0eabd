import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problem } from '../../compiler/base/diagnostic.ts';
import { CloudError, Refusal, type CloudErrorParts } from '../../compiler/base/errors.ts';
import { explainError } from '../../compiler/cloud/explain-error.ts';

const failure = (reason: CloudErrorParts['reason'], more: Partial<CloudErrorParts> = {}): CloudError =>
  new CloudError("the service's words", { reason, service: 'sqladmin.googleapis.com', ...more });

test("tells what happened in the service's own words, what to do, and to which resource", () => {
  const told = explainError(failure('api-disabled'), { resource: 'google.sql-instance/db' });
  assert.equal(told.code, 'HELLO2005');
  assert.equal(told.resource, 'google.sql-instance/db');
  assert.match(told.message, /sqladmin\.googleapis\.com.*the service's words/);
  assert.match(told.fix ?? '', /gcloud services enable sqladmin\.googleapis\.com/);
});

test('gives each reason the code that it has everywhere', () => {
  const codes = (
    ['forbidden', 'unauthenticated', 'billing', 'quota', 'unavailable', 'conflict', 'immutable', 'failed'] as const
  ).map((reason) => explainError(failure(reason)).code);
  assert.deepEqual(codes, [
    'HELLO2003',
    'HELLO2002',
    'HELLO2004',
    'HELLO2006',
    'HELLO3003',
    'HELLO4001',
    'HELLO5003',
    'HELLO3002',
  ]);
});

test('names the fields that others hold, and who they are', () => {
  const told = explainError(
    failure('conflict', { service: 'kubernetes', conflicts: [{ manager: 'kubectl', field: 'spec.replicas' }] }),
  );
  assert.equal(told.code, 'HELLO4002');
  assert.match(told.message, /spec\.replicas is held by kubectl/);
});

test('a cluster that does not answer is a cluster that cannot be reached', () => {
  assert.equal(explainError(failure('unavailable', { service: 'kubernetes' })).code, 'HELLO2008');
  assert.equal(explainError(failure('unavailable', { service: 'kubernetes', http: 503 })).code, 'HELLO3003');
});

test('passes on a refusal as it is, and calls everything else a bug', () => {
  const refusal = new Refusal(problem('HELLO2001', 'no credentials', { fix: 'log in' }));
  assert.deepEqual(explainError(refusal, { resource: 'a/b' }), { ...refusal.problems[0], resource: 'a/b' });
  assert.equal(explainError(new TypeError('x is undefined')).code, 'HELLO9001');
});
