import type { Diagnostic } from './diagnostic.ts';

/** What a cloud's refusal means to us. One mapper per API makes these; nobody else looks at status codes or texts. */
export type CloudReason =
  | 'not-found'
  | 'exists'
  | 'conflict' // the version we sent is no longer the live one
  | 'busy' // another operation runs on the same thing; later it will do
  | 'forbidden'
  | 'policy' // allowed by rights, refused by an admission policy of the cluster
  | 'unauthenticated'
  | 'api-disabled'
  | 'billing'
  | 'quota'
  | 'rate-limited'
  | 'unavailable' // the service or the network; may or may not have acted
  | 'not-yet' // something made a moment ago is not visible everywhere yet
  | 'invalid'
  | 'immutable'
  | 'protected'
  | 'failed' // an operation that was accepted and then failed
  | 'unexpected';

/** What is known of a failure beside its message. Decisions rest on these, never on the wording. */
export interface CloudErrorParts {
  readonly reason: CloudReason;
  readonly service: string; // 'container.googleapis.com', 'kubernetes'
  /** The address of the resource that it happened to, where that is known. */
  readonly resource?: string;
  readonly http?: number;
  readonly retryAfterMs?: number;
  /** Who else had a say: the admission webhook or policy that refused, or that did not answer. */
  readonly by?: string;
  /** The service's own words for why (`notAuthorized`, `SERVICE_DISABLED`), where it gave any. */
  readonly serviceReasons?: readonly string[];
  /** Field manager conflicts of a server-side apply: who holds which field. */
  readonly conflicts?: readonly { readonly manager: string; readonly field: string }[];
  readonly cause?: unknown;
}

/** A failure that a cloud reported, or that kept us from reaching it. The message is the service's own, without secrets. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
  readonly parts: CloudErrorParts;
  constructor(message: string, parts: CloudErrorParts) {
    super(message, { cause: parts.cause });
    this.parts = parts;
  }
  get reason(): CloudReason {
    return this.parts.reason;
  }
}

/** Ends a command with diagnostics that were made deep inside. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problems: readonly Diagnostic[];
  constructor(...problems: readonly Diagnostic[]) {
    super(problems.map((each) => each.message).join('; '));
    this.problems = problems;
  }
}

/** A broken promise of our own code. */
export class BugError extends Error {
  override readonly name = 'BugError';
}

/** Whether it is a {@link CloudError}, of one of the reasons when any are given. */
export function isCloudError(error: unknown, ...reasons: readonly CloudReason[]): error is CloudError {
  return error instanceof CloudError && (reasons.length === 0 || reasons.includes(error.reason));
}
