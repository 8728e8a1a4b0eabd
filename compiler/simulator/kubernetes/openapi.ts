import { digest } from '../../base/digest.ts';
import type { Catalogue } from './catalogue.ts';
import { schemaName, schemasOf } from './openapi-schema.ts';
import type { Call } from './request.ts';
import { send, sendJson } from './respond.ts';
import { apiVersionOf, type Resource } from './resources.ts';

const pathOf = (apiVersion: string): string => (apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`);

const parameter = (name: string): Record<string, unknown> => ({ name, in: 'query', schema: { type: 'string' } });

function pathsOf(rows: readonly Resource[]): Record<string, unknown> {
  const entries = rows.map((row) => {
    const base = `/${pathOf(apiVersionOf(row))}${row.namespaced ? '/namespaces/{namespace}' : ''}/${row.plural}`;
    const schema = { $ref: `#/components/schemas/${schemaName(row)}` };
    const responses = { '200': { description: 'OK', content: { 'application/json': { schema } } } };
    const operation = (action: string, names: readonly string[]): Record<string, unknown> => ({
      responses,
      parameters: names.map(parameter),
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': { group: row.group, version: row.version, kind: row.kind },
    });
    const writing = ['dryRun', 'fieldManager', 'fieldValidation'];
    return [
      [
        base,
        {
          post: operation('post', writing),
          get: operation('list', ['labelSelector', 'fieldSelector', 'limit', 'continue']),
        },
      ],
      [
        `${base}/{name}`,
        {
          get: operation('get', []),
          put: operation('put', writing),
          patch: operation('patch', [...writing, 'force']),
          delete: operation('delete', ['dryRun', 'gracePeriodSeconds', 'propagationPolicy']),
        },
      ],
    ] as const;
  });
  return Object.fromEntries(entries.flat());
}

interface Document {
  readonly body: unknown;
  readonly hash: string;
}

/** By catalogue and then by the rows of a version: another set of rows is another document. */
const documents = new WeakMap<Resource, Document>();

function documentOf(catalogue: Catalogue, apiVersion: string): Document {
  const rows = catalogue.list().filter((resource) => apiVersionOf(resource) === apiVersion);
  const [first] = rows;
  const known = first && documents.get(first);
  if (known) return known;
  const body = {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'local' },
    paths: pathsOf(rows),
    components: { schemas: schemasOf(rows) },
  };
  const made = { body, hash: digest(body).toUpperCase() };
  if (first) documents.set(first, made);
  return made;
}

/** Answers `/openapi/…`; false when the path is none of its documents. */
export function serveOpenApi(catalogue: Catalogue, call: Call): boolean {
  const path = call.url.pathname;
  const versions = [...new Set(catalogue.list().map(apiVersionOf))];
  if (path === '/openapi/v2') {
    // Old kubectl insists on a protobuf document before it applies; no bytes at all are a valid, empty one.
    send(call, 200, '', 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    return true;
  }
  if (path === '/openapi/v3') {
    const paths = versions.map((each) => {
      const where = pathOf(each);
      return [where, { serverRelativeURL: `/openapi/v3/${where}?hash=${documentOf(catalogue, each).hash}` }];
    });
    sendJson(call, 200, { paths: Object.fromEntries(paths) });
    return true;
  }
  const found = versions.find((each) => path === `/openapi/v3/${pathOf(each)}`);
  if (found === undefined) return false;
  const { body, hash } = documentOf(catalogue, found);
  sendJson(call, 200, body, 'application/json', {
    'Cache-Control': 'public, immutable',
    ETag: `"${hash}"`,
    Expires: new Date(Date.now() + 365 * 24 * 3600 * 1000).toUTCString(),
  });
  return true;
}
