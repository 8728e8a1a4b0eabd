import type { Middleware } from 'polka';
import type { AppRequest } from '../http.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

/** Asked by machines every few seconds: only their failures are worth a line. */
const quietRoutes: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz', '/metrics']);

/** Counts, times and logs each request when its answer has gone out, or the caller has. */
export function observe(log: Log, metrics: Metrics): Middleware<AppRequest> {
  return (request, response, next) => {
    const startedAt = performance.now();
    response.once('close', () => {
      const seconds = (performance.now() - startedAt) / 1000;
      // 499 is what proxies commonly write for a caller that left before the answer.
      const status = response.writableFinished ? response.statusCode : 499;
      metrics.record({ route: request.route ?? 'none', method: request.method, status, seconds });
      if (status < 400 && quietRoutes.has(request.route)) return;
      log(status >= 500 ? 'ERROR' : 'INFO', `${request.method} ${request.path} ${status}`, {
        requestId: request.requestId,
        httpRequest: {
          requestMethod: request.method,
          // Without the query: it is nothing that this app reads, and may hold what is not for a log.
          requestUrl: request.path,
          status,
          latency: `${seconds.toFixed(6)}s`,
          userAgent: request.headers['user-agent'],
        },
      });
    });
    return next();
  };
}
