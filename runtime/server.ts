import { createServer as createHttpServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import polka from 'polka';
import type { Polka } from 'polka';
import type { Config } from './config.ts';
import { openStore } from './db/open-store.ts';
import { HttpError } from './http.ts';
import type { AppRequest, Route } from './http.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { answerErrors } from './middleware/errors.ts';
import { identify } from './middleware/identify.ts';
import { observe } from './middleware/observe.ts';
import { greetingRoute } from './routes/greeting.ts';
import { healthRoute, readyRoute } from './routes/health.ts';
import { metricsRoute } from './routes/metrics.ts';
import { pageRoute } from './routes/page.ts';
import { within } from './within.ts';

/** How long closing the pool may take at the end of a stop. */
const POOL_CLOSE_MS = 1000;

/** The app, not yet listening. */
export interface AppServer {
  /** Starts to listen and resolves with the port. Rejects when the port is taken. */
  listen(): Promise<number>;
  /**
   * Turns unready, goes on serving for `shutdownDelayMs`, then takes no new connection, lets requests in flight end within
   * `shutdownGraceMs`, cuts what is left, and closes the pool within a second. Later calls wait for the first.
   */
  close(): Promise<void>;
}

/** Puts the app together. The database is looked for at once and may come later; see `/readyz`. */
export function createServer(config: Config, log: Log): AppServer {
  const store = openStore(config, log);
  const metrics = createMetrics();
  let draining = false;
  const isDraining = () => draining;

  // Longer than the keep-alive of the load balancers in front, which would else reuse a connection that just closed.
  const server = createHttpServer({ keepAliveTimeout: 620_000, requestTimeout: 10_000, headersTimeout: 10_000 });
  const app = polka<AppRequest>({
    server,
    onError: answerErrors(log),
    onNoMatch: () => {
      throw new HttpError(404, 'there is nothing here');
    },
  });
  app.use(identify(config.replica, isDraining), observe(log, metrics));
  const routes: readonly Route[] = [
    pageRoute(store.greetings, config.replica),
    greetingRoute(store.greetings, config.replica),
    healthRoute,
    readyRoute(store, isDraining),
    metricsRoute(metrics),
  ];
  for (const { path, answer } of routes) {
    app.all(path, (request, response) => {
      request.route = path;
      if (request.method === 'GET' || request.method === 'HEAD') return answer(request, response);
      response.setHeader('allow', 'GET, HEAD');
      throw new HttpError(405, `${request.method} is not possible here`);
    });
  }

  async function stop(): Promise<void> {
    draining = true;
    await sleep(config.shutdownDelayMs);
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    if (!(await within(config.shutdownGraceMs, closed))) {
      log('WARNING', 'cutting the requests that are still in flight');
      server.closeAllConnections();
    }
    if (!(await within(POOL_CLOSE_MS, store.close()))) log('WARNING', 'leaving database connections open');
  }

  let stopping: Promise<void> | undefined;
  return {
    listen: () => listen(app, config),
    close: () => (stopping ??= stop()),
  };
}

function listen(app: Polka<AppRequest>, { port, host }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    app.server.once('error', reject);
    app.listen({ port, host }, () => {
      const address = app.server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
