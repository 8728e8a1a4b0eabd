import type { Clock } from '../clock.ts';
import type { Catalogue } from './catalogue.ts';
import { resourceOf, type Resource } from './resources.ts';
import type { Storage } from './storage.ts';

/** What every part of one cluster's API server shares. */
export interface Cluster {
  /** `projects/P/locations/R/clusters/C`. */
  readonly id: string;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly catalogue: Catalogue;
  readonly caPem: string;
  /** As in `/version`: `v1.33.5-gke.1308000`. */
  readonly version: string;
}

/** Seconds, as the API stamps objects. */
export function timestamp(cluster: Cluster, afterMs = 0): string {
  return new Date(cluster.clock.now() + afterMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A built-in kind that is known to be there. */
export function must(plural: string): Resource {
  const resource = resourceOf(plural);
  if (!resource) throw new Error(`no resource ${plural}`);
  return resource;
}
