import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/schema.ts';
import { namespaceOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import { objectLabels } from './labels.ts';
import { configMapType, namespaceId } from './types.ts';

export function configMapId(spec: Spec): ResourceId {
  return address('kubernetes.config-map', spec.name);
}

/** The environment of the app as the ConfigMap has it. The database's names are libpq's own, which every driver knows. */
export function configOf(spec: Spec): Record<string, string> {
  const db = spec.db && { PGHOST: '127.0.0.1', PGPORT: '5432', PGDATABASE: spec.db.database, PGUSER: spec.db.user };
  return { ...spec.env, ...db };
}

export const configMap = appliedKind({
  name: 'kubernetes.config-map',
  docs: 'https://kubernetes.io/docs/concepts/configuration/configmap/',
  type: configMapType,
  *declare(spec) {
    const data = configOf(spec);
    if (Object.keys(data).length === 0) return;
    const metadata = { name: spec.name, namespace: namespaceOf(spec), labels: objectLabels(spec.name) };
    yield {
      key: spec.name,
      desired: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
      after: [namespaceId(spec)],
      path: ['env'],
    };
  },
});
