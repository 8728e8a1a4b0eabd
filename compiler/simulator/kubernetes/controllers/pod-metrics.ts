import type { ContainerUsage, KubeObject, PodRuntime } from '../../parts.ts';
import type { Cluster } from '../cluster.ts';
import { must } from '../cluster.ts';
import { listAt, numberAt, objectAt, stringsAt, textAt, type Draft } from '../json-object.ts';
import { canonicalQuantity, milli } from '../quantity.ts';
import { objectSelector } from '../selectors.ts';
import { isReady } from './owned.ts';

/** What one metric of an autoscaler comes to. */
export type Proposal =
  | { readonly is: 'known'; readonly replicas: number; readonly from: string; readonly current: Draft }
  | { readonly is: 'unknown'; readonly reason: string; readonly message: string };

/** Nothing moves while use is this close to the target. */
const tolerance = 0.1;

/** The metric that an autoscaler without any has. */
export const defaultMetric = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
};

/**
 * How many replicas one metric asks for, from what the containers of the ready pods are measured to use.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
 */
export function propose(
  cluster: Cluster,
  runtime: Pick<PodRuntime, 'usage'>,
  deployment: KubeObject,
  metric: unknown,
): Proposal {
  const type = textAt(metric, 'type');
  if (type !== 'Resource' && type !== 'ContainerResource') {
    const message = `unable to get metric of type ${type}: no custom metrics API is served here`;
    return { is: 'unknown', reason: `FailedGet${type}Metric`, message };
  }
  const key = type === 'Resource' ? 'resource' : 'containerResource';
  const spec = objectAt(metric, key);
  const name = textAt(spec, 'name');
  const container = type === 'ContainerResource' ? textAt(spec, 'container') : undefined;
  const current = Math.max(1, numberAt(deployment, 'spec', 'replicas') ?? 1);
  const pods = podsOf(cluster, deployment);
  const amounts = pods.map((pod) => amountOf(runtime, pod, name, container));
  const known = amounts.flatMap((each) => (each.used === undefined || !each.ready ? [] : [each]));
  const failed = (message: string): Proposal => ({ is: 'unknown', reason: `FailedGet${type}Metric`, message });
  if (known.length === 0)
    return failed(`unable to get metrics for resource ${name}: no metrics returned from resource metrics API`);
  const target = objectAt(spec, 'target');
  const utilization = numberAt(target, 'averageUtilization');
  const bare = amounts.find((each) => each.requested === 0);
  if (utilization !== undefined && bare) {
    return failed(
      `missing request for ${name}${container === undefined ? '' : ` in container ${container}`} of Pod ${bare.pod}`,
    );
  }
  const wanted = (each: Amount): number =>
    utilization === undefined ? milli(target['averageValue']) : (each.requested * utilization) / 100;
  const used = sum(known, (each) => each.used ?? 0);
  const answer = {
    name,
    ...(container !== undefined && { container }),
    current: {
      averageValue: spell(name, used / known.length),
      ...(utilization !== undefined && {
        averageUtilization: Math.floor((used * 100) / sum(known, (each) => each.requested)),
      }),
    },
  };
  return {
    is: 'known',
    replicas: replicasFor(amounts, known, wanted, current),
    from: fromWords(name, container !== undefined, utilization !== undefined),
    current: { type, [key]: answer },
  };
}

/** The ready pods say in which direction; those that say nothing may then only slow it down. */
function replicasFor(
  all: readonly Amount[],
  known: readonly Amount[],
  wanted: (each: Amount) => number,
  current: number,
): number {
  const ratio = sum(known, (each) => each.used ?? 0) / sum(known, wanted);
  const isNear = (value: number): boolean => Math.abs(value - 1) <= tolerance;
  const silent = all.filter((each) => !known.includes(each) && (each.ready || ratio > 1));
  if (silent.length === 0) return isNear(ratio) ? current : Math.ceil(ratio * known.length);
  // To grow they count as idle, to shrink as used exactly as they should be.
  const assumed = ratio < 1 ? sum(silent, wanted) : 0;
  const counted = [...known, ...silent];
  const careful = (sum(known, (each) => each.used ?? 0) + assumed) / sum(counted, wanted);
  const replicas = Math.ceil(careful * counted.length);
  const turns =
    (ratio < 1 && (careful > 1 || replicas > current)) || (ratio > 1 && (careful < 1 || replicas < current));
  return isNear(careful) || turns ? current : replicas;
}

interface Amount {
  readonly pod: string;
  readonly ready: boolean;
  /** In thousandths of a CPU or of a byte; undefined while it is not measured. */
  readonly used: number | undefined;
  readonly requested: number;
}

function podsOf(cluster: Cluster, deployment: KubeObject): readonly KubeObject[] {
  const matches = objectSelector(objectAt(deployment, 'spec', 'selector'));
  const all = cluster.storage.list(must('pods'), deployment.metadata.namespace ?? '').filter(matches);
  return all.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined && !['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase')),
  );
}

function amountOf(
  runtime: Pick<PodRuntime, 'usage'>,
  pod: KubeObject,
  resource: string,
  container: string | undefined,
): Amount {
  const { name, namespace = '' } = pod.metadata;
  const isMeant = (each: string): boolean => container === undefined || each === container;
  const sidecars = listAt(pod, 'spec', 'initContainers').filter((each) => textAt(each, 'restartPolicy') === 'Always');
  const specs = [...listAt(pod, 'spec', 'containers'), ...sidecars].filter((each) => isMeant(textAt(each, 'name')));
  const requests = specs.map((each) => milli(stringsAt(each, 'resources', 'requests')[resource] ?? '0'));
  const usage = runtime.usage(namespace, name)?.filter((each) => isMeant(each.name));
  return {
    pod: name,
    ready: isReady(pod),
    used: usage && usage.length > 0 ? sum(usage, (each) => measured(each, resource)) : undefined,
    requested: requests.includes(0) ? 0 : requests.reduce((total, each) => total + each, 0),
  };
}

function measured({ cpu, memoryBytes }: ContainerUsage, resource: string): number {
  return (resource === 'cpu' ? cpu : memoryBytes) * 1000;
}

function spell(resource: string, thousandths: number): string {
  return resource === 'cpu'
    ? (canonicalQuantity(`${Math.round(thousandths)}m`) ?? '0')
    : String(Math.round(thousandths / 1000));
}

function fromWords(resource: string, ofContainer: boolean, asShare: boolean): string {
  const what = `${resource} ${ofContainer ? 'container ' : ''}resource`;
  return asShare ? `${what} utilization (percentage of request)` : what;
}

function sum<T>(items: readonly T[], part: (item: T) => number): number {
  return items.reduce((total, item) => total + part(item), 0);
}
