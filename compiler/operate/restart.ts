import type { Cluster } from '../cloud/kubernetes/cluster.ts';
import { explainError } from '../cloud/explain-error.ts';
import { deploymentId } from '../kinds/kubernetes/deployment.ts';
import { ownedFields } from '../kinds/kubernetes/owned-fields.ts';
import { deploymentType } from '../kinds/kubernetes/types.ts';
import { namespaceOf } from '../kinds/names.ts';
import { exitOf, type Diagnostic } from '../base/diagnostic.ts';
import type { ExitCode } from '../base/exit.ts';
import type { Emit } from '../model/event.ts';
import type { KubeObject } from '../model/ports.ts';
import type { Session } from '../session.ts';
import type { Service, Spec } from '../spec/spec.ts';
import { noPods } from './pods.ts';

/** Who owns the annotation. Never the manager of our applies, of which it would be a difference. */
const manager = 'hello-restart';
/** The annotation that `kubectl rollout restart` writes, so that either is seen by the other. */
const restartedAt = 'kubectl.kubernetes.io/restartedAt';

/** A service whose pods are to be as `change` leaves them. */
export interface Rollout {
  readonly service: Service;
  readonly live: KubeObject;
  /** Changes the Deployment; gives it as it is then. */
  change(): Promise<KubeObject>;
}

/** The Deployment of a service. Throws a Refusal when it was not applied. */
export async function deploymentOf(cluster: Cluster, spec: Spec, service: Service): Promise<KubeObject> {
  const live = await cluster.api.find(deploymentType, service.name, namespaceOf(spec));
  if (live) return live;
  throw noPods(`${service.name} is not in the cluster`);
}

/** New pods in place of the old ones, as a rollout does it. No plan sees a difference afterwards. */
export async function restartOf(cluster: Cluster, spec: Spec, service: Service): Promise<Rollout> {
  const live = await deploymentOf(cluster, spec, service);
  const annotations = { [restartedAt]: new Date().toISOString() };
  const patch = { spec: { template: { metadata: { annotations } } } };
  const change = async (): Promise<KubeObject> =>
    cluster.patch(deploymentType, service.name, namespaceOf(spec), patch, manager);
  return { service, live, change };
}

/** Carries out rollouts side by side, and waits until all are healthy. Tells the events of an apply. */
export async function rollOut(
  session: Session,
  rollouts: readonly Rollout[],
  signal: AbortSignal,
  emit: Emit,
): Promise<ExitCode> {
  const problems: Diagnostic[] = [];
  await Promise.all(
    rollouts.map(async ({ service, change }) => {
      const address = deploymentId(service);
      const start = Date.now();
      const elapsed = (): { elapsed_ms: number } => ({ elapsed_ms: Date.now() - start });
      emit({ type: 'step_start', address, action: 'update', title: `Deployment ${service.name}` });
      try {
        await session.healthy(address, ownedFields(await change()));
        emit({ type: 'step_complete', address, action: 'update', ...elapsed() });
      } catch (error) {
        if (signal.aborted) return;
        const diagnostic = explainError(error, { resource: address });
        problems.push(diagnostic);
        emit({ type: 'step_failed', address, diagnostic, ...elapsed() });
      }
    }),
  );
  for (const diagnostic of problems) emit({ type: 'diagnostic', diagnostic });
  return signal.aborted ? 130 : exitOf(problems);
}
