import type { Reach, Service } from './spec.ts';

const reaches: readonly Reach[] = ['public', 'vpc', 'cluster'];
const suffixes: Readonly<Record<Reach, string>> = { public: '', vpc: '-vpc', cluster: '-internal' };

/** From where the ports of a service can be reached, the widest first. */
export function reachesOf({ ports }: Pick<Service, 'ports'>): readonly Reach[] {
  return reaches.filter((reach) => ports.some((port) => port.reach === reach));
}

/** The name under which the ports of one reach are served: that of the service for the widest, and others beside it. */
export function serviceObjectName(service: Pick<Service, 'name' | 'ports'>, reach: Reach): string {
  return reachesOf(service)[0] === reach ? service.name : `${service.name}${suffixes[reach]}`;
}
