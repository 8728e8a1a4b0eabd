import type { KubeObject } from '../parts.ts';
import { listAt, numberAt, objectAt, stringsAt, textAt } from './json-object.ts';

export function subset(each: unknown): string[] {
  return listAt(each, 'addresses').flatMap((address) =>
    listAt(each, 'ports').map((port) => `${textAt(address, 'ip')}:${numberAt(port, 'port')}`),
  );
}

export function addresses(object: KubeObject): string[] {
  return listAt(object, 'status', 'loadBalancer', 'ingress').map(
    (each) => textAt(each, 'ip') || textAt(each, 'hostname'),
  );
}

export function externalAddress(object: KubeObject): string {
  if (textAt(object, 'spec', 'type') === 'ExternalName') return textAt(object, 'spec', 'externalName');
  if (textAt(object, 'spec', 'type') !== 'LoadBalancer')
    return listAt(object, 'spec', 'externalIPs').join(',') || '<none>';
  return addresses(object).join(',') || '<pending>';
}

/** What each metric of an autoscaler is, of what it should be: `cpu: 42%/80%`. */
export function metricTargets(autoscaler: KubeObject): string {
  const known = listAt(autoscaler, 'status', 'currentMetrics').map(resourceOf);
  return listAt(autoscaler, 'spec', 'metrics')
    .map((metric) => metricTarget(resourceOf(metric), known))
    .join(', ');
}

function resourceOf(metric: unknown): Readonly<Record<string, unknown>> {
  const kinds = ['resource', 'containerResource'].map((kind) => objectAt(metric, kind));
  return kinds.find((each) => Object.keys(each).length > 0) ?? {};
}

function metricTarget(
  { name, container, target }: Readonly<Record<string, unknown>>,
  known: readonly Readonly<Record<string, unknown>>[],
): string {
  const current = known.find((each) => each['name'] === name && each['container'] === container)?.['current'];
  const share = numberAt(target, 'averageUtilization');
  const is = share === undefined ? textAt(current, 'averageValue') : shareOf(numberAt(current, 'averageUtilization'));
  return `${String(name)}: ${is || '<unknown>'}/${share === undefined ? textAt(target, 'averageValue') : shareOf(share)}`;
}

function shareOf(percent: number | undefined): string {
  return percent === undefined ? '' : `${percent}%`;
}

export function jobStatus(object: KubeObject): string {
  const met = listAt(object, 'status', 'conditions')
    .filter((each) => textAt(each, 'status') === 'True')
    .map((each) => textAt(each, 'type'));
  if (met.includes('Complete')) return 'Complete';
  if (met.includes('Failed')) return 'Failed';
  if (object.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return met.includes('Suspended') ? 'Suspended' : 'Running';
}

export function quotaUse(object: KubeObject, among: (key: string) => boolean): string {
  const [hard, used] = [stringsAt(object, 'status', 'hard'), stringsAt(object, 'status', 'used')];
  const keys = Object.keys(hard).filter(among).toSorted();
  return keys.map((key) => `${key}: ${used[key]}/${hard[key]}`).join(', ');
}
