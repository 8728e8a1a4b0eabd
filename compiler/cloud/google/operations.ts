import { CloudError, type CloudReason } from '../../base/errors.ts';
import type { Operation, OperationStatus, RestOperation } from '../../model/ports.ts';
import { serviceName, type GoogleService } from './endpoints.ts';

/** Codes in a finished operation that ask for something else than reading its message. */
const meanings: Readonly<Record<string, CloudReason>> = {
  8: 'quota', // google.rpc RESOURCE_EXHAUSTED
  QUOTA_EXCEEDED: 'quota',
  GCE_QUOTA_EXCEEDED: 'quota',
  RESOURCE_IN_USE_BY_ANOTHER_RESOURCE: 'protected',
};

/** The error of an operation that was accepted and then failed. */
export function operationError(service: GoogleService, code: string | number | undefined, message: string): CloudError {
  const reason = meanings[String(code)] ?? 'failed';
  return new CloudError(message === '' ? 'the operation failed without a message' : message, {
    reason,
    service: serviceName(service),
    ...(code !== undefined && { serviceReasons: [String(code)] }),
  });
}

/** An operation of google.longrunning (`done`) or of compute (`status`). The first answer counts when it is done already. */
export function restOperation(
  service: GoogleService,
  answer: RestOperation,
  read: () => Promise<RestOperation>,
): Operation {
  let first: RestOperation | undefined = answer;
  return {
    name: answer.name ?? 'operation',
    poll: async () => {
      const latest = first && isDone(first) ? first : await read();
      first = undefined;
      return statusOf(service, latest);
    },
  };
}

function isDone({ done, status }: RestOperation): boolean {
  return done === true || status === 'DONE';
}

function statusOf(service: GoogleService, operation: RestOperation): OperationStatus {
  const { error } = operation;
  if (!isDone(operation)) return { done: false };
  if (!error) return { done: true };
  const inner = error.errors?.[0];
  const messages = error.errors?.map((each) => each.message ?? each.code ?? '') ?? [error.message ?? ''];
  return { done: true, error: operationError(service, inner?.code ?? error.code, messages.join('; ')) };
}
