import type { KubeObject } from '../parts.ts';
import type { Admission } from './admission-request.ts';
import { must, type Cluster } from './cluster.ts';
import { objectAt, stringsAt, textAt, type Draft } from './json-object.ts';
import { compare, sumOf } from './quantity.ts';
import { unsaid, usageOf, type Usage } from './quota-usage.ts';
import type { Resource } from './resources.ts';
import { forbidden } from './status-error.ts';

/** Refuses what a ResourceQuota of its namespace has no room for. Use is counted from what is there. */
export function admitWithinQuota(cluster: Cluster, resource: Resource, draft: Draft, { live }: Admission): Draft {
  if (!resource.namespaced) return draft;
  const namespace = textAt(draft, 'metadata', 'namespace');
  for (const quota of cluster.storage.list(must('resourcequotas'), namespace)) {
    check(cluster, quota, resource, draft, live);
  }
  return draft;
}

function check(
  cluster: Cluster,
  quota: KubeObject,
  resource: Resource,
  draft: Draft,
  live: KubeObject | undefined,
): void {
  const hard = stringsAt(quota, 'spec', 'hard');
  const wanted = usageOf(resource, draft);
  const before: Usage = live ? usageOf(resource, live) : {};
  const more = Object.keys(wanted)
    .filter((key) => hard[key] !== undefined && compare(wanted[key] ?? '0', before[key] ?? '0') > 0)
    .toSorted();
  const name = textAt(draft, 'metadata', 'name');
  if (resource.kind === 'Pod' && !live) {
    const silent = [...new Set(Object.keys(hard).flatMap((key) => unsaid(draft, key) ?? []))].toSorted();
    if (silent.length > 0) {
      throw forbidden(resource, name, `failed quota: ${quota.metadata.name}: must specify ${silent.join('; ')}`);
    }
  }
  if (more.length === 0) return;
  const used = usedOf(cluster, quota);
  const requested = (key: string): string => sumOf([wanted[key] ?? '0'], [before[key] ?? '0']);
  const over = more.filter((key) => compare(sumOf([used[key] ?? '0', requested(key)]), hard[key] ?? '0') > 0);
  if (over.length === 0) return;
  const spell = (value: (key: string) => string): string => over.map((key) => `${key}=${value(key)}`).join(',');
  throw forbidden(
    resource,
    name,
    `exceeded quota: ${quota.metadata.name}, requested: ${spell(requested)}, used: ${spell((key) => used[key] ?? '0')}, limited: ${spell((key) => hard[key] ?? '0')}`,
  );
}

/** What the objects of a quota's namespace take of each key that it limits. */
export function usedOf(cluster: Cluster, quota: KubeObject): Usage {
  const keys = Object.keys(objectAt(quota, 'spec', 'hard'));
  const usages = cluster.catalogue
    .kinds()
    .filter((resource) => resource.namespaced)
    .flatMap((resource) =>
      cluster.storage.list(resource, quota.metadata.namespace ?? '').map((object) => usageOf(resource, object)),
    );
  return Object.fromEntries(keys.map((key) => [key, sumOf(usages.flatMap((usage) => usage[key] ?? []))]));
}
