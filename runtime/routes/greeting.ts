import type { Greetings } from '../db/greetings.ts';
import { HttpError, sendEither } from '../http.ts';
import type { Route } from '../http.ts';

const ID_MAX = 2 ** 31 - 1;

/** `GET /greeting/:id`: the bare text, or `{ id, greeting, replica }`. 400 for what is no id, 404 for an unused one. */
export function greetingRoute(greetings: Greetings, replica: string): Route {
  return {
    path: '/greeting/:id',
    async answer(request, response) {
      const text = request.params['id'] ?? '';
      const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
      if (!(id <= ID_MAX)) throw new HttpError(400, `the id of a greeting is a whole number from 1 to ${ID_MAX}`);
      const greeting = await greetings.find(id);
      if (greeting === undefined) throw new HttpError(404, `there is no greeting ${id}`);
      sendEither(request, response, { status: 200, text: greeting, json: { id, greeting, replica } });
    },
  };
}
