import { at, listAt, numberAt, objectAt, textAt, without, type Draft } from './json-object.ts';
import type { VersionView } from './version-view.ts';

/** An autoscaler as autoscaling/v1 shows it: of its metrics that version has only the use of CPU. */
export const autoscalingV1: VersionView = {
  show(object) {
    const spec = objectAt(object, 'spec');
    const status = objectAt(object, 'status');
    const target = numberAt(listAt(spec, 'metrics').find(isCpu), 'resource', 'target', 'averageUtilization');
    const current = listAt(status, 'currentMetrics').find(isCpu);
    const used = numberAt(current, 'resource', 'current', 'averageUtilization');
    return {
      ...object,
      apiVersion: 'autoscaling/v1',
      spec: {
        ...without(spec, 'metrics', 'behavior'),
        ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }),
      },
      status: {
        currentReplicas: 0,
        ...without(status, 'currentMetrics', 'conditions'),
        ...(used === undefined ? {} : { currentCPUUtilizationPercentage: used }),
      },
    };
  },
  store(body, live) {
    const spec = objectAt(body, 'spec');
    const target = spec['targetCPUUtilizationPercentage'];
    const others = listAt(live, 'spec', 'metrics').filter((each) => !isCpu(each));
    const cpu = {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } },
    };
    const metrics = [...(target === undefined ? [] : [cpu]), ...others];
    const behavior = at(live, 'spec', 'behavior');
    return {
      ...body,
      apiVersion: 'autoscaling/v2',
      spec: {
        ...without(spec, 'targetCPUUtilizationPercentage'),
        ...(metrics.length > 0 ? { metrics } : {}),
        ...(behavior === undefined ? {} : { behavior }),
      },
      ...('status' in body ? { status: live?.['status'] ?? {} } : {}),
    } satisfies Draft;
  },
};

function isCpu(metric: unknown): boolean {
  return textAt(metric, 'type') === 'Resource' && textAt(metric, 'resource', 'name') === 'cpu';
}
