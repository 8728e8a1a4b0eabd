import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClusterFaults } from './kubernetes/named-faults.ts';
import type { LocalStatus } from './local-state.ts';
import type { Images } from './workloads/images.ts';

/** What the CLI asks of a running local cloud beyond what any Google API can say. */
export interface Control {
  readonly token: string;
  readonly images: Images;
  status(): LocalStatus;
  ensureProject(id: string): void;
  /** Of the API servers of all clusters. */
  readonly clusterFaults: ClusterFaults;
  /** Begins to stop; the answer is sent before. */
  shutdown(): void;
}

const BODY_BYTES_MAX = 1_000_000;

/**
 * Serves `/_local/{status,images,projects,shutdown,kubernetes/faults}`. False when the request is none of these. All need the token: what
 * `images` is told to run is run.
 */
export function serveControl(control: Control, request: IncomingMessage, response: ServerResponse): boolean {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const route = `${request.method} ${path}`;
  const handler = HANDLERS[route];
  if (!handler) return false;
  if (!isAuthorized(request, control.token)) {
    answer(response, 401, problem('this needs the token of the local cloud'));
    return true;
  }
  void readBody(request)
    .then((body) => handler(control, body))
    .then(
      (value) => answer(response, 200, value),
      (error: unknown) => answer(response, 400, problem(error instanceof Error ? error.message : String(error))),
    );
  return true;
}

type Body = Readonly<Record<string, unknown>>;

const HANDLERS: Readonly<Record<string, (control: Control, body: Body) => unknown>> = {
  'GET /_local/status': (control) => control.status(),
  'PUT /_local/images': (control, body) => {
    const dockerfile = body['dockerfile'];
    const given = dockerfile === undefined ? [] : [text(body, 'dockerfile')];
    const { image, warnings } = control.images.register(text(body, 'image'), text(body, 'source'), ...given);
    return { id: image.id, warnings };
  },
  'PUT /_local/projects': (control, body) => {
    control.ensureProject(text(body, 'id'));
    return {};
  },
  'POST /_local/kubernetes/faults': (control, body) => {
    control.clusterFaults.add(body);
    return {};
  },
  'DELETE /_local/kubernetes/faults': (control) => {
    control.clusterFaults.clear();
    return {};
  },
  'POST /_local/shutdown': (control) => {
    setImmediate(() => control.shutdown());
    return {};
  },
};

function text(body: Body, name: string): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '') throw new Error(`${name} must be a text`);
  return value;
}

function problem(message: string): object {
  return { error: { message } };
}

function isAuthorized(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  const body: unknown = size === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
  if (typeof body !== 'object' || body === null) throw new Error('the body must be a JSON object');
  return body as Body;
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  const body = `${JSON.stringify(value, undefined, 2)}\n`;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
