import { isObject } from '../../base/json.ts';
import type { KubeObject } from '../parts.ts';
import { misfits, typedMisfits } from './conform.ts';
import { at, objectAt, textAt, type Draft } from './json-object.ts';
import { apiVersionOf, type Resource } from './resources.ts';
import { shapeOfResource } from './schema.ts';
import { ApiError, badRequest, conflict, staleVersion } from './status-error.ts';
import type { WriteOptions } from './write-options.ts';

/** Body against URL and schema; what comes out may be edited. */
export function decode(resource: Resource, body: unknown, options: WriteOptions): Draft {
  if (!isObject(body)) throw badRequest('the body is not a JSON object');
  checkIdentity(resource, body);
  const { unknown, mistyped } = misfits(shapeOfResource(resource), body);
  const what = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}`;
  // A custom kind has no type of its own in the server: wrong types are found later, by its schema.
  if (mistyped.length > 0 && !resource.custom) throw badRequest(`${what}: ${mistyped[0]}`);
  const strange = unknown.map((path) => `unknown field "${path}"`);
  if (strange.length > 0 && options.fieldValidation === 'Strict')
    throw badRequest(`${what}: strict decoding error: ${strange.join(', ')}`);
  if (options.fieldValidation === 'Warn') for (const text of strange) options.warn(text);
  return { ...body, metadata: { ...objectAt(body, 'metadata') } };
}

function checkIdentity(resource: Resource, body: Readonly<Draft>): void {
  const { apiVersion = apiVersionOf(resource), kind = resource.kind } = body;
  if (apiVersion === apiVersionOf(resource) && kind === resource.kind) return;
  if (kind !== resource.kind) {
    throw badRequest(
      `the kind in the data (${String(apiVersion)}, Kind=${String(kind)}) does not match the expected kind (${apiVersionOf(resource)}, Kind=${resource.kind})`,
    );
  }
  throw badRequest(
    `the API version in the data (${String(apiVersion)}) does not match the expected API version (${apiVersionOf(resource)})`,
  );
}

/** The namespace of the URL; the body may only repeat it. */
export function checkNamespace(namespace: string, body: Readonly<Draft>): string {
  const own = textAt(body, 'metadata', 'namespace');
  if (own !== '' && own !== namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  return namespace;
}

/** Refuses a body that was made from another version, or for another object of the same name. */
export function checkVersion(resource: Resource, live: KubeObject, draft: Readonly<Draft>): void {
  const version = textAt(draft, 'metadata', 'resourceVersion');
  const { name } = live.metadata;
  if (version !== '' && version !== live.metadata.resourceVersion) throw staleVersion(resource, name);
  const uid = textAt(draft, 'metadata', 'uid');
  if (uid !== '' && uid !== live.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
    );
  }
}

/** The body of an apply patch, checked against URL and schema, without what it may not set. */
export function applyConfig(
  resource: Resource,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  body: unknown,
  options: WriteOptions,
): Draft {
  if (!isObject(body)) throw badRequest('error decoding YAML: the body is not an object');
  checkIdentity(resource, body);
  if (at(body, 'metadata', 'managedFields') !== undefined) throw badRequest('metadata.managedFields must be nil');
  const own = textAt(body, 'metadata', 'name');
  if (own !== '' && own !== name)
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  const metadata = {
    ...objectAt(body, 'metadata'),
    name,
    ...(resource.namespaced ? { namespace: checkNamespace(namespace, body) } : {}),
  };
  const config: Draft = { ...body, metadata };
  if (options.subresource)
    for (const field of Object.keys(config))
      if (!['apiVersion', 'kind', 'metadata', 'status'].includes(field)) delete config[field];
  const wrong = typedMisfits(shapeOfResource(resource), config);
  if (wrong.length > 0) {
    const what = `${resource.namespaced ? `${namespace}/` : '/'}${name}; ${apiVersionOf(resource)}, Kind=${resource.kind}`;
    const text = wrong.length === 1 ? wrong[0] : `errors:\n${wrong.map((each) => `  ${each}`).join('\n')}`;
    throw new ApiError(500, undefined, `failed to create typed patch object (${what}): ${text}`);
  }
  if (resource.status && !options.subresource) delete config['status'];
  return config;
}
