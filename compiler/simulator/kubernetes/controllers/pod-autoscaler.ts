import type { KubeObject, PodRuntime } from '../../parts.ts';
import { must, timestamp, type Cluster } from '../cluster.ts';
import { recordEvent } from '../events.ts';
import { at, listAt, numberAt, objectAt, textAt, type Draft } from '../json-object.ts';
import { inside } from '../write-options.ts';
import { update } from '../writes.ts';
import { conditionsOf, keyOf, managerName, setStatus, splitKey, withCondition, type Condition } from './owned.ts';
import { defaultMetric, propose, type Proposal } from './pod-metrics.ts';
import type { Controller } from './queue.ts';
import { behave, type ScaleHistory } from './scale-behavior.ts';

/** How often the real one looks, in seconds; here never more often than there are new measurements. */
const everySeconds = 15;
const everyMsMin = 1_000;
const component = 'horizontal-pod-autoscaler';

/** Scales Deployments by what their pods are measured to use, within the bounds of their HorizontalPodAutoscalers. */
export function podAutoscalerController(cluster: Cluster, runtime: Pick<PodRuntime, 'usage'>): Controller {
  const autoscalers = must('horizontalpodautoscalers');
  const histories = new Map<string, ScaleHistory>();
  return {
    name: 'pod-autoscaler',
    keysOf({ type, resource, object }) {
      if (resource === autoscalers) {
        if (type === 'DELETED') histories.delete(object.metadata.uid);
        return type === 'DELETED' ? [] : [keyOf(object)];
      }
      if (type === 'DELETED' || resource.plural !== 'deployments') return [];
      const all = cluster.storage.list(autoscalers, object.metadata.namespace ?? '');
      return all.filter((each) => textAt(each, 'spec', 'scaleTargetRef', 'name') === object.metadata.name).map(keyOf);
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const autoscaler = cluster.storage.get(autoscalers, namespace, name);
      if (!autoscaler || autoscaler.metadata.deletionTimestamp !== undefined) return undefined;
      const target = objectAt(autoscaler, 'spec', 'scaleTargetRef');
      const deployment =
        target['kind'] === 'Deployment'
          ? cluster.storage.get(must('deployments'), namespace, textAt(target, 'name'))
          : undefined;
      const { uid } = autoscaler.metadata;
      const history = histories.get(uid) ?? { recommendations: [], changes: [] };
      histories.set(uid, history);
      if (deployment) follow({ cluster, runtime, history }, autoscaler, deployment);
      else report(cluster, autoscaler, { currentReplicas: 0, desiredReplicas: 0 }, [missing(target)]);
      return Math.max(everyMsMin, cluster.clock.scaled(everySeconds));
    },
  };
}

interface Around {
  readonly cluster: Cluster;
  readonly runtime: Pick<PodRuntime, 'usage'>;
  readonly history: ScaleHistory;
}

function missing(target: Readonly<Record<string, unknown>>): Condition {
  const message = `the HPA controller was unable to get the target's current scale: ${textAt(target, 'kind').toLowerCase()}s.apps "${textAt(target, 'name')}" not found`;
  return { type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message };
}

const able = (reason: string, message: string): Condition => ({ type: 'AbleToScale', status: 'True', reason, message });
const gotScale = able('SucceededGetScale', "the HPA controller was able to get the target's current scale");

function follow(around: Around, autoscaler: KubeObject, deployment: KubeObject): void {
  const { cluster } = around;
  const least = numberAt(autoscaler, 'spec', 'minReplicas') ?? 1;
  const most = numberAt(autoscaler, 'spec', 'maxReplicas') ?? least;
  const current = numberAt(deployment, 'spec', 'replicas') ?? 1;
  const currentReplicas = numberAt(deployment, 'status', 'replicas') ?? 0;
  if (current === 0) {
    const message = 'scaling is disabled since the replica count of the target is zero';
    const off = { type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled', message };
    report(cluster, autoscaler, { currentReplicas, desiredReplicas: 0 }, [gotScale, off]);
    return;
  }
  const bounded = Math.min(most, Math.max(least, current));
  if (bounded !== current) {
    const why = `Current number of replicas ${current < least ? 'below Spec.MinReplicas' : 'above Spec.MaxReplicas'}`;
    const done = rescale(around, autoscaler, deployment, bounded, why);
    report(cluster, autoscaler, { currentReplicas, desiredReplicas: bounded }, [done]);
    return;
  }
  const specs = listAt(autoscaler, 'spec', 'metrics');
  const proposals = (specs.length > 0 ? specs : [defaultMetric]).map((metric) =>
    propose(cluster, around.runtime, deployment, metric),
  );
  const currentMetrics = proposals.flatMap((each) => (each.is === 'known' ? [each.current] : []));
  const best = largest(proposals);
  const failure = proposals.find((each) => each.is === 'unknown');
  // What is not known could ask for more: nothing shrinks on half the news.
  if (!best || (failure && best.replicas < current)) {
    const rows = [gotScale, ...(failure ? [blind(failure)] : [])];
    report(cluster, autoscaler, { currentReplicas, desiredReplicas: current, currentMetrics }, rows);
    return;
  }
  const wanted = Math.min(most, Math.max(least, best.replicas));
  const { replicas, heldBack } = behave(cluster.clock, autoscaler, around.history, { current, wanted });
  const settled =
    heldBack === 'stabilized'
      ? able(
          'ScaleDownStabilized',
          'recent recommendations were higher than current one, applying the highest recent recommendation',
        )
      : able('ReadyForNewScale', 'recommended size matches current size');
  const moved =
    replicas === current
      ? settled
      : rescale(
          around,
          autoscaler,
          deployment,
          replicas,
          replicas > current ? `${best.from} above target` : 'All metrics below target',
        );
  const active = {
    type: 'ScalingActive',
    status: 'True',
    reason: 'ValidMetricFound',
    message: `the HPA was able to successfully calculate a replica count from ${best.from}`,
  };
  const limited = limitedRow(best.replicas, { least, most }, heldBack === 'limited' && replicas > current);
  report(cluster, autoscaler, { currentReplicas, desiredReplicas: replicas, currentMetrics }, [moved, active, limited]);
}

type Known = Extract<Proposal, { is: 'known' }>;

function largest(proposals: readonly Proposal[]): Known | undefined {
  const known = proposals.filter((each) => each.is === 'known');
  return known.toSorted((a, b) => b.replicas - a.replicas)[0];
}

function blind({ reason, message }: Extract<Proposal, { is: 'unknown' }>): Condition {
  const text = `the HPA was unable to compute the replica count: ${message}`;
  return { type: 'ScalingActive', status: 'False', reason, message: text };
}

function limitedRow(
  wanted: number,
  { least, most }: { readonly least: number; readonly most: number },
  tooFast: boolean,
): Condition {
  const row = (status: string, reason: string, message: string): Condition => ({
    type: 'ScalingLimited',
    status,
    reason,
    message,
  });
  if (tooFast)
    return row('True', 'ScaleUpLimit', 'the desired replica count is increasing faster than the maximum scale rate');
  if (wanted < least)
    return row('True', 'TooFewReplicas', 'the desired replica count is less than the minimum replica count');
  if (wanted > most)
    return row('True', 'TooManyReplicas', 'the desired replica count is more than the maximum replica count');
  return row('False', 'DesiredWithinRange', 'the desired count is within the acceptable range');
}

/** Through the scale, as the real one does: the number of replicas is then its field. */
function rescale(
  { cluster, history }: Around,
  autoscaler: KubeObject,
  deployment: KubeObject,
  replicas: number,
  why: string,
): Condition {
  const before = numberAt(deployment, 'spec', 'replicas') ?? 1;
  const spec = { ...objectAt(deployment, 'spec'), replicas };
  const draft = { ...deployment, spec };
  update(cluster, must('deployments'), deployment, draft, { ...inside(managerName), subresource: 'scale' });
  history.changes = [...history.changes, { atMs: cluster.clock.now(), by: replicas - before }];
  const message = `New size: ${replicas}; reason: ${why}`;
  recordEvent(cluster, autoscaler, { type: 'Normal', reason: 'SuccessfulRescale', message, component });
  return able('SucceededRescale', `the HPA controller was able to update the target scale to ${replicas}`);
}

/** Conditions that a look says nothing about stay as they were. */
function report(cluster: Cluster, autoscaler: KubeObject, members: Draft, rows: readonly Condition[]): void {
  const now = timestamp(cluster);
  const kept = conditionsOf(autoscaler);
  const conditions = rows.reduce<unknown[]>((all, row) => withCondition(autoscaler, all, row, now, false), [...kept]);
  const desired = Number(members['desiredReplicas']);
  const before = at(autoscaler, 'status', 'lastScaleTime');
  const moved =
    rows.some(({ reason }) => reason === 'SucceededRescale') && desired !== Number(members['currentReplicas']);
  const lastScaleTime = moved ? now : before;
  const status = { ...members, conditions, ...(lastScaleTime === undefined ? {} : { lastScaleTime }) };
  setStatus(cluster, 'horizontalpodautoscalers', autoscaler, status);
}
