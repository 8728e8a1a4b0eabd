import type { protos } from '@google-cloud/container';
import type { ContainerApi, Operation, OperationStatus } from '../../model/ports.ts';
import { operationError } from './operations.ts';
import { attempt, gaxClientOptions, gaxOptions, type GoogleContext } from './requests.ts';

type GkeOperation = protos.google.container.v1.IOperation;

/**
 * GKE through its official client, over REST. Built once: making a client costs a fifth of a second.
 * https://cloud.google.com/kubernetes-engine/docs/reference/rest
 */
export async function containerApi(context: GoogleContext): Promise<ContainerApi> {
  const options = await gaxClientOptions(context, 'container');
  const { ClusterManagerClient } = await import('@google-cloud/container/build/src/v1/cluster_manager_client.js');
  const client = new ClusterManagerClient(options);
  const read = async <T>(send: (options: ReturnType<typeof gaxOptions>) => Promise<[T, ...unknown[]]>): Promise<T> =>
    attempt(context, 'container', 'read', async () => (await send(gaxOptions(context, 'read')))[0]);
  const operationAt = (parent: string, name: string): Operation => ({
    name,
    poll: async () =>
      statusOf(await read(async (how) => client.getOperation({ name: `${parent}/operations/${name}` }, how))),
  });
  const write = async (
    parent: string,
    send: (options: ReturnType<typeof gaxOptions>) => Promise<[GkeOperation, ...unknown[]]>,
  ): Promise<Operation> => {
    const [operation] = await attempt(context, 'container', 'write', async () => send(gaxOptions(context, 'write')));
    return operationAt(parent, operation.name ?? '');
  };
  return {
    getCluster: async (name) => read(async (how) => client.getCluster({ name }, how)),
    listClusters: async (project) => {
      const parent = `projects/${project}/locations/-`;
      return (await read(async (how) => client.listClusters({ parent }, how))).clusters ?? [];
    },
    createCluster: async (parent, cluster) =>
      write(parent, async (how) => client.createCluster({ parent, cluster }, how)),
    updateCluster: async (name, update) =>
      write(locationOf(name), async (how) => client.updateCluster({ name, update }, how)),
    setLabels: async (name, resourceLabels, labelFingerprint) =>
      write(locationOf(name), async (how) => client.setLabels({ name, resourceLabels, labelFingerprint }, how)),
    deleteCluster: async (name) => write(locationOf(name), async (how) => client.deleteCluster({ name }, how)),
    runningOperation: async (name) => {
      const parent = locationOf(name);
      const { operations } = await read(async (how) => client.listOperations({ parent }, how));
      const running = operations?.find((each) => each.status !== 'DONE' && isAbout(each, name));
      return running && operationAt(parent, running.name ?? '');
    },
  };
}

/** `projects/P/locations/R` of a full cluster name. */
function locationOf(cluster: string): string {
  return cluster.split('/').slice(0, 4).join('/');
}

/** The link may carry the project's number instead of its id, so only its end counts. Node pools are part of the cluster. */
function isAbout(operation: GkeOperation, cluster: string): boolean {
  const id = cluster.split('/').at(-1) ?? '';
  return (operation.targetLink ?? '').split('/clusters/')[1]?.split('/')[0] === id;
}

/** A failed operation is DONE too: the error, or the older statusMessage, tells. */
function statusOf(operation: GkeOperation): OperationStatus {
  if (operation.status !== 'DONE') {
    const progress = operation.detail || stageOf(operation);
    return progress ? { done: false, progress } : { done: false };
  }
  const { error, statusMessage } = operation;
  if (error?.code) return { done: true, error: operationError('container', error.code, error.message ?? '') };
  return statusMessage ? { done: true, error: operationError('container', undefined, statusMessage) } : { done: true };
}

function stageOf(operation: GkeOperation): string | undefined {
  return operation.progress?.stages?.find((stage) => stage.status === 'RUNNING')?.name ?? undefined;
}
