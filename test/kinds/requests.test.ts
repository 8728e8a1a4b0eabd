import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { test } from 'node:test';
import { registry } from '../../compiler/kinds/registry.ts';
import { changesOf, stackWorld, succeeded, type StackWorld } from '../support/stack-world.ts';

/** What an empty plan of the stack may ask: 9 things and their 3 lists of what is ours, the project and its policy. */
const googleMax = 14;
/** One list for each kind of object, however many objects there are. */
const kubernetesMax = registry.filter((kind) => kind.name.startsWith('kubernetes.')).length;

test('a plan without changes asks for each thing once, and for objects by their lists', async (t) => {
  const world = await stackWorld();
  t.after(async () => world.stop());
  succeeded(await world.hello().apply());
  await world.google('DELETE', '/_local/requests');
  const toCluster = await requestsToCluster(world, async () => {
    assert.deepEqual(changesOf(await world.hello().plan()), {});
  });
  const { requests } = await world.google<{ requests: readonly Asked[] }>('GET', '/_local/requests');
  const toGoogle = requests.map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(doubled(toGoogle), []);
  assert.deepEqual(doubled(toCluster), []);
  assert.ok(toGoogle.length <= googleMax, `${toGoogle.length} requests to Google:\n${toGoogle.join('\n')}`);
  assert.ok(toCluster.length <= kubernetesMax, `${toCluster.length} requests to the cluster:\n${toCluster.join('\n')}`);
  t.diagnostic(`${toGoogle.length} requests to Google, ${toCluster.length} to the cluster`);
});

interface Asked {
  readonly method: string;
  readonly path: string;
}

/** Whatever this process asks of the cluster meanwhile, through Node's own HTTP client. */
async function requestsToCluster(world: StackWorld, during: () => Promise<void>): Promise<string[]> {
  const [cluster] = world.cloud.status().clusters;
  const seen: string[] = [];
  const listen = (message: unknown): void => {
    const { request } = message as { request: ClientRequest };
    if (request.getHeader('host') === cluster?.endpoint) seen.push(`${request.method} ${request.path}`);
  };
  subscribe('http.client.request.start', listen);
  try {
    await during();
  } finally {
    unsubscribe('http.client.request.start', listen);
  }
  return seen;
}

function doubled(list: readonly string[]): string[] {
  return list.filter((each, index) => list.indexOf(each) !== index);
}
