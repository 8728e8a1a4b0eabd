import type { KubeObject } from '../parts.ts';
import { isObject } from '../../base/json.ts';
import { numberAt, objectAt, at, type Draft } from './json-object.ts';
import { spellSelector } from './selectors.ts';
import { badRequest } from './status-error.ts';

/** What `/scale` answers for a Deployment or a ReplicaSet. */
export function scaleOf(object: KubeObject): Draft {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(object, 'spec', 'replicas') ?? 0 },
    status: {
      replicas: numberAt(object, 'status', 'replicas') ?? 0,
      selector: spellSelector(at(object, 'spec', 'selector')),
    },
  };
}

/** The object with the replicas that a Scale wants. */
export function scaled(object: KubeObject, scale: unknown): Draft {
  if (!isObject(scale)) throw badRequest('the body is not a Scale');
  const version = objectAt(scale, 'metadata')['resourceVersion'];
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(typeof version === 'string' && version !== '' ? { resourceVersion: version } : {}),
    },
    spec: { ...objectAt(object, 'spec'), replicas: numberAt(scale, 'spec', 'replicas') ?? 0 },
  };
}
