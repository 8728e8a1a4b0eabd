import type { KubeObject } from '../parts.ts';
import type { Cluster } from './cluster.ts';
import { without } from './json-object.ts';
import type { Target } from './request.ts';
import { apiVersionOf } from './resources.ts';
import { shown } from './versions.ts';
import { fieldSelector, labelSelector } from './selectors.ts';
import { ApiError, badRequest } from './status-error.ts';

/** One page of a LIST. */
export interface Page {
  readonly items: readonly KubeObject[];
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
}

interface Token {
  readonly v: 'meta.k8s.io/v1';
  readonly rv: number;
  readonly start: string;
}

const keyOf = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** Selects, orders and cuts into pages what a LIST asks for. */
export function listPage(cluster: Cluster, { resource, namespace }: Target, query: URLSearchParams): Page {
  const labels = labelSelector(query.get('labelSelector'));
  const fields = fieldSelector(resource.plural, query.get('fieldSelector'));
  checkListVersion(cluster, query);
  const token = readToken(cluster, query.get('continue'));
  const version = String(token?.rv ?? cluster.storage.version());
  const all = cluster.storage.list(resource, namespace);
  const rest = token ? all.filter((object) => `${keyOf(object)}\u0000` > token.start) : all;
  const chosen = rest.filter((object) => labels(object) && fields(object));
  const limit = Number(query.get('limit') ?? 0);
  if (!(limit > 0) || chosen.length <= limit) return { items: chosen, metadata: { resourceVersion: version } };
  const items = chosen.slice(0, limit);
  const last = items.at(-1);
  const next: Token = { v: 'meta.k8s.io/v1', rv: Number(version), start: `${last ? keyOf(last) : ''}\u0000` };
  const selected = query.has('labelSelector') || query.has('fieldSelector');
  return {
    items,
    metadata: {
      resourceVersion: version,
      continue: Buffer.from(JSON.stringify(next)).toString('base64url'),
      ...(selected ? {} : { remainingItemCount: chosen.length - limit }),
    },
  };
}

function checkListVersion(cluster: Cluster, query: URLSearchParams): void {
  const text = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch');
  if (match !== null && text === '')
    throw badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (text === '' || text === '0') return;
  const version = versionOf(text);
  if (version > cluster.storage.version()) throw tooLarge(cluster, version);
  if (match === 'Exact' && version < cluster.storage.version()) {
    throw new ApiError(410, 'Expired', 'The resourceVersion for the provided list is too old.');
  }
}

/** A version out of a query. */
export function versionOf(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw badRequest(`resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`);
  }
  return Number(text);
}

export function tooLarge(cluster: Cluster, version: number): ApiError {
  const message = `Too large resource version: ${version}, current: ${cluster.storage.version()}`;
  return new ApiError(504, 'Timeout', message, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** A token goes on from where the last page ended, in what is there now while its version is still known. */
function readToken(cluster: Cluster, text: string | null): Token | undefined {
  if (text === null || text === '') return undefined;
  const token = parseToken(text);
  if (token.rv >= 0 && cluster.storage.since(token.rv) === undefined) {
    const fresh = Buffer.from(JSON.stringify({ ...token, rv: -1 })).toString('base64url');
    const message =
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
    throw new ApiError(410, 'Expired', message, undefined, { continue: fresh });
  }
  return token.rv < 0 ? { ...token, rv: cluster.storage.version() } : token;
}

function parseToken(text: string): Token {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Token;
    if (token.v === 'meta.k8s.io/v1' && typeof token.start === 'string' && Number.isInteger(token.rv)) return token;
  } catch {
    // not one of our tokens
  }
  throw badRequest('invalid continue token: illegal base64 data or JSON');
}

/** `DeploymentList`: its items have neither kind nor apiVersion. */
export function listBody(target: Target, page: Page): unknown {
  const resource = target.shownAs ?? target.resource;
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: page.metadata,
    items: page.items.map((object) => without(shown(target, object), 'kind', 'apiVersion')),
  };
}
