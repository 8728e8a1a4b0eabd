import { randomUUID } from 'node:crypto';
import type { Middleware } from 'polka';
import type { AppRequest } from '../http.ts';

/**
 * Says in each answer which replica gave it and under which id the request is logged. A caller's own id is kept when it
 * is one that cannot garble a log. While `draining()`, tells clients to take their next request elsewhere.
 */
export function identify(replica: string, draining: () => boolean): Middleware<AppRequest> {
  return (request, response, next) => {
    const given = request.headers['x-request-id'];
    request.requestId = typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
    response.setHeader('x-replica', replica);
    response.setHeader('x-request-id', request.requestId);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('cache-control', 'no-store');
    if (draining()) response.setHeader('connection', 'close');
    return next();
  };
}
