import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** One finished request. `route` and `method` must come from a bounded set: each pair is a time series. */
export interface Served {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

export interface Metrics {
  record(served: Served): void;
  /** The Prometheus text format, and its content type. */
  read(): Promise<string>;
  readonly contentType: string;
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Counters of this process alone: each server has its own registry, so that tests can start several. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests that were answered.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const errors = new Counter({
    name: 'http_request_errors_total',
    help: 'Requests that this app failed to serve (status 500 and above).',
    labelNames: ['route', 'method'],
    registers,
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its answer.',
    labelNames: ['route', 'method'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  return {
    contentType: registry.contentType,
    read: () => registry.metrics(),
    record({ route, method, status, seconds }) {
      const labels = { route, method: methods.has(method) ? method : 'other' };
      requests.inc({ ...labels, status });
      duration.observe(labels, seconds);
      if (status >= 500) errors.inc(labels);
    },
  };
}
