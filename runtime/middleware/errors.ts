import { STATUS_CODES } from 'node:http';
import type { ErrorHandler } from 'polka';
import { HttpError, sendEither } from '../http.ts';
import type { AppRequest } from '../http.ts';
import { describeError } from '../log.ts';
import type { Log } from '../log.ts';

/** Answers a failed request. Only an HttpError's message leaves the process; everything else is logged, with its stack. */
export function answerErrors(log: Log): ErrorHandler<AppRequest> {
  return (thrown, request, response) => {
    const known = thrown instanceof HttpError ? thrown : undefined;
    const { requestId } = request;
    if (known === undefined) {
      const stack = thrown instanceof Error ? thrown.stack : undefined;
      log('ERROR', 'a request failed unexpectedly', { requestId, ...describeError(thrown), stack });
    } else if (known.cause !== undefined) {
      log('WARNING', known.message, { requestId, ...describeError(known.cause) });
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const status = known?.status ?? 500;
    const message = known?.message ?? STATUS_CODES[status] ?? 'error';
    if (status === 503) response.setHeader('retry-after', '1');
    sendEither(request, response, { status, text: `${message}\n`, json: { error: message, status, requestId } });
  };
}
