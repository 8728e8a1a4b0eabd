import { isObject } from '../../base/json.ts';
import type { Readiness } from '../../model/kind.ts';
import type { KubeObject } from '../../model/ports.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

const ready: Readiness = { is: 'ready' };

/**
 * Whether an object does what it is for, judged by the object alone.
 * The rules are those of `kubectl rollout status` and of kstatus, but for the two that kstatus gets wrong for us: a
 * LoadBalancer is ready when it has an address, a Job when it has completed.
 */
export function readinessOf(object: KubeObject): Readiness {
  if (object.metadata.deletionTimestamp !== undefined)
    return { is: 'progressing', why: whyStillThere(object), busy: true };
  const judge = rules[`${object.apiVersion}/${object.kind}`];
  return judge ? judge(object) : ready;
}

const rules: Readonly<Record<string, (object: KubeObject) => Readiness>> = {
  'apps/v1/Deployment': deployment,
  'batch/v1/Job': job,
  'v1/Namespace': namespace,
  'v1/Service': service,
};

function deployment(object: KubeObject): Readiness {
  const status = objectOf(object.status);
  const { generation = 0 } = object.metadata;
  if (numberOf(status['observedGeneration']) < generation) return progressing('not looked at by its controller yet');
  const conditions = conditionsOf(object);
  const stuck = conditions.find((each) => each.type === 'Progressing' && each.reason === 'ProgressDeadlineExceeded');
  if (stuck) return { is: 'failed', why: stuck.message || 'no progress within its deadline' };
  const wanted = numberOf(objectOf(object.spec)['replicas'] ?? 1);
  const updated = numberOf(status['updatedReplicas']);
  const all = numberOf(status['replicas']);
  const available = numberOf(status['availableReplicas']);
  if (updated < wanted) return progressing(`${updated} of ${wanted} replicas updated`);
  if (all > updated) return progressing(`${all - updated} old replicas still there`);
  if (available < updated) return progressing(`${available} of ${wanted} replicas available`);
  const unavailable = conditions.find((each) => each.type === 'Available' && each.status === 'False');
  return unavailable ? progressing(unavailable.message || 'not available') : ready;
}

function job(object: KubeObject): Readiness {
  const conditions = conditionsOf(object).filter((each) => each.status === 'True');
  const failed = conditions.find((each) => each.type === 'Failed');
  if (failed) return { is: 'failed', why: failed.message || failed.reason };
  return conditions.some((each) => each.type === 'Complete') ? ready : progressing('still running');
}

/** What a deletion waits for: finalizers of the object, or of what is in a namespace, as its controller tells. */
function whyStillThere(object: KubeObject): string {
  const { finalizers = [] } = object.metadata;
  const told = conditionsOf(object).filter((each) => each.type.endsWith('Remaining') && each.status === 'True');
  if (told.length > 0) return `being deleted, which waits: ${told.map(({ message }) => message).join('; ')}`;
  return finalizers.length === 0
    ? 'being deleted'
    : `being deleted, which waits for its finalizers: ${finalizers.join(', ')}`;
}

function namespace(object: KubeObject): Readiness {
  const phase = objectOf(object.status)['phase'];
  return phase === undefined || phase === 'Active'
    ? ready
    : { is: 'progressing', why: whyStillThere(object), busy: true };
}

function service(object: KubeObject): Readiness {
  if (objectOf(object.spec)['type'] !== 'LoadBalancer') return ready;
  return addressOf(object) === undefined ? progressing('waiting for an address') : ready;
}

/** The IP or the host name under which a LoadBalancer answers. */
export function addressOf(object: KubeObject): string | undefined {
  const ingress = objectOf(objectOf(object.status)['loadBalancer'])['ingress'];
  const first = Array.isArray(ingress) ? objectOf(ingress[0]) : {};
  const address = first['ip'] ?? first['hostname'];
  return typeof address === 'string' && address !== '' ? address : undefined;
}

function progressing(why: string): Readiness {
  return { is: 'progressing', why, busy: false };
}

/** The conditions of an object's status. */
export function conditionsOf(object: KubeObject): Condition[] {
  const conditions = objectOf(object.status)['conditions'];
  const list = Array.isArray(conditions) ? conditions.filter(isObject) : [];
  return list.map((each) => ({
    type: textOf(each['type']),
    status: textOf(each['status']),
    reason: textOf(each['reason']),
    message: textOf(each['message']),
  }));
}

function objectOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
