import { CloudError } from '../../base/errors.ts';
import { isObject } from '../../base/json.ts';
import type { KubeObject, KubeType } from '../../model/ports.ts';

/** `/apis/apps/v1/namespaces/n/deployments/web`; the collection without a name; core types live under /api. */
export function pathOf(type: KubeType, namespace?: string, name?: string): string {
  const group = type.apiVersion.includes('/') ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${group}${scope}/${type.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** Its values must not come back to the user in an error. */
export function isSecret(type: KubeType): boolean {
  return type.kind === 'Secret' && type.apiVersion === 'v1';
}

/** The object of an answer; items of a list come without their type. Throws CloudError for anything else. */
export function asObject(value: unknown, type: KubeType): KubeObject {
  const metadata = isObject(value) ? value['metadata'] : undefined;
  if (!isObject(value) || !isObject(metadata) || typeof metadata['name'] !== 'string') {
    throw new CloudError(`the answer is not a ${type.kind}`, { reason: 'unexpected', service: 'kubernetes' });
  }
  return { ...value, apiVersion: type.apiVersion, kind: type.kind, metadata: { ...metadata, name: metadata['name'] } };
}

/** One page of a list. */
export interface Page {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  /** Where the next page starts; empty at the end. */
  readonly next: string;
}

/** The page that an answer holds. Throws CloudError when an item is not an object. */
export function asPage(value: unknown, type: KubeType): Page {
  const metadata = isObject(value) && isObject(value['metadata']) ? value['metadata'] : {};
  const items = isObject(value) && Array.isArray(value['items']) ? value['items'] : [];
  return {
    items: items.map((item) => asObject(item, type)),
    resourceVersion: textOf(metadata['resourceVersion']),
    next: textOf(metadata['continue']),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
