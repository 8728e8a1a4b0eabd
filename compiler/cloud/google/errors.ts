import { CloudError, Refusal, type CloudReason } from '../../base/errors.ts';
import { readAnswer, type Answer } from './answer.ts';
import { serviceName, type GoogleService } from './endpoints.ts';

/** The one place that says what a Google API's failure means. Passes on what is a CloudError or a Refusal already. */
export function toCloudError(error: unknown, service: GoogleService): Error {
  const known = alreadyOurs(error);
  if (known) return known;
  const answer = readAnswer(error);
  const reason = reasonOf(answer, service);
  return new CloudError(answer.message, {
    reason,
    service: serviceName(service),
    ...(answer.http !== undefined && { http: answer.http }),
    ...(answer.retryAfterMs !== undefined && { retryAfterMs: answer.retryAfterMs }),
    ...(answer.reasons.length > 0 && { serviceReasons: answer.reasons }),
    // A client's error holds the whole request, passwords and tokens included: only what no client made is kept.
    ...(reason === 'unexpected' && answer.http === undefined && { cause: error }),
  });
}

/** Our own errors come back wrapped when they were thrown below a client, while it asked for a token. */
function alreadyOurs(error: unknown): Error | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    if (at instanceof CloudError || at instanceof Refusal) return at;
  }
  return undefined;
}

function reasonOf(answer: Answer, service: GoogleService): CloudReason {
  if (answer.unanswered) return 'unavailable';
  return byServiceReason(answer) ?? byText(answer, service) ?? byStatus(answer, service) ?? 'unexpected';
}

/** Reasons that say it all, whatever the status. Terraform's google provider (error_retry_predicates.go) knows most of them. */
const meanings: Readonly<Record<string, CloudReason>> = {
  SERVICE_DISABLED: 'api-disabled',
  accessNotConfigured: 'api-disabled',
  BILLING_DISABLED: 'billing',
  UREQ_PROJECT_BILLING_NOT_FOUND: 'billing',
  RATE_LIMIT_EXCEEDED: 'rate-limited',
  rateLimitExceeded: 'rate-limited',
  userRateLimitExceeded: 'rate-limited',
  CONCURRENT_OPERATIONS_QUOTA_EXCEEDED: 'rate-limited',
  quotaExceeded: 'quota',
  QUOTA_EXCEEDED: 'quota',
  GCE_QUOTA_EXCEEDED: 'quota',
  operationInProgress: 'busy',
  resourceNotReady: 'busy',
  instanceAlreadyExists: 'exists',
  alreadyExists: 'exists',
  instanceDoesNotExist: 'not-found',
  conditionNotMet: 'conflict',
  resourceInUseByAnotherResource: 'protected',
  invalid_grant: 'unauthenticated',
  invalid_rapt: 'unauthenticated',
};

function byServiceReason({ reasons, violations }: Answer): CloudReason | undefined {
  if (violations.some((type) => type.includes('billing-enabled'))) return 'billing';
  const known = reasons.find((reason) => Object.hasOwn(meanings, reason));
  return known === undefined ? undefined : meanings[known];
}

interface TextRule {
  readonly services: readonly GoogleService[];
  readonly http: readonly number[];
  readonly text: RegExp;
  readonly reason: CloudReason;
}

/** Where the service gives no machine-readable reason and its words are the only signal. */
const textRules: readonly TextRule[] = [
  // hashicorp/terraform-provider-google#3650: only RequestInfo in the details.
  {
    services: ['container'],
    http: [400],
    text: /incompatible operation|is currently \w+ing|try again once it is done/i,
    reason: 'busy',
  },
  { services: ['container'], http: [400, 412], text: /fingerprint/i, reason: 'conflict' },
  {
    services: ['sql'],
    http: [400, 403],
    text: /deletion protection|protected against deletion|deletion_protection/i,
    reason: 'protected',
  },
  // A service account or workload pool that was made a moment ago is not known to the policy's checker yet.
  { services: ['iam', 'cloudresourcemanager'], http: [400], text: /does not exist/i, reason: 'not-yet' },
  { services: ['servicenetworking'], http: [400, 409], text: /operation in progress/i, reason: 'busy' },
  { services: ['servicenetworking'], http: [400], text: /cannot modify allocated ranges/i, reason: 'exists' },
  { services: ['servicenetworking'], http: [400, 403], text: /invalid authentication credentials/i, reason: 'not-yet' },
  {
    services: ['container', 'sql', 'compute'],
    http: [400],
    text: /\bimmutable\b|cannot be (changed|modified|updated) (after|once)/i,
    reason: 'immutable',
  },
];

function byText({ http, message }: Answer, service: GoogleService): CloudReason | undefined {
  if ((http === 403 || http === 429) && /quota exceeded.*per (minute|second|100 seconds)/is.test(message))
    return 'rate-limited';
  const fits = (rule: TextRule): boolean =>
    rule.services.includes(service) && rule.http.includes(http ?? 0) && rule.text.test(message);
  return textRules.find(fits)?.reason;
}

function byStatus(answer: Answer, service: GoogleService): CloudReason | undefined {
  const { http, status, message, retryAfterMs } = answer;
  if (http === 409) {
    if (status === 'ALREADY_EXISTS') return 'exists';
    return service === 'sql' ? 'busy' : 'conflict';
  }
  if (http === 429) return retryAfterMs === undefined && /quota/i.test(message) ? 'quota' : 'rate-limited';
  if (http !== undefined) return byHttp[http] ?? (http > 501 ? 'unavailable' : undefined);
  return status === undefined ? undefined : byCode[status];
}

const byHttp: Readonly<Record<number, CloudReason>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'invalid',
  408: 'unavailable',
  410: 'not-found',
  412: 'conflict',
  413: 'invalid',
  500: 'unavailable',
};

/** Canonical codes, for errors inside operations, which have no HTTP status. */
const byCode: Readonly<Record<string, CloudReason>> = {
  INVALID_ARGUMENT: 'invalid',
  NOT_FOUND: 'not-found',
  ALREADY_EXISTS: 'exists',
  PERMISSION_DENIED: 'forbidden',
  RESOURCE_EXHAUSTED: 'quota',
  FAILED_PRECONDITION: 'invalid',
  ABORTED: 'conflict',
  UNAUTHENTICATED: 'unauthenticated',
};
