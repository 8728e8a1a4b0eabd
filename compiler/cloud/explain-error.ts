import { problem, type Diagnostic, type DiagnosticCode } from '../base/diagnostic.ts';
import { CloudError, Refusal, type CloudErrorParts, type CloudReason } from '../base/errors.ts';

/** What a failure belongs to. */
export interface About {
  /** The address of the resource that it happened to. */
  readonly resource?: string;
}

interface Explanation {
  readonly code: DiagnosticCode;
  /** Before the service's own words. */
  readonly what: string;
  readonly fix: (parts: CloudErrorParts) => string;
}

/** What each reason means for the user, and what to do about it. */
const explanations: Readonly<Record<CloudReason, Explanation>> = {
  'not-found': {
    code: 'HELLO3001',
    what: 'not found',
    fix: () => 'It may have been deleted meanwhile: run the command again.',
  },
  exists: { code: 'HELLO4001', what: 'exists already', fix: () => 'Somebody made it since the plan: plan again.' },
  conflict: {
    code: 'HELLO4001',
    what: 'changed meanwhile',
    fix: () => 'Run the command again: it looks at what is live now.',
  },
  busy: {
    code: 'HELLO3001',
    what: 'busy with another operation',
    fix: () => 'Wait until that operation is done, then run the command again.',
  },
  forbidden: { code: 'HELLO2003', what: 'permission denied', fix: permissionFix },
  unauthenticated: { code: 'HELLO2002', what: 'the credentials were refused', fix: loginFix },
  policy: {
    code: 'HELLO2011',
    what: 'refused by a policy of the cluster',
    fix: ({ by = 'it' }) => `Change what ${by} objects to in the config, or talk to whoever runs it.`,
  },
  'api-disabled': {
    code: 'HELLO2005',
    what: 'the API is not enabled',
    fix: (parts) => `Run \`gcloud services enable ${parts.service}\`, wait a few minutes, and run the command again.`,
  },
  billing: {
    code: 'HELLO2004',
    what: 'billing is not enabled',
    fix: () => 'Link a billing account to the project: https://console.cloud.google.com/billing/linkedaccount',
  },
  quota: {
    code: 'HELLO2006',
    what: 'quota exceeded',
    fix: () => 'Free some of it, or ask for more: https://console.cloud.google.com/iam-admin/quotas',
  },
  'rate-limited': {
    code: 'HELLO2006',
    what: 'too many requests',
    fix: () => 'Wait a minute, then run the command again.',
  },
  unavailable: {
    code: 'HELLO3003',
    what: 'cannot be reached',
    fix: ({ by }) =>
      by === undefined
        ? 'Check the network, then run the command again: it goes on where it stopped.'
        : `The cluster asks the webhook ${by}, which does not answer: whoever runs it has to mend it. Running again goes on.`,
  },
  'not-yet': {
    code: 'HELLO3001',
    what: 'not visible everywhere yet',
    fix: () => 'Wait a few minutes, then run the command again.',
  },
  invalid: {
    code: 'HELLO3001',
    what: 'the request was refused',
    fix: () => 'The service says what it does not accept; change that in the config.',
  },
  immutable: {
    code: 'HELLO5003',
    what: 'cannot be changed in place',
    fix: () => 'Put the old value back, or let the resource be made anew.',
  },
  protected: {
    code: 'HELLO5001',
    what: 'protected',
    fix: () => 'Take off the protection, or what still uses it, if it really is to go.',
  },
  failed: {
    code: 'HELLO3002',
    what: 'the operation failed',
    fix: () => 'Mend what the message names, then run the command again: it goes on where it stopped.',
  },
  unexpected: {
    code: 'HELLO3001',
    what: 'an unexpected answer',
    fix: () => 'Run the command again; if it stays, report it with this message.',
  },
};

/** Any failure of a cloud, told with the service's own words and with what to do. Errors that aren't a cloud's are bugs. */
export function explainError(error: unknown, about: About = {}): Diagnostic {
  if (error instanceof Refusal && error.problems[0]) return { ...error.problems[0], ...about };
  if (!(error instanceof CloudError)) return bug(error, about);
  const { parts, reason, message } = error;
  const whose = {
    ...(parts.resource !== undefined && !ofTheWhole.has(reason) && { resource: parts.resource }),
    ...about,
  };
  if (parts.service === 'kubernetes' && isOutOfReach(parts)) {
    const fix =
      'Check the network, and whether the cluster is up and lets you in (authorized networks, VPN, kubeconfig).';
    return problem('HELLO2008', `the cluster cannot be reached: ${message}`, { fix, ...about });
  }
  if (parts.conflicts && parts.conflicts.length > 0) return heldByOthers(parts.conflicts, whose);
  const { code, what, fix } = explanations[reason];
  return problem(code, `${parts.service}: ${what}: ${message}`, { fix: fix(parts), ...whose });
}

/** What would happen to any other resource as well. */
const ofTheWhole: ReadonlySet<CloudReason> = new Set([
  'unauthenticated',
  'unavailable',
  'rate-limited',
  'billing',
  'api-disabled',
]);

function isOutOfReach(parts: CloudErrorParts): boolean {
  return parts.http === undefined && (parts.reason === 'unavailable' || parts.reason === 'unexpected');
}

function heldByOthers(conflicts: NonNullable<CloudErrorParts['conflicts']>, about: About): Diagnostic {
  const held = conflicts.slice(0, 5).map(({ manager, field }) => `${field} is held by ${manager}`);
  const more = conflicts.length > 5 ? `, and ${conflicts.length - 5} more` : '';
  const fix = 'Leave the field to it, or take it over with --force-conflicts.';
  return problem('HELLO4002', `${held.join(', ')}${more}`, { fix, ...about });
}

function permissionFix(parts: CloudErrorParts): string {
  if (parts.service === 'kubernetes')
    return 'Ask for the missing right: on GKE, roles/container.admin covers everything that hello does.';
  return 'Ask an owner of the project for the permission that the message names; README lists the roles that hello needs.';
}

function loginFix(parts: CloudErrorParts): string {
  if (parts.service === 'kubernetes')
    return 'Log in again: `gcloud auth application-default login`, or renew the credentials of the kubeconfig context.';
  return 'Log in again: `gcloud auth application-default login`.';
}

function bug(error: unknown, about: About): Diagnostic {
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return problem('HELLO9001', why, { fix: 'Please report this; running again is safe.', ...about });
}
