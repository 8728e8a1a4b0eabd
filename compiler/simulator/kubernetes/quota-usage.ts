import { listAt, objectAt, textAt } from './json-object.ts';
import { sumOf } from './quantity.ts';
import { qualifiedName, type Resource } from './resources.ts';

/** How much of each quota key one object takes: `count/configmaps`, `requests.cpu`, … */
export type Usage = Readonly<Record<string, string>>;

/** Kinds that a quota may also count by their plural alone. */
const plain = ['configmaps', 'persistentvolumeclaims', 'pods', 'resourcequotas', 'secrets', 'services'];

/** https://kubernetes.io/docs/concepts/policy/resource-quotas/ */
export function usageOf(resource: Resource, object: unknown): Usage {
  const ended = resource.kind === 'Pod' && ['Succeeded', 'Failed'].includes(textAt(object, 'status', 'phase'));
  const count = { [`count/${qualifiedName(resource)}`]: '1' };
  if (ended) return count;
  return {
    ...count,
    ...(plain.includes(resource.plural) && resource.group === '' ? { [resource.plural]: '1' } : {}),
    ...(resource.kind === 'Pod' ? podUsage(object) : {}),
    ...(resource.kind === 'Service' ? serviceUsage(object) : {}),
    ...(resource.kind === 'PersistentVolumeClaim'
      ? { 'requests.storage': textAt(object, 'spec', 'resources', 'requests', 'storage') || '0' }
      : {}),
  };
}

function serviceUsage(object: unknown): Usage {
  const type = textAt(object, 'spec', 'type');
  const ports = String(listAt(object, 'spec', 'ports').length);
  if (type === 'NodePort') return { 'services.nodeports': ports };
  return type === 'LoadBalancer' ? { 'services.loadbalancers': '1', 'services.nodeports': ports } : {};
}

const computed = ['cpu', 'memory', 'ephemeral-storage'] as const;

function podUsage(pod: unknown): Usage {
  const rows = computed.flatMap((name) => {
    const [requests, limits] = (['requests', 'limits'] as const).map((list) => ofContainers(pod, list, name));
    return [
      [name, requests],
      [`requests.${name}`, requests],
      [`limits.${name}`, limits],
    ];
  });
  return Object.fromEntries(rows) as Usage;
}

/** Sidecars run along with the containers; other init containers are over by then, and count for little. */
function ofContainers(pod: unknown, list: 'requests' | 'limits', name: string): string {
  return sumOf(countedContainers(pod).map((each) => textAt(each, 'resources', list, name) || '0'));
}

export function countedContainers(pod: unknown): readonly unknown[] {
  const sidecars = listAt(pod, 'spec', 'initContainers').filter((each) => textAt(each, 'restartPolicy') === 'Always');
  return [...listAt(pod, 'spec', 'containers'), ...sidecars];
}

/** Which containers say nothing about a key that a quota limits, as `cpu for: app`. */
export function unsaid(pod: unknown, key: string): string | undefined {
  const [, list = 'requests', name = ''] = /^(?:(requests|limits)\.)?(cpu|memory|ephemeral-storage)$/.exec(key) ?? [];
  if (name === '') return undefined;
  const silent = countedContainers(pod).filter((each) => objectAt(each, 'resources', list)[name] === undefined);
  return silent.length === 0 ? undefined : `${key} for: ${silent.map((each) => textAt(each, 'name')).join(',')}`;
}
