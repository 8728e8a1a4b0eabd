import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import type { Cluster } from '../cloud/kubernetes/cluster.ts';
import { addressOf } from '../kinds/kubernetes/readiness.ts';
import { mainEntrance } from '../kinds/kubernetes/service.ts';
import { serviceType } from '../kinds/kubernetes/types.ts';
import { namespaceOf } from '../kinds/names.ts';
import type { Spec } from '../spec/spec.ts';

/** A public port of the app, where it is reached. */
export interface LiveEntrance {
  readonly namespace: string;
  readonly service: string;
  readonly host: string;
  readonly port: number;
}

/** Where the app is reached from outside. Throws a Refusal that says what is missing. */
export async function entranceOf(cluster: Cluster, spec: Spec): Promise<LiveEntrance> {
  const main = mainEntrance(spec);
  if (!main) {
    const fix = "Give a service one: `ports: ['80:5000']`. `hello exec` reaches what has none.";
    throw new Refusal(problem('HELLO1010', `${spec.name} has no public port, and so no URL`, { fix }));
  }
  const namespace = namespaceOf(spec);
  const live = await cluster.api.find(serviceType, main.service, namespace);
  const host = live && addressOf(live);
  if (host !== undefined) return { namespace, host, ...main };
  const what = live ? `the load balancer ${main.service} has no address yet` : `${main.service} is not in the cluster`;
  const fix = live ? 'It takes a minute or two: see `hello status --watch`.' : 'Apply it first: `hello apply`.';
  throw new Refusal(problem('HELLO2009', what, { fix }));
}
