import { BugError } from '../../base/errors.ts';
import type { Fields } from './merge.ts';
import { merge } from './merge.ts';
import type { Operation } from './operations.ts';
import { fingerprint, type World } from './world.ts';

/** A cluster as the store keeps it. */
export interface ClusterRecord {
  /** `projects/P/locations/R/clusters/C` */
  readonly id: string;
  readonly project: string;
  readonly location: string;
  readonly name: string;
  /** Everything that a caller can set or that was defaulted. */
  readonly cluster: Fields;
  readonly status: string;
  readonly endpoint?: string;
  readonly caPem?: string;
}

const root = 'https://container.googleapis.com/v1';
/** How far a cluster's creation counts, as the console shows it. */
const steps = { CLUSTER_CONFIGURING: 8, CLUSTER_DEPLOYING: 12, CLUSTER_HEALTHCHECKING: 2 } as const;

/** The version of a cluster: moves with what a caller can see of it, but not while an update runs. */
export function clusterEtag({ cluster, status }: ClusterRecord): string {
  return fingerprint([cluster, status === 'RECONCILING' ? 'RUNNING' : status]);
}

/** Clusters answer `host:port`; a scheme would end up twice in every client's URL. */
export function checkEndpoint(endpoint: string): void {
  if (!/^[^/]+:\d+$/.test(endpoint)) throw new BugError(`a cluster's endpoint must be host:port, not ${endpoint}`);
}

export function showCluster(record: ClusterRecord): object {
  const { cluster, project, location, name, status, endpoint, caPem } = record;
  const up = status !== 'PROVISIONING' && endpoint !== undefined;
  const reachable = up
    ? {
        endpoint,
        masterAuth: { clusterCaCertificate: Buffer.from(caPem ?? '').toString('base64') },
        controlPlaneEndpointsConfig: { ipEndpointsConfig: { publicEndpoint: endpoint, privateEndpoint: '10.128.0.2' } },
        privateClusterConfig: { publicEndpoint: endpoint, privateEndpoint: '10.128.0.2' },
      }
    : {};
  const failed =
    status === 'ERROR'
      ? { conditions: [{ code: 'UNKNOWN', canonicalCode: 'INTERNAL', message: 'The cluster could not be started.' }] }
      : {};
  const labels = cluster['resourceLabels'];
  return merge(cluster, {
    ...reachable,
    ...failed,
    ...(labels && Object.keys(labels).length === 0 ? { resourceLabels: null } : {}),
    name,
    status,
    etag: clusterEtag(record),
    labelFingerprint: fingerprint(labels ?? {}),
    selfLink: `${root}/projects/${project}/locations/${location}/clusters/${name}`,
  });
}

/** Progress is not counted yet in the answer that begins the operation: `fresh`. */
export function showClusterOperation(world: World, operation: Operation, fresh = false): object {
  const { id, type, startedMs, endedMs, state, error, shown } = operation;
  const location = String(shown['location']);
  const number = world.project(operation.project)?.number ?? operation.project;
  // Labels are linked by the project's id, everything else by its number.
  const owner = type === 'SET_LABELS' ? operation.project : number;
  return {
    name: id,
    zone: location,
    operationType: type,
    status: state === 'done' ? 'DONE' : 'RUNNING',
    selfLink: `${root}/projects/${number}/locations/${location}/operations/${id}`,
    targetLink: `${root}/projects/${owner}/locations/${location}/clusters/${String(shown['cluster'])}`,
    startTime: new Date(startedMs).toISOString(),
    ...(endedMs === undefined ? {} : { endTime: new Date(endedMs).toISOString() }),
    ...(type === 'CREATE_CLUSTER' && !fresh ? { progress: { metrics: progress(world, operation) } } : {}),
    ...(error ? { error: { code: error.code, message: error.message }, statusMessage: error.message } : {}),
  };
}

function progress({ clock }: World, { startedMs, dueMs, state }: Operation): readonly object[] {
  const total = Object.values(steps).reduce((sum, count) => sum + count, 0);
  const share = state === 'done' ? 1 : Math.min(1, (clock.now() - startedMs) / Math.max(1, dueMs - startedMs));
  let left = Math.floor(share * total);
  return Object.entries(steps).flatMap(([name, count]) => {
    const done = Math.min(left, count);
    left -= done;
    return [
      { name, intValue: String(done) },
      { name: `${name}_TOTAL`, intValue: String(count) },
    ];
  });
}
