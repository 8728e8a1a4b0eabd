import type { KubeObject } from '../../parts.ts';
import { must, type Cluster } from '../cluster.ts';
import { at, listAt, numberAt, stringsAt, textAt, type Draft } from '../json-object.ts';
import { objectSelector } from '../selectors.ts';
import { randomSuffix } from '../prepare.ts';
import { inside } from '../write-options.ts';
import { create, update } from '../writes.ts';
import { isReady, keyOf, managerName, reference, splitKey } from './owned.ts';
import type { Controller } from './queue.ts';

/** Keeps the EndpointSlice and the Endpoints of each Service with a selector: its pods, and which of them are ready. */
export function endpointsController(cluster: Cluster): Controller {
  return {
    name: 'endpoints',
    keysOf({ type, resource, object, previous }) {
      if (resource.plural === 'services') return type === 'DELETED' ? [] : [keyOf(object)];
      if (resource.plural !== 'pods') return [];
      const pods = [object, ...(previous ? [previous] : [])];
      return cluster.storage
        .list(must('services'), object.metadata.namespace ?? '')
        .filter((service) => pods.some(matcher(service)))
        .map(keyOf);
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const service = cluster.storage.get(must('services'), namespace, name);
      if (!service || service.metadata.deletionTimestamp !== undefined || at(service, 'spec', 'selector') === undefined)
        return undefined;
      const pods = cluster.storage
        .list(must('pods'), namespace)
        .filter(matcher(service))
        .filter((pod) => textAt(pod, 'status', 'podIP') !== '');
      writeSlice(cluster, service, pods);
      writeEndpoints(
        cluster,
        service,
        pods.filter((pod) => pod.metadata.deletionTimestamp === undefined),
      );
      return undefined;
    },
  };
}

function matcher(service: KubeObject): (pod: KubeObject) => boolean {
  const matchLabels = stringsAt(service, 'spec', 'selector');
  if (Object.keys(matchLabels).length === 0) return () => false;
  return objectSelector({ matchLabels });
}

/** The Service's ports, with the numbers that the pods listen on. */
function portsOf(service: KubeObject, pod: KubeObject | undefined): Draft[] {
  return listAt(service, 'spec', 'ports').flatMap((port) => {
    const target = at(port, 'targetPort');
    const named = listAt(pod, 'spec', 'containers')
      .flatMap((container) => listAt(container, 'ports'))
      .find((each) => textAt(each, 'name') === target);
    const number = typeof target === 'number' ? target : numberAt(named, 'containerPort');
    return number === undefined
      ? []
      : [{ name: textAt(port, 'name'), port: number, protocol: textAt(port, 'protocol') }];
  });
}

const targetOf = ({ metadata }: KubeObject): Draft => ({
  kind: 'Pod',
  name: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid,
});

function writeSlice(cluster: Cluster, service: KubeObject, pods: readonly KubeObject[]): void {
  const slices = must('endpointslices');
  const { name, namespace = '', uid } = service.metadata;
  const parts = {
    addressType: 'IPv4',
    endpoints: pods.map((pod) => {
      const terminating = pod.metadata.deletionTimestamp !== undefined;
      return {
        addresses: [textAt(pod, 'status', 'podIP')],
        conditions: { ready: isReady(pod) && !terminating, serving: isReady(pod), terminating },
        nodeName: textAt(pod, 'spec', 'nodeName'),
        targetRef: targetOf(pod),
      };
    }),
    ports: portsOf(service, pods[0]),
  };
  const live = cluster.storage.owned(uid).find((each) => each.kind === 'EndpointSlice');
  if (live) {
    update(cluster, slices, live, { ...live, ...parts }, inside(managerName));
    return;
  }
  const labels = {
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    'kubernetes.io/service-name': name,
  };
  const metadata = {
    name: `${name}-${randomSuffix()}`,
    generateName: `${name}-`,
    namespace,
    labels,
    ownerReferences: [reference(service)],
  };
  create(cluster, slices, namespace, { metadata, ...parts }, inside(managerName));
}

function writeEndpoints(cluster: Cluster, service: KubeObject, pods: readonly KubeObject[]): void {
  const endpoints = must('endpoints');
  const { name, namespace = '' } = service.metadata;
  const address = (pod: KubeObject): Draft => ({
    ip: textAt(pod, 'status', 'podIP'),
    nodeName: textAt(pod, 'spec', 'nodeName'),
    targetRef: targetOf(pod),
  });
  const ready = pods.filter(isReady).map(address);
  const waiting = pods.filter((pod) => !isReady(pod)).map(address);
  const parts = {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(waiting.length > 0 ? { notReadyAddresses: waiting } : {}),
    ports: portsOf(service, pods[0]),
  };
  const subsets = pods.length > 0 ? [parts] : [];
  const live = cluster.storage.get(endpoints, namespace, name);
  if (live) update(cluster, endpoints, live, { ...live, subsets }, inside(managerName));
  else
    create(
      cluster,
      endpoints,
      namespace,
      { metadata: { name, namespace, ownerReferences: [reference(service)] }, subsets },
      inside(managerName),
    );
}
