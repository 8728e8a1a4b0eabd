import { send } from '../http.ts';
import type { Route } from '../http.ts';
import type { Metrics } from '../metrics.ts';

/** `GET /metrics`: the counters of this replica, for Prometheus. */
export function metricsRoute(metrics: Metrics): Route {
  return {
    path: '/metrics',
    async answer(_request, response) {
      send(response, 200, metrics.contentType, await metrics.read());
    },
  };
}
