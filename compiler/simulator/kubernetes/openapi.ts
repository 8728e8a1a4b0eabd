import { digest } from '../../base/json.ts';
import type { Call } from './request.ts';
import { send, sendJson } from './respond.ts';
import { apiVersionOf, resources, type Resource } from './resources.ts';
import { shapeOf, type ScalarShape, type Shape } from './schema.ts';

const groupVersions = [...new Set(resources.map(apiVersionOf))];
const pathOf = (apiVersion: string): string => (apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`);
const documents = new Map<string, { readonly body: unknown; readonly hash: string }>();

const scalars: Readonly<Record<ScalarShape['type'], Readonly<Record<string, unknown>>>> = {
  string: { type: 'string' },
  integer: { type: 'integer', format: 'int32' },
  number: { type: 'number', format: 'double' },
  boolean: { type: 'boolean' },
  time: { type: 'string', format: 'date-time' },
  microtime: { type: 'string', format: 'date-time' },
  bytes: { type: 'string', format: 'byte' },
  quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  intOrString: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  any: { type: 'object' },
};

const schemaName = (model: string): string =>
  model.replace(
    /^(?:Core)?(V\d+)(.*)$/,
    (_all, version: string, rest: string) => `io.k8s.api.${version.toLowerCase()}.${rest}`,
  );

/** A schema as OpenAPI v3 says it, with the extensions that clients merge lists by. */
function schemaOf(shape: Shape, models: Set<string>): Record<string, unknown> {
  if (shape.is === 'scalar') return { ...scalars[shape.type], ...(shape.values ? { enum: shape.values } : {}) };
  if (shape.is === 'map') {
    const kind = shape.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {};
    return { type: 'object', additionalProperties: schemaOf(shape.of, models), ...kind };
  }
  if (shape.is === 'list') {
    const kind = { atomic: 'atomic', set: 'set', associative: 'map' }[shape.kind];
    return {
      type: 'array',
      items: schemaOf(shape.of, models),
      'x-kubernetes-list-type': kind,
      ...(shape.keys.length > 0 ? { 'x-kubernetes-list-map-keys': shape.keys } : {}),
      ...(shape.patchKey === undefined
        ? {}
        : { 'x-kubernetes-patch-merge-key': shape.patchKey, 'x-kubernetes-patch-strategy': 'merge' }),
    };
  }
  models.add(shape.model);
  const reference = { $ref: `#/components/schemas/${schemaName(shape.model)}` };
  return shape.atomic ? { allOf: [reference], 'x-kubernetes-map-type': 'atomic' } : { allOf: [reference] };
}

function components(rows: readonly Resource[]): Record<string, unknown> {
  const models = new Set(rows.map((row) => row.model));
  const schemas: Record<string, unknown> = {};
  // A set grows while it is walked: models that a schema mentions come up later.
  for (const model of models) {
    const shape = shapeOf(model);
    const properties = Object.fromEntries([...shape.fields].map(([name, field]) => [name, schemaOf(field, models)]));
    const row = rows.find((each) => each.model === model);
    schemas[schemaName(model)] = {
      type: 'object',
      properties,
      ...(shape.required.size > 0 ? { required: [...shape.required] } : {}),
      ...(row ? { 'x-kubernetes-group-version-kind': [kindOf(row)] } : {}),
    };
  }
  return schemas;
}

function kindOf({ group, version, kind }: Resource): Record<string, string> {
  return { group, version, kind };
}

const parameter = (name: string): Record<string, unknown> => ({ name, in: 'query', schema: { type: 'string' } });

function pathsOf(rows: readonly Resource[]): Record<string, unknown> {
  const entries = rows.map((row) => {
    const base = `/${pathOf(apiVersionOf(row))}${row.namespaced ? '/namespaces/{namespace}' : ''}/${row.plural}`;
    const schema = { $ref: `#/components/schemas/${schemaName(row.model)}` };
    const responses = { '200': { description: 'OK', content: { 'application/json': { schema } } } };
    const operation = (action: string, names: readonly string[]): Record<string, unknown> => ({
      responses,
      parameters: names.map(parameter),
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': kindOf(row),
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

function documentOf(apiVersion: string): { readonly body: unknown; readonly hash: string } {
  const known = documents.get(apiVersion);
  if (known) return known;
  const rows = resources.filter((resource) => apiVersionOf(resource) === apiVersion);
  const body = {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'local' },
    paths: pathsOf(rows),
    components: { schemas: components(rows) },
  };
  const made = { body, hash: digest(body).toUpperCase() };
  documents.set(apiVersion, made);
  return made;
}

/** Answers `/openapi/…`; false when the path is none of its documents. */
export function serveOpenApi(call: Call): boolean {
  const path = call.url.pathname;
  if (path === '/openapi/v2') {
    // Old kubectl insists on a protobuf document before it applies; no bytes at all are a valid, empty one.
    send(call, 200, '', 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    return true;
  }
  if (path === '/openapi/v3') {
    const paths = groupVersions.map((each) => {
      const where = pathOf(each);
      return [where, { serverRelativeURL: `/openapi/v3/${where}?hash=${documentOf(each).hash}` }];
    });
    sendJson(call, 200, { paths: Object.fromEntries(paths) });
    return true;
  }
  const found = groupVersions.find((each) => path === `/openapi/v3/${pathOf(each)}`);
  if (found === undefined) return false;
  const { body, hash } = documentOf(found);
  sendJson(call, 200, body, 'application/json', {
    'Cache-Control': 'public, immutable',
    ETag: `"${hash}"`,
    Expires: new Date(Date.now() + 365 * 24 * 3600 * 1000).toUTCString(),
  });
  return true;
}
