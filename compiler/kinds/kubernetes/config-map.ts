import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec, Workload } from '../../spec/spec.ts';
import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import { parentMetadata, parentName } from './apply-set.ts';
import { objectLabels, workloadLabels } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { configMapType, memberTypes, namespaceId, podMonitoringType } from './types.ts';

/** The ConfigMap of a workload; undefined for one without any configuration. */
export function configMapId(spec: Spec, workload: Workload): ResourceId | undefined {
  const hasConfig = Object.keys(configOf(spec, workload)).length > 0;
  return hasConfig ? address('kubernetes.config-map', workload.name) : undefined;
}

/** The environment as the ConfigMap has it. The database's names are libpq's own, which every driver knows; no such name
 * is there for the size of a pool. */
export function configOf(spec: Spec, { env, database, pool }: Workload): Record<string, string> {
  if (!spec.db || database === undefined) return { ...env };
  const where = { PGHOST: '127.0.0.1', PGPORT: '5432', PGDATABASE: database, PGUSER: spec.db.user };
  return { ...env, ...where, DB_POOL_MAX: String(pool) };
}

/** The parent of the app's ApplySet. It says which types may have members, be there any or not. */
function setOf(spec: Spec): Manifest {
  const collected = spec.services.some(({ metrics }) => metrics !== undefined);
  const optional = collected ? [podMonitoringType] : []; // a set must not name a type that the cluster does not serve
  const { labels, annotations } = parentMetadata(spec.name, [...memberTypes, ...optional]);
  const metadata = { name: parentName, namespace: namespaceOf(spec) };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...metadata, labels: { ...objectLabels(spec.name), ...labels }, annotations },
  };
}

export const configMap = appliedKind({
  name: 'kubernetes.config-map',
  docs: 'https://kubernetes.io/docs/concepts/configuration/configmap/',
  type: configMapType,
  goesBackToo: true,
  *declare(spec) {
    for (const workload of [...spec.services, ...spec.jobs]) {
      const { name, path } = workload;
      const data = configOf(spec, workload);
      if (Object.keys(data).length === 0) continue;
      const metadata = { name, namespace: namespaceOf(spec), labels: workloadLabels(spec, name) };
      const desired = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
      yield { key: name, desired, after: [namespaceId(spec)], path: [...path, 'env'] };
    }
    yield { key: parentName, desired: setOf(spec), after: [namespaceId(spec)], path: ['name'] };
  },
});
