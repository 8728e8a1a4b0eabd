import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import type { Greetings } from '../db/greetings.ts';
import { HttpError, send } from '../http.ts';
import type { Route } from '../http.ts';

const view = (name: string) => readFileSync(new URL(`../views/${name}`, import.meta.url), 'utf8');
const style = view('page.css');
const render = Handlebars.compile<{ greeting: string | undefined; replica: string; style: string }>(view('page.hbs'), {
  strict: true,
});

// Nothing but our own style, known by its hash: no script runs here, even if one got into the page.
const styleHash = createHash('sha256').update(style).digest('base64');
const securityHeaders = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/** `GET /`: a page with greeting 1 and the replica that answered. A database that is away is said on the page, with 503. */
export function pageRoute(greetings: Greetings, replica: string): Route {
  return {
    path: '/',
    async answer(_request, response) {
      const greeting = await greetings.find(1).catch((error: unknown) => {
        if (error instanceof HttpError && error.status === 503) return undefined;
        throw error;
      });
      for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
      if (greeting === undefined) response.setHeader('retry-after', '1');
      send(
        response,
        greeting === undefined ? 503 : 200,
        'text/html; charset=utf-8',
        render({ greeting, replica, style }),
      );
    },
  };
}
