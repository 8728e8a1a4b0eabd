import assert from 'node:assert/strict';
import { request } from 'node:https';
import { test } from 'node:test';
import { configMap, configMaps, startCluster, token, until, type Json } from './cluster.ts';

const clients = 16;
const each = 15;

test('a watch tells each change of many clients once, and in the order of their versions', async (t) => {
  const { server, apply, ask } = await startCluster(t);
  await until(
    'the namespace is furnished',
    async () => (await ask('GET', `${configMaps}/kube-root-ca.crt`)).code === 200,
  );
  const { resourceVersion } = (await ask('GET', configMaps)).json.metadata;
  const events: Json[] = [];
  let rest = '';
  const path = `${configMaps}?watch=true&resourceVersion=${resourceVersion}`;
  const headers = { Authorization: `Bearer ${token}` };
  const watching = request(`https://${server.endpoint}${path}`, { ca: server.caPem, headers }, (response) => {
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.map((line): Json => JSON.parse(line)));
    });
  });
  watching.on('error', () => undefined).end();
  t.after(() => watching.destroy());
  const versions: unknown[] = [];
  const client = async (index: number): Promise<void> => {
    for (let turn = 0; turn < each; turn += 1) {
      // Every third turn changes what the client made before, and the last takes it away.
      const name = `c${index}-${turn - (turn % 3)}`;
      const answer = await apply(`${configMaps}/${name}`, configMap(name, { turn: String(turn) }));
      versions.push(answer.json.metadata.resourceVersion);
    }
    await ask('DELETE', `${configMaps}/c${index}-0`);
  };
  await Promise.all(Array.from({ length: clients }, async (_, index) => client(index)));
  const expected = clients * (each + 1);
  await until('all is told', () => events.length >= expected);
  const told = events.map((event) => Number(event.object.metadata.resourceVersion));
  assert.equal(events.length, expected);
  assert.deepEqual(
    told,
    [...new Set(told)].toSorted((a, b) => a - b),
  );
  const written = events
    .filter((event) => event.type !== 'DELETED')
    .map((event) => event.object.metadata.resourceVersion);
  assert.deepEqual(new Set(written), new Set(versions));
  const count = (type: string): number => events.filter((event) => event.type === type).length;
  assert.deepEqual([count('ADDED'), count('MODIFIED'), count('DELETED')], [clients * 5, clients * 10, clients]);
});
