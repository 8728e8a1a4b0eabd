import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { createFaults, type Strike } from '../faults.ts';
import type { Clusters, Identities, SqlServers } from '../parts.ts';
import type { Store } from '../store.ts';
import { misfits, withEnumNumbers } from './check-answer.ts';
import { createCompute } from './compute.ts';
import { createContainer } from './container.ts';
import { control, createRequestLog } from './control.ts';
import type { Method } from './definitions.ts';
import { errorBody, GoogleRefusal, type Refused, unserved } from './errors.ts';
import { namedFaults } from './named-faults.ts';
import { projectHidden, projectNamed, serviceDisabled, unauthenticated } from './gate.ts';
import { readJson, sendHtml, sendJson } from './http.ts';
import { createIam } from './iam.ts';
import { createIdentities } from './identities.ts';
import { createOperations } from './operations.ts';
import { createProjects } from './projects.ts';
import { readBody, readQuery } from './read-request.ts';
import { createResourceManager } from './resource-manager.ts';
import { type Match, matchRoutes } from './routes.ts';
import { createServiceNetworking } from './service-networking.ts';
import { createServiceUsage, type EnabledServices, enabledServices } from './service-usage.ts';
import { createSqlAdmin } from './sqladmin.ts';
import type { Handlers, World } from './world.ts';

export interface GoogleApis {
  /** Answers any request to any served API. Never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  readonly identities: Identities;
  /** Makes a project if it isn't there; requests for others are refused as ones that the caller may not see. */
  ensureProject(id: string): void;
  /** Lets running operations rest in the store; a later `createGoogleApis` on the same store carries on with them. */
  stop(): Promise<void>;
}

export interface GoogleApisOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** What `Authorization: Bearer` must carry. */
  readonly token: string;
  /** The project that exists from the start. */
  readonly project: string;
  readonly clusters: Clusters;
  readonly sqlServers: SqlServers;
}

/** The Google Cloud APIs of the local cloud, for one or more node:http servers. */
export function createGoogleApis({
  store,
  clock,
  token,
  project,
  clusters,
  sqlServers,
}: GoogleApisOptions): GoogleApis {
  const operations = createOperations({ store, clock });
  const projects = createProjects(store, clock);
  projects.ensure(project);
  const world: World = {
    store,
    clock,
    operations,
    clusters,
    sqlServers,
    project: (idOrNumber) => projects.find(idOrNumber),
    projects: () => projects.list(),
  };
  const container = createContainer(world);
  const sql = createSqlAdmin(world);
  const services = [
    container,
    sql,
    createServiceUsage(world),
    createIam(world),
    createResourceManager(world),
    createServiceNetworking(world),
    createCompute(world),
  ];
  const handlers: Handlers = Object.assign({}, ...services.map((service) => service.handlers)) as Handlers;
  operations.resume(
    Object.assign({}, ...services.map((service) => service.effects)) as Parameters<typeof operations.resume>[0],
  );
  const started = Promise.allSettled([container.start(), sql.start()]);
  const front = createFront({ world, handlers, token, enabled: enabledServices(world) });
  return {
    handle: front,
    identities: createIdentities(world),
    ensureProject: (id) => projects.ensure(id),
    async stop() {
      await started;
      await operations.stop();
    },
  };
}

interface Parts {
  readonly world: World;
  readonly handlers: Handlers;
  readonly token: string;
  readonly enabled: EnabledServices;
}

/** One request's way: token, route, faults, definition, project, behaviour, definition again. */
function createFront(parts: Parts): GoogleApis['handle'] {
  const faults = createFaults(namedFaults);
  const log = createRequestLog();
  return async (req, res) => {
    const url = new URL(req.url ?? '/', 'http://local');
    const verb = req.method ?? 'GET';
    const match = pick(parts.world, matchRoutes(verb, req.headers.host, url.pathname));
    const pretty = url.searchParams.get('prettyPrint') !== 'false';
    const note = (status: number): void =>
      log.add({
        at: parts.world.clock.stamp(),
        method: verb,
        path: url.pathname,
        ...(match ? { id: match.method.id } : {}),
        status,
      });
    try {
      const denied = unauthenticated(req, parts.token, match?.method);
      if (denied) throw denied;
      if (url.pathname.startsWith('/_local/')) return await control(req, res, { path: url.pathname, log, faults });
      const strike = faults.strike(`${verb} ${url.pathname}${url.search}`, undefined);
      if (strike?.delayMs) await delay(strike.delayMs);
      const answer =
        strike?.answer && !strike.apply ? undefined : await answerTo(parts, match, url, await readJson(req));
      if (strike?.answer) {
        note(strike.answer.status);
        return lose(res, strike.answer);
      }
      note(200);
      sendJson(res, 200, wantsNumbers(url) && match ? withEnumNumbers(match.method, answer) : answer, pretty);
    } catch (error) {
      const refused = refusalOf(error);
      note(refused.code);
      sendJson(res, refused.code, errorBody(match?.method.api, refused), pretty);
    }
  };
}

/** A match to serve; where several APIs share the path, the one whose operation it names. */
function pick({ operations }: World, matches: readonly Match[]): Match | undefined {
  if (matches.length < 2) return matches[0];
  const owner = matches.find(({ method, params }) =>
    Object.values(params).some((text) => operations.get(operationId(text))?.api === method.api.name),
  );
  return owner ?? matches.find(({ method }) => method.query) ?? matches[0];
}

function operationId(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1);
}

async function answerTo(
  { world, handlers, enabled }: Parts,
  match: Match | undefined,
  url: URL,
  json: unknown,
): Promise<unknown> {
  if (!match) throw new GoogleRefusal({ code: 404, status: 'NOT_FOUND', message: 'Method not found.' });
  const { method, params } = match;
  const named = projectNamed(params, url.searchParams, json);
  const project = named === undefined ? undefined : world.project(named);
  if (named !== undefined && !project) throw projectHidden();
  if (project && !enabled.usable(project, method.api.host)) throw serviceDisabled(method.api, project);
  const handler = handlers[method.id];
  if (!handler) throw unserved(`${method.api.host} ${method.id}`);
  const body = readBody(method, params, json, method.verb === 'PATCH' && method.api.name === 'sqladmin');
  const query = readQuery(method, url.searchParams);
  const answer = await handler({
    method,
    params,
    query,
    body,
    project() {
      if (!project) throw projectHidden();
      return project;
    },
  });
  checkAnswer(method, answer);
  return answer;
}

/** The local cloud holds itself to Google's definitions: an answer that no real service could give is a bug, said aloud. */
function checkAnswer(method: Method, answer: unknown): void {
  const wrong = misfits(method, answer);
  if (wrong.length === 0) return;
  const message = `The local cloud's answer to ${method.id} does not fit ${method.api.name} ${method.api.version}: ${wrong.join('; ')}`;
  throw new GoogleRefusal({ code: 500, status: 'INTERNAL', reason: 'backendError', withStatus: true, message });
}

function refusalOf(error: unknown): Refused {
  if (error instanceof GoogleRefusal) return error.refused;
  const message = `The local cloud failed: ${error instanceof Error ? error.message : String(error)}`;
  return { code: 500, status: 'INTERNAL', reason: 'backendError', withStatus: true, message };
}

function wantsNumbers(url: URL): boolean {
  const alt = url.searchParams.get('$alt') ?? url.searchParams.get('alt') ?? '';
  return alt.includes('enum-encoding=int');
}

/** The answer of an injected fault; status 0 breaks the connection. */
function lose(res: ServerResponse, { status, body }: NonNullable<Strike['answer']>): void {
  if (status === 0) res.destroy();
  else if (typeof body === 'string') sendHtml(res, status, body);
  else sendJson(res, status, body ?? {});
}
