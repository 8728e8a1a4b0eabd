import type { Store } from '../db/store.ts';
import { HttpError, send } from '../http.ts';
import type { Route } from '../http.ts';
import { within } from '../within.ts';

const READY_TIMEOUT_MS = 2000;
const plainText = 'text/plain; charset=utf-8';

/** `GET /healthz`: the process can answer. Not the database: restarting the app would not bring that back. */
export const healthRoute: Route = {
  path: '/healthz',
  answer: (_request, response) => send(response, 200, plainText, 'ok\n'),
};

/** `GET /readyz`: whether requests should be sent here. 503 while starting, while stopping, and without the database. */
export function readyRoute(store: Store, draining: () => boolean): Route {
  return {
    path: '/readyz',
    async answer(_request, response) {
      if (draining()) throw new HttpError(503, 'stopping');
      // A probe does not wait for long; an answer with the reason is worth more to it than a late one.
      if (!(await within(READY_TIMEOUT_MS, store.check().catch(notReady)))) {
        throw new HttpError(503, `the database did not answer within ${READY_TIMEOUT_MS} ms`);
      }
      send(response, 200, plainText, 'ok\n');
    },
  };
}

/** Whatever keeps the store from working, a probe hears "not now", never "internal error". */
function notReady(error: unknown): never {
  throw error instanceof HttpError ? error : new HttpError(503, 'the database cannot be used', { cause: error });
}
