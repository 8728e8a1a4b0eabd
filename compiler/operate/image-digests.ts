import { itemsOf, member, textOf } from '../kinds/kubernetes/kube-json.ts';
import { namespaceOf } from '../kinds/names.ts';
import type { KubernetesApi } from '../model/ports.ts';
import type { Spec } from '../spec/spec.ts';
import { appPods, podType, workloadOf } from './pods.ts';

/** What the names of images stand for on the nodes, by `service image`: https://kubernetes.io/docs/concepts/containers/images/ */
export async function imageDigests(api: KubernetesApi, spec: Spec): Promise<ReadonlyMap<string, string>> {
  const pods = await api.list(podType, { namespace: namespaceOf(spec), labelSelector: appPods(spec) });
  return new Map(
    pods.flatMap((pod) => {
      const [main] = itemsOf(member(pod.spec, 'containers'));
      const status = itemsOf(member(pod.status, 'containerStatuses')).find(
        (each) => member(each, 'name') === member(main, 'name'),
      );
      const digest = /sha256:[0-9a-f]{64}/.exec(textOf(member(status, 'imageID')))?.[0];
      return digest === undefined ? [] : [[`${workloadOf(pod)} ${textOf(member(main, 'image'))}`, digest] as const];
    }),
  );
}
