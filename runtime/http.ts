import type { ServerResponse } from 'node:http';
import Negotiator from 'negotiator';
import type { Request } from 'polka';

/** A request on its way through the app. */
export interface AppRequest extends Request {
  /** Set by the first middleware; the log and the answer carry it. */
  requestId?: string;
  /** The pattern that matched, such as `/greeting/:id`: a bounded label, where the path is not. */
  route?: string;
}

export type Respond = ServerResponse;

/** One path of the app. All paths answer GET and HEAD, and nothing else. */
export interface Route {
  readonly path: string;
  readonly answer: (request: AppRequest, response: Respond) => void | Promise<void>;
}

/** A failure that the caller may know about: the message is sent. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Ends the response with a body of known length. Node.js leaves the body out for HEAD. */
export function send(response: Respond, status: number, type: string, body: string): void {
  response.statusCode = status;
  response.setHeader('content-type', type);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}

/** Sends one value as text or as JSON, whichever the caller prefers. Text when it has no preference. */
export function sendEither(
  request: AppRequest,
  response: Respond,
  answer: { readonly status: number; readonly text: string; readonly json: object },
): void {
  response.setHeader('vary', 'accept');
  const wanted = new Negotiator(request).mediaType(['text/plain', 'application/json']);
  if (wanted === 'application/json') {
    send(response, answer.status, 'application/json', `${JSON.stringify(answer.json)}\n`);
  } else {
    send(response, answer.status, 'text/plain; charset=utf-8', answer.text);
  }
}
