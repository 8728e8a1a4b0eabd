import { isObject } from '../../base/json.ts';
import type { Admission } from './admission-request.ts';
import { must, type Cluster } from './cluster.ts';
import { listAt, objectAt, stringsAt, textAt, type Draft } from './json-object.ts';
import type { Resource } from './resources.ts';
import { forbidden } from './status-error.ts';

/** Taints that every pod bears for five minutes. */
const passing = ['not-ready', 'unreachable'].map((state) => ({
  key: `node.kubernetes.io/${state}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

/** What every pod gets: a service account with its token volume, tolerations, requests where only limits are given. */
export function admitPod(cluster: Cluster, resource: Resource, draft: Draft, { live }: Admission): Draft {
  if (live) return draft;
  const name = textAt(draft, 'metadata', 'name');
  const namespace = textAt(draft, 'metadata', 'namespace');
  const spec: Draft = { ...objectAt(draft, 'spec') };
  const account = textAt(spec, 'serviceAccountName') || 'default';
  if (!cluster.storage.get(must('serviceaccounts'), namespace, account)) {
    throw forbidden(
      resource,
      name,
      `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`,
    );
  }
  spec['serviceAccountName'] = account;
  spec['serviceAccount'] = account;
  spec['enableServiceLinks'] ??= true;
  spec['preemptionPolicy'] ??= 'PreemptLowerPriority';
  spec['priority'] ??= 0;
  const tolerations = listAt(spec, 'tolerations');
  const known = new Set(tolerations.map((each) => textAt(each, 'key')));
  spec['tolerations'] = [...tolerations, ...passing.filter((each) => !known.has(each.key))];
  for (const group of ['initContainers', 'containers']) {
    if (spec[group] !== undefined) spec[group] = listAt(spec, group).map(requestLimits);
  }
  if (spec['automountServiceAccountToken'] !== false) mountToken(spec);
  return { ...draft, spec, status: { ...objectAt(draft, 'status'), qosClass: qualityOf(spec) } };
}

function requestLimits(container: unknown): unknown {
  if (!isObject(container)) return container;
  const limits = objectAt(container, 'resources', 'limits');
  if (Object.keys(limits).length === 0) return container;
  const requests = { ...limits, ...objectAt(container, 'resources', 'requests') };
  return { ...container, resources: { ...objectAt(container, 'resources'), requests } };
}

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

function mountToken(spec: Draft): void {
  const volumes = listAt(spec, 'volumes');
  if (volumes.some((volume) => textAt(volume, 'name').startsWith('kube-api-access-'))) return;
  const name = `kube-api-access-${Math.random().toString(36).slice(2, 7).padEnd(5, 'x')}`;
  const fieldRef = { apiVersion: 'v1', fieldPath: 'metadata.namespace' };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef }] } },
  ];
  spec['volumes'] = [...volumes, { name, projected: { defaultMode: 420, sources } }];
  for (const group of ['initContainers', 'containers']) {
    if (spec[group] === undefined) continue;
    spec[group] = listAt(spec, group).map((container) => {
      const mounts = listAt(container, 'volumeMounts');
      if (!isObject(container) || mounts.some((mount) => textAt(mount, 'mountPath') === tokenPath)) return container;
      return { ...container, volumeMounts: [...mounts, { name, readOnly: true, mountPath: tokenPath }] };
    });
  }
}

/** Guaranteed, Burstable or BestEffort, by CPU and memory of all containers. */
function qualityOf(spec: Readonly<Draft>): string {
  const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')];
  const resources = containers.flatMap((container) =>
    ['cpu', 'memory'].map((name) => ({
      request: stringsAt(container, 'resources', 'requests')[name],
      limit: stringsAt(container, 'resources', 'limits')[name],
    })),
  );
  if (resources.every(({ request, limit }) => request === undefined && limit === undefined)) return 'BestEffort';
  return resources.every(({ request, limit }) => limit !== undefined && request === limit) ? 'Guaranteed' : 'Burstable';
}
